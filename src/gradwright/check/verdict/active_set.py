"""Is a gradient that is right at x right where other pieces of f are active, too?

A ReLU without its mask is right where every input is positive, a hinge without its indicator where every
margin is broken, a clip where it is never reached. So f and the gradient are asked again where the entries of
x have other signs, and where all are larger. A difference there is believed if it begins all at once on the
way from x: that is a kink of f of which the gradient knows nothing. What goes wrong by and by is none, as an
iteration that no longer converges; nor is what begins where the slope has grown, at the border of f's domain,
as with a logarithm that an epsilon keeps away from 0.

It is *wrong* then, unless x may be limited on purpose: numbers that all lie in 0 .. 1 may be probabilities,
and far away a clip of f may be a guard. There it is *correct*, and told how far.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.conclude import Conclusion
from gradwright.check.verdict.directions import Scaling, size_of
from gradwright.check.verdict.judge import judge
from gradwright.check.verdict.measure import rounding_along
from gradwright.check.verdict.noise import DOUBLE
from gradwright.check.verdict.oracle import Oracle, OutOfTimeError
from gradwright.check.verdict.report import ParameterVerdict
from gradwright.check.verdict.survey import Means, Survey
from gradwright.errors import CheckError

SIZES = (0.5, 1.0)  # of the entries of x, where they have other signs: nowhere larger than they are
LARGER = 30.0  # times x
LEAST = 1e-2  # of the gradient's size: what the pieces of f that are not active make is larger
LOOKS: tuple[Scaling, ...] = ("even",)  # a fault of structure shows in any direction
HALVINGS = 12  # of the way from x to where it is wrong
AT_ONCE = 100.0  # times the difference before: what begins at once
GROWN = 10.0  # times the largest slope at x: the border of a domain
FOR_A_LOOK, FOR_A_PLACE = 100, 1500  # evaluations of f: to look once, and to tell where and from where on
MANY = 20_000  # numbers: of more, one point has pieces enough


def where_other_pieces_are_active(conclusion: Conclusion, means: Means, tolerance: float) -> Conclusion:
    """A conclusion *correct* as it holds beyond x: the same, one that says how far, or *wrong*."""
    if means.rounding.reach or not np.size(means.given):
        return conclusion
    asked = Asked(means._replace(oracle=means.oracle.guarded()), tolerance)
    with suppress(OutOfTimeError, CheckError):
        for point in asked.points():
            if means.oracle.meter.left < FOR_A_LOOK:
                break
            if asked.is_wrong(point.x, LEAST):
                return asked.told(conclusion, point)
    return conclusion


@dataclass(frozen=True, eq=False)
class Point:
    """A point beyond x, and whether it is only ``larger``."""

    x: Array
    larger: bool


@dataclass(frozen=True, eq=False)
class Asked:
    """f and the gradient, as they are asked beyond x."""

    means: Means
    tolerance: float

    @cached_property
    def size(self) -> float:
        """The root mean square of the gradient at x."""
        return size_of(self.oracle.gradient(self.means.given))

    @property
    def oracle(self) -> Oracle:
        """f and the gradient at x."""
        return self.means.oracle

    def points(self) -> Iterator[Point]:
        """Points where every entry has the other sign, where some have, and where all are larger."""
        tree, x, rng = self.oracle.tree, self.means.given, self.means.rng
        for share in (0.5, 1.0, 0.5):  # of the entries that have the other sign
            moved = rng.uniform(*SIZES, x.shape)
            moved *= x
            np.negative(moved, out=moved, where=rng.random(x.shape, np.float32) < share)
            for leaf in tree.leaves:
                if not x[leaf.places].any():
                    moved[leaf.places] = rng.standard_normal(leaf.size)
            tree.hold(moved, slice(0, tree.size))
            yield Point(moved, larger=False)
            if x.size > MANY:
                return
        grown = x.copy()
        for leaf in tree.leaves:
            grown[leaf.places] *= max(LARGER, 1 / size_of(x[leaf.places]))
        yield Point(tree.held(grown), larger=True)

    def differences(self, x: Array) -> tuple[float, float] | None:
        """The difference along a random direction at x, as it was seen and beyond all error.

        As a share of the gradient's size there, or at the point that was asked about if it is larger there.
        None where f and the gradient have no finite answer.
        """
        try:
            oracle = self.oracle.at(x)
            gradient = oracle.gradient(x)
            there = Survey.near(self._rounded(oracle), oracle, gradient, looks=LOOKS)
            if any(m.contradicts for m in there.whole.measurements):  # or is f's rounding another one there?
                measured = rounding_along(oracle, there.direction(there.draw(LOOKS[0])))
                there = Survey.near(self._rounded(oracle, measured.noise), oracle, gradient, looks=LOOKS)
        except CheckError:
            return None
        seen = [m for m in there.whole.measurements if m.decides]
        if not seen:
            return None
        share = min(1.0, size_of(gradient) / self.size) if gradient.any() else 1.0
        relative = [share * m.relative for m in seen]
        beyond = [share * m.relative for m in seen if m.contradicts]
        return max(relative), max(beyond, default=0.0)

    def is_wrong(self, x: Array, least: float = 0.0) -> bool:
        """Whether the gradient contradicts f there by more than ``least`` of its size."""
        found = self.differences(x)
        return found is not None and found[1] > max(least, self.tolerance)

    def told(self, conclusion: Conclusion, point: Point) -> Conclusion:
        """The conclusion where the gradient seems to be wrong at that point."""
        if self.oracle.meter.left < FOR_A_PLACE or not self.begins_at_once(point.x):
            return conclusion
        oracle = self.oracle.at(point.x)
        there = Survey.of(oracle, oracle.gradient(point.x), self.means.rng, 0.0, point.x)
        judged = [(part, judge(there, part, self.tolerance)) for part in there.parts()]
        leaves = [part.leaf for part, _ in judged[1:]] if len(judged) > 1 else oracle.tree.leaves
        of_leaves = [judgement for _, judgement in (judged[1:] or judged)]
        wrong = {
            leaf.name: j
            for leaf, j in zip(leaves, of_leaves, strict=True)
            if leaf is not None and j.verdict == "wrong" and j.difference > LEAST
        }
        if not wrong:
            return conclusion
        moved = self.moved(point)
        where = self.where(point, moved)
        share = max(each.difference for each in wrong.values())
        if point.larger or all(self.may_be_limited(leaf) for leaf in moved):
            reason = f"{conclusion.reason}, at x and near it; {where} they differ by {share:.2g} of it"
            return replace(conclusion, reason=reason)
        evidence = f"the gradient is right at x, and {where} it differs from f's by {share:.2g} of its size"
        parameters = tuple(
            ParameterVerdict(each.name, "wrong", wrong[each.name].difference, wrong[each.name].resolution)
            if each.name in wrong
            else each
            for each in conclusion.parameters
        )
        explanation = Explanation(Cause.ACTIVE_SET, evidence)
        return Conclusion("wrong", evidence, parameters, explanation, ", ".join(wrong))

    def begins_at_once(self, far: Array) -> bool:
        """Whether the gradient, on the way from x to a point where it is wrong, becomes so at a kink of f."""
        x = self.means.given
        right, wrong = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = (right + wrong) / 2
            if self.is_wrong(self._between(x, far, middle)):
                wrong = middle
            else:
                right = middle
        last, first = self._between(x, far, right), self._between(x, far, wrong)
        before, after = self.differences(last), self.differences(first)
        if before is None or after is None or after[1] <= AT_ONCE * before[0]:
            return False
        at_x, there = (float(np.abs(self.oracle.gradient(each)).max()) for each in (x, last))
        return there <= GROWN * at_x

    def moved(self, point: Point) -> Sequence[Leaf]:
        """The arrays each of which makes the gradient wrong when it alone moves to that point; else all."""
        leaves = self.oracle.tree.leaves
        alone = [leaf for leaf in leaves if self.is_wrong(self._with(leaf, point.x), LEAST)]
        return alone or leaves

    def where(self, point: Point, moved: Sequence[Leaf]) -> str:
        """In words, where it is wrong."""
        names = ", ".join(leaf.name for leaf in moved)
        if point.larger:
            return f"where {names} is {LARGER:g} times as large or more"
        x = self.means.given
        same_signs = np.copysign(point.x, x)
        if len(moved) > 1 or self.is_wrong(self._with(moved[0], same_signs), LEAST):
            return f"at other values of {names}"
        entries = x[moved[0].places]
        if (entries > 0).all() or (entries < 0).all():
            return f"where {names} {'<' if entries[0] > 0 else '>'} 0"
        return f"where entries of {names} have the other sign"

    def may_be_limited(self, leaf: Leaf) -> bool:
        """Whether the entries of a leaf may be probabilities."""
        x = self.means.given[leaf.places]
        return bool(x.any() and (x >= 0).all() and (x <= 1).all())

    def _rounded(self, oracle: Oracle, measured: float = 0.0) -> Means:
        """The means with the rounding that values as large as f's there have, or what was ``measured`` of it.

        Steps are real: what carries complex numbers at x need not in another piece of f, such as |x|.
        """
        known = abs(self.oracle.value)
        larger = max(1.0, abs(oracle.value) / known) if known else 1.0
        noise = max(larger * self.means.rounding.noise, DOUBLE * abs(oracle.value), measured)
        rounding = self.means.rounding._replace(noise=noise)
        return self.means._replace(rounding=rounding, given=oracle.x, carries_complex=False)

    def _between(self, x: Array, far: Array, share: float) -> Array:
        return self.oracle.tree.held(x + share * (far - x))

    def _with(self, leaf: Leaf, far: Array) -> Array:
        moved = self.means.given.copy()
        moved[leaf.places] = far[leaf.places]
        return moved
