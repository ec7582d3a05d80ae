"""Measurements along random directions: of all of x, and of each array by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.directions import SCALINGS, Direction, Drawn, Scales, Scaling
from gradwright.check.verdict.fitted_slope import PAIRS
from gradwright.check.verdict.measure import (
    Measurement,
    Rounding,
    mean_of,
    measure,
    measure_complex,
    rounding_along,
    steps_along,
)
from gradwright.check.verdict.oracle import Oracle

PATIENT = 12  # rows beyond the best one, where it matters whether a weak kink is near
SHOWN = 9  # rows beyond the best one, in the direction whose remainders are fitted and shown
FOR_A_LEAF, FOR_A_DOUBT = 150, 300  # evaluations that a look at a leaf, and a second look, may take
FRESH = 4  # directions that are asked again before a gradient is called wrong
OTHER_STEPS = (0.17, 0.19, 0.21, 0.23)  # the first of each of them, in place of a quarter
FOR_LONGER = 8 * PAIRS  # evaluations that a longer look at a staircase takes
OPPOSITE = 8  # pairs of points aside of x on opposite sides, over which a gradient in few digits is averaged
WHOLE = 2  # directions of each scaling through all of x


@dataclass(frozen=True, eq=False)
class Part:
    """A leaf, or all of x where ``leaf`` is None: the directions in it, and what was measured along each."""

    leaf: Leaf | None
    looks: tuple[tuple[Drawn, Measurement], ...]

    @cached_property
    def measurements(self) -> tuple[Measurement, ...]:
        return tuple(m for _, m in self.looks)


class Means(NamedTuple):
    """By what means f was measured around x, the gradient there apart; ``given`` is as in ``Survey.of``."""

    oracle: Oracle
    rng: np.random.Generator
    given: Array
    rounding: Rounding
    carries_complex: bool


@dataclass(frozen=True, eq=False)
class Survey:
    """A gradient at one point, as it can be measured there: ``whole`` is what was seen through all of x.

    Where f was seen to carry complex numbers, one evaluation measures it.
    """

    oracle: Oracle
    gradient: Array
    rng: np.random.Generator
    scales: Scales
    rounding: Rounding
    carries_complex: bool = False
    whole: Part = Part(None, ())

    @classmethod
    def of(
        cls,
        oracle: Oracle,
        gradient: Array,
        rng: np.random.Generator,
        spread: float,
        given: Array,
        rounding: Rounding | None = None,
    ) -> Survey:
        """Look through all of x in each scaling, and see by what means f can be measured.

        The noise is at least ``spread``. ``given`` is the point that was asked about, from which the sizes of
        the entries are taken: an entry of 0 that was moved a little away has not become a number with a small
        size of its own.
        """
        survey = cls(oracle, gradient, rng, Scales.of(oracle.tree, given, gradient), Rounding(spread))
        first = survey.draw("even")
        v = survey.direction(first)
        found = rounding or rounding_along(oracle, v)  # the same in every direction
        survey = replace(survey, rounding=found._replace(noise=max(found.noise, spread)))
        shown = survey.by_real_steps(v, patience=SHOWN)
        survey = replace(survey, carries_complex=survey._found_by_complex_step(v, shown))
        del v  # which is as large as x
        looks = [(first, shown)]
        if shown.contradicts:  # two directions show better how the remainders of a wrong gradient fall
            again = survey.draw("even")
            looks.append((again, survey.by_real_steps(survey.direction(again), patience=SHOWN)))
        looks += [survey._look(survey.draw(name)) for name in (SCALINGS * WHOLE)[1:]]
        return replace(survey, whole=Part(None, tuple(looks)))

    @classmethod
    def near(
        cls, means: Means, oracle: Oracle, gradient: Array, looks: Sequence[Scaling] = SCALINGS * WHOLE
    ) -> Survey:
        """Look through all of x, once in each of these scalings, where f is measured as it was at x."""
        scales = Scales.of(oracle.tree, means.given, gradient)
        survey = cls(oracle, gradient, means.rng, scales, means.rounding, means.carries_complex)
        seen = [survey._look(survey.draw(name)) for name in looks]
        return replace(survey, whole=Part(None, tuple(seen)))

    @property
    def means(self) -> Means:
        """What is needed to measure f at another point as well."""
        return Means(self.oracle, self.rng, self.scales.x, self.of_one_call, self.carries_complex)

    def steps(self) -> Rounding | None:
        """The rounding in f if it is a staircase, which may not show its steps in every direction."""
        scale = self.direction(self.draw("relative"))
        ways = (self.direction(self.draw("even")) for _ in range(FRESH))
        return next(filter(None, (steps_along(self.oracle, self.gradient, v, scale) for v in ways)), None)

    def averaged(self, steps: Rounding) -> tuple[Array, Rounding]:
        """The gradient as a mean over points aside of x, and ``steps`` with what is left of its rounding.

        A pair of points on opposite sides has no part in how the gradient bends with x.
        """
        offsets = steps.aside * self.rng.uniform(-1, 1, (OPPOSITE, len(self.gradient)))
        ask, x = self.oracle.gradient, self.oracle.x
        pairs = np.array([ask(x + offset) + ask(x - offset) for offset in offsets]) / 2
        error = pairs.std(axis=0, ddof=1) / math.sqrt(OPPOSITE)
        return pairs.mean(axis=0), steps._replace(of_gradient=error)

    @property
    def of_one_call(self) -> Rounding:
        """The rounding where the gradient is no mean."""
        return self.rounding._replace(of_gradient=math.sqrt(2 * OPPOSITE) * self.rounding.of_gradient)

    @property
    def to_come(self) -> int:
        """How many evaluations the arrays and a near point will take, if the gradient is right."""
        looks = (WHOLE + len(self.oracle.tree.leaves)) * len(SCALINGS)
        return looks if self.carries_complex else 4 * looks

    def parts(self) -> list[Part]:
        """All of x, then, where there are several, each leaf, as far as the allowance goes."""
        leaves = self.oracle.tree.leaves
        return [self.whole] + ([self._of_leaf(leaf) for leaf in leaves] if len(leaves) > 1 else [])

    def within(self, leaf: Leaf, entries: Array, count: int) -> list[tuple[Direction, Measurement]]:
        """Directions that move these entries of a leaf alone, in one scaling after the other, measured."""
        drawn = (self.direction(self.draw(name, leaf)) for name in (SCALINGS * count)[:count])
        return [(v, self.measure(v)) for v in (each.within(entries) for each in drawn)]

    def measure(self, v: Direction, **options: Any) -> Measurement:
        """The difference along v: in one evaluation where f carries complex numbers, else by real steps."""
        quick = (
            measure_complex(self.oracle, self.gradient, v, self.rounding) if self.carries_complex else None
        )
        return quick or self.by_real_steps(v, **options)

    def by_real_steps(self, v: Direction, **options: Any) -> Measurement:
        """The difference along v by steps on the real line, however f treats complex numbers."""
        return measure(self.oracle, self.gradient, v, self.rounding, **options)

    def draw(self, name: Scaling, leaf: Leaf | None = None) -> Drawn:
        """A random direction in one scaling, within a leaf or through all of x."""
        return Drawn(name, leaf, int(self.rng.integers(2**63)))

    def direction(self, drawn: Drawn) -> Direction:
        """The direction that was drawn."""
        return self.scales.direction(drawn)

    def contradicts_again(self, part: Part) -> bool:
        """Whether fresh directions contradict as well, in the scalings that did before.

        By the complex step, which no kink beside x can disturb, half of them must; else by other real steps,
        patient enough to see a kink, more than half. Of a staircase see ``longer``.
        """
        if self.oracle.meter.left < FOR_A_DOUBT:
            return False
        if self.rounding.reach:
            return any(m.contradicts for m in self.longer(part.looks) or ())
        names = [drawn.scaling for drawn, m in part.looks if m.contradicts]
        drawn = [self.draw(name, part.leaf) for name in (names * FRESH)[:FRESH]]
        if self.carries_complex:
            again = [self.measure(self.direction(each)).contradicts for each in drawn]
            return sum(again) * 2 >= len(again)
        closest = math.sqrt(self.oracle.tree.epsilon)
        steps = {"first_step": 0.19, "ratio": 1.7, "patience": PATIENT, "closest": closest}
        fresh = [self.by_real_steps(self.direction(each), **steps) for each in drawn]
        return sum(m.contradicts for m in fresh) * 2 > len(fresh)

    def longer(
        self, looks: Sequence[tuple[Drawn, Measurement]], coarsest: float = math.inf
    ) -> list[Measurement] | None:
        """What was seen of a staircase, from four times the values where the gradient may be wrong.

        The directions stay what they were, at other steps: there chance is in the steps of f alone. The best
        look is longer too, where its resolution is beyond the ``coarsest``. None where no evaluations are
        left for that.
        """
        best = min(m.resolution for _, m in looks)
        found = []
        for drawn, m in looks:
            if not m.is_doubtful and (m.resolution > best or best <= coarsest):
                found.append(m)
                continue
            if self.oracle.meter.left < FOR_LONGER:
                return None
            v = self.direction(drawn)
            found.append(mean_of([self.by_real_steps(v, first_step=step) for step in OTHER_STEPS]))
            if found[-1].contradicts:  # one is enough
                break
        return found

    def _of_leaf(self, leaf: Leaf) -> Part:
        """One measurement within a leaf in each scaling."""
        within = self.oracle.meter.left > FOR_A_LEAF + 2 * FOR_A_DOUBT
        names = self.scales.distinct(leaf) if within else ()
        return Part(leaf, tuple(self._look(self.draw(name, leaf)) for name in names))

    def _look(self, drawn: Drawn) -> tuple[Drawn, Measurement]:
        return drawn, self.measure(self.direction(drawn), look=True)

    def _found_by_complex_step(self, v: Direction, real: Measurement) -> bool:
        """Whether the complex step finds what real steps found."""
        if not real.decides:
            return False
        quick = measure_complex(self.oracle, self.gradient, v, self.rounding)
        return quick is not None and abs(quick.difference - real.difference) <= 6 * (real.error + quick.error)
