"""A network as a black box: its derivatives, claimed and true, where faults can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradwright.check.points import Array, Leaf
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.oracle import NoAnswerError, Oracle

CLOSE = 1e-5  # relative: numbers that differ by less are the same; faults differ by far more
STEP = 1e-3  # of real differences, whose error after extrapolation goes with its fourth power
OF_WEIGHTS = tuple("wuvkq")  # how the name of a weight may begin, though it has but one row or column
ENTRIES = 20  # of a vector, the most whose true derivatives are measured one by one
SEED = 0


@dataclass(frozen=True, eq=False)
class BlackBox:
    """Leaves by their roles, points with some of them replaced, and the derivatives there.

    ``wrong`` are the leaves whose gradient is wrong at x, and ``claimed_at_x`` is all of it; ``limit`` is
    the number of evaluations at which the meter must stop.
    """

    oracle: Oracle
    wrong: tuple[Leaf, ...]
    limit: int
    rng: np.random.Generator
    claimed_at_x: Array
    carries_complex: bool = False

    @classmethod
    def of(cls, oracle: Oracle, wrong: Sequence[Leaf], allowance: int) -> BlackBox:
        """The box around an oracle; raises ``CheckError`` where it has no answer at x itself."""
        oracle, limit = oracle.guarded(), oracle.meter.f + allowance
        rng = own_generator(SEED, Stream.EXPERIMENTS)
        box = cls(oracle, tuple(wrong), limit, rng, oracle.gradient(oracle.x))
        v = box.direction(box.leaves)
        return replace(box, carries_complex=box.same(box._complex(box.x, v), box._real(box.x, v)))

    @property
    def x(self) -> Array:
        """The point that was asked about."""
        return self.oracle.x

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """All arrays of x."""
        return self.oracle.tree.leaves

    @property
    def weights(self) -> tuple[Leaf, ...]:
        """Those of two axes or more that are no vectors."""
        return tuple(leaf for leaf in self.leaves if len(leaf.shape) > 1 and not _is_vector(leaf))

    @property
    def vectors(self) -> tuple[Leaf, ...]:
        """Those of more than one number along one axis, as biases are, also (1, n) and (n, 1)."""
        return tuple(leaf for leaf in self.leaves if _is_vector(leaf))

    @property
    def wrong_matrices(self) -> tuple[Leaf, ...]:
        """The wrong ones of two axes."""
        return tuple(leaf for leaf in self.weights if leaf in self.wrong and len(leaf.shape) == 2)

    @property
    def wrong_vectors(self) -> tuple[Leaf, ...]:
        """The wrong ones among the vectors."""
        return tuple(leaf for leaf in self.vectors if leaf in self.wrong)

    def value(self, leaf: Leaf) -> Array:
        """The array of a leaf at x."""
        return self.x[leaf.places].reshape(leaf.shape)

    def at(self, changes: Mapping[Leaf, Array | float]) -> Array:
        """x with some leaves replaced."""
        x = self.x.copy()
        for leaf, value in changes.items():
            x[leaf.places] = np.ravel(value) if np.size(value) == leaf.size else value
        return x

    def within(self, leaf: Leaf, values: Array | float) -> Array:
        """The direction with these values in one leaf, and 0 elsewhere."""
        return self.oracle.tree.within(leaf, values)

    def direction(self, leaves: Sequence[Leaf]) -> Array:
        """A random direction of length 1 that moves these leaves alone."""
        v = np.zeros(self.oracle.tree.size)
        for leaf in leaves:
            v[leaf.places] = self.rng.standard_normal(leaf.size)
        return v / np.linalg.norm(v)

    def claimed(self, x: Array) -> Array:
        """The claimed gradient at x."""
        self._pay(1)
        return self.oracle.gradient(x)

    def claimed_of(self, leaf: Leaf, x: Array) -> Array:
        """The claimed gradient of a leaf at x, in its shape."""
        return self.claimed(x)[leaf.places].reshape(leaf.shape)

    def true(self, x: Array, v: Array, reach: float = STEP) -> float:
        """The derivative of f at x along v; real steps go no further than ``reach``."""
        return self._complex(x, v) if self.carries_complex else self._real(x, v, reach)

    def true_entries(self, x: Array, leaf: Leaf, reach: float = STEP) -> Array:
        """The first true derivatives of a leaf, one by one."""
        units = np.eye(leaf.size)[:ENTRIES]
        return np.array([self.true(x, self.within(leaf, unit), reach) for unit in units])

    def ratio(self, x: Array, leaves: Sequence[Leaf], share: float) -> bool:
        """Whether the claim is ``share`` times a truth other than 0, along two directions in these leaves."""
        g = self.claimed(x)
        for _ in range(2):
            v = self.direction(leaves)
            true = self.true(x, v)
            if not self.matters(true) or not self.same(float(g @ v), share * true):
                return False
        return True

    def matters(self, number: float | Array) -> bool:
        """Whether a derivative is more than rounding, beside the gradient at x; of none at all, it is not."""
        return float(np.abs(number).max(initial=0.0)) > CLOSE * self._size

    def same(self, a: float | Array, b: float | Array) -> bool:
        """Whether two derivatives are the same, up to rounding."""
        largest = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)))
        return float(np.abs(np.asarray(a) - b).max(initial=0.0)) <= CLOSE * largest + CLOSE**2 * self._size

    def before(self, vector: Leaf) -> list[Leaf]:
        """The weights up to the layer of a bias: by the numbers in their names, else by an experiment.

        A weight that stands after it shuts its way to f where it is 0; all others may stand before it.
        """
        if all(leaf.numbers for leaf in self.leaves):
            return [weight for weight in self.weights if weight.numbers <= vector.numbers]
        if vector not in self._before:
            drawn = {leaf: self.rng.uniform(-1, 1, leaf.shape) for leaf in self.vectors}
            v = self.direction([vector])
            self._before[vector] = [
                weight
                for weight in self.weights
                if self.matters(self.true(self.at(drawn | {weight: 0.0}), v))
            ]
        return self._before[vector]

    def bias_of(self, weight: Leaf) -> Leaf | None:
        """The vector of a weight's layer: of a fitting size, of its number or else the next in order."""
        fitting = [leaf for leaf in self.vectors if leaf.size in (weight.shape[0], weight.shape[-1])]
        named = [leaf for leaf in fitting if leaf.numbers == weight.numbers != ()]
        after = [leaf for leaf in fitting if leaf.start >= weight.stop and not leaf.numbers]
        return next(iter(named + after), None)

    @cached_property
    def _before(self) -> dict[Leaf, list[Leaf]]:
        """What ``before`` has found."""
        return {}

    @property
    def _size(self) -> float:
        return float(np.linalg.norm(self.claimed_at_x))

    def _complex(self, x: Array, v: Array) -> float:
        self._pay(1)
        value = self.oracle.complex_derivative(x, Direction.through(v))
        return np.nan if value is None else value

    def _real(self, x: Array, v: Array, reach: float = STEP) -> float:
        """Central differences at h and h / 2, extrapolated."""
        self._pay(4)
        wide, narrow = (
            (self.oracle.value_at(x + h * v) - self.oracle.value_at(x - h * v)) / (2 * h)
            for h in (reach, reach / 2)
        )
        return (4 * narrow - wide) / 3

    def _pay(self, evaluations: int) -> None:
        if self.oracle.meter.f + evaluations > self.limit:
            raise NoAnswerError("the allowed evaluations are used up")


def _is_vector(leaf: Leaf) -> bool:
    own = leaf.name.rpartition(".")[2].lower()
    return 1 < leaf.size == max(leaf.shape) and (len(leaf.shape) == 1 or not own.startswith(OF_WEIGHTS))
