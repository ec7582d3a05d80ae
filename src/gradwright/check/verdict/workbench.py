"""f and its claimed gradient at chosen points, where faults that look alike at x part company."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.calls import GradientCalls
from gradwright.check.verdict.probe import Probe
from gradwright.check.verdict.trees import Leaf

CLOSE = 1e-5  # relative: numbers that differ by less are the same; faults differ by far more
STEP = 1e-3  # of real differences, whose error after extrapolation goes with its fourth power
ENTRIES = 20  # of a vector, the most whose true derivatives are measured one by one
SEED = 0


class SpentError(Exception):
    """The allowed evaluations are used up."""


class Workbench:
    """Leaves by their roles, points with some of them replaced, and derivatives there, claimed and true."""

    def __init__(self, probe: Probe, calls: GradientCalls, wrong: Sequence[Leaf], allowance: int) -> None:
        self.probe, self.calls, self.wrong = probe, calls, tuple(wrong)
        self.leaves = probe.tree.leaves
        self.weights = tuple(leaf for leaf in self.leaves if len(leaf.shape) > 1)
        self.vectors = tuple(leaf for leaf in self.leaves if len(leaf.shape) == 1 and leaf.shape[0] > 1)
        self.limit = probe.evaluations + allowance
        self.rng = np.random.default_rng(SEED)
        self.claimed_at_x = calls.at(probe.x)
        self.size = float(np.linalg.norm(self.claimed_at_x))
        v = self.direction(self.leaves)
        self.carries_complex = self.same(self._complex(probe.x, v), self._real(probe.x, v))

    def value(self, leaf: Leaf) -> Array:
        """The array of a leaf at x."""
        return self.probe.x[leaf.places].reshape(leaf.shape)

    def at(self, changes: Mapping[Leaf, Array | float]) -> Array:
        """x with some leaves replaced."""
        x = self.probe.x.copy()
        for leaf, value in changes.items():
            x[leaf.places] = np.ravel(np.broadcast_to(value, leaf.shape))
        return x

    def claimed(self, x: Array) -> Array:
        """The claimed gradient at x."""
        self._pay(1)
        return self.calls.at(x)

    def true(self, x: Array, v: Array) -> float:
        """The derivative of f at x along v."""
        return self._complex(x, v) if self.carries_complex else self._real(x, v)

    def true_entries(self, x: Array, leaf: Leaf) -> Array:
        """The first true derivatives of a leaf, one by one."""
        derivatives = []
        for entry in range(leaf.start, leaf.stop)[:ENTRIES]:
            unit = np.zeros(self.probe.tree.size)
            unit[entry] = 1.0
            derivatives.append(self.true(x, unit))
        return np.array(derivatives)

    def direction(self, leaves: Sequence[Leaf]) -> Array:
        """A random direction of length 1 that moves these leaves alone."""
        v = np.zeros(self.probe.tree.size)
        for leaf in leaves:
            v[leaf.places] = self.rng.standard_normal(leaf.stop - leaf.start)
        return v / np.linalg.norm(v)

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
        return float(np.abs(number).max(initial=0.0)) > CLOSE * self.size

    def same(self, a: float | Array, b: float | Array) -> bool:
        """Whether two derivatives are the same, up to rounding."""
        largest = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)))
        return float(np.abs(np.asarray(a) - b).max(initial=0.0)) <= CLOSE * largest + CLOSE**2 * self.size

    def before(self, vector: Leaf) -> list[Leaf]:
        """The weights up to the layer of a bias: by the numbers in their names, else by their order."""

        def comes_first(weight: Leaf) -> bool:
            mine, its = _numbers(vector), _numbers(weight)
            return its <= mine if mine and its else weight.start < vector.start

        return [weight for weight in self.weights if comes_first(weight)]

    def bias_of(self, weight: Leaf) -> Leaf | None:
        """The vector of a weight's layer: of a fitting size, of its number or else the next in order."""
        fitting = [leaf for leaf in self.vectors if leaf.shape[0] in (weight.shape[0], weight.shape[-1])]
        named = [leaf for leaf in fitting if _numbers(leaf) == _numbers(weight) != ()]
        after = [leaf for leaf in fitting if leaf.start >= weight.stop and not _numbers(leaf)]
        return next(iter(named + after), None)

    def _complex(self, x: Array, v: Array) -> float:
        self._pay(1)
        there = replace(self.probe, x=x, evaluations=0)
        self.probe.evaluations += 1
        value = there.complex_derivative(v)
        return np.nan if value is None else value

    def _real(self, x: Array, v: Array) -> float:
        """Central differences at h and h / 2, extrapolated."""
        self._pay(4)
        wide, narrow = (
            (self.probe.value_at(x + h * v) - self.probe.value_at(x - h * v)) / (2 * h)
            for h in (STEP, STEP / 2)
        )
        return (4 * narrow - wide) / 3

    def _pay(self, evaluations: int) -> None:
        if self.probe.evaluations + evaluations > self.limit:
            raise SpentError


def _numbers(leaf: Leaf) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", leaf.name))
