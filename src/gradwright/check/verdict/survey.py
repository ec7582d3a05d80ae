"""Measurements along random directions: of all of x, and of each array by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.directions import MEASURES, Measure, draw, scales
from gradwright.check.verdict.measure import Measurement, measure, measure_complex, noise_along
from gradwright.check.verdict.probe import Probe
from gradwright.check.verdict.trees import Leaf

PATIENT = 12  # rows beyond the best one, where it matters whether a weak kink is near
SHOWN = 9  # rows beyond the best one, in the directions whose remainders are fitted and shown
FOR_A_LEAF, FOR_A_DOUBT = 150, 300  # evaluations that a look at a leaf, and a second look, may take
FRESH = 4  # directions that are asked again before a gradient is called wrong
WHOLE = 2  # directions of each measure through all of x


@dataclass(frozen=True, eq=False)
class Part:
    """A leaf, or all of x where ``leaf`` is None, with what was measured in it, in which measure."""

    leaf: Leaf | None
    by_measure: tuple[tuple[Measure, Measurement], ...]

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        return tuple(m for _, m in self.by_measure)


class Surveyor:
    """Measures a gradient at one point, by the complex step where f is seen to carry it.

    ``given`` is the point that was asked about, from which the sizes of the entries are taken: an entry of 0
    that was moved a little away has not become a number with a small size of its own.
    """

    def __init__(
        self,
        probe: Probe,
        gradient: Array,
        rng: np.random.Generator,
        spread: float,
        given: Array,
    ) -> None:
        tree = probe.tree
        self.probe, self.tree, self.gradient, self.rng, self.spread = probe, tree, gradient, rng, spread
        self.scales = {name: scales(tree, given, gradient, name) for name in MEASURES}
        self.noise: float | None = None
        self.carries_complex = False

    def survey(self) -> list[Part]:
        """All of x in each measure, then, where there are several, each leaf in each measure."""
        parts = [self.whole()]
        if len(self.tree.leaves) > 1:
            parts += [Part(leaf, self.of_leaf(leaf)) for leaf in self.tree.leaves]
        return parts

    def of_leaf(self, leaf: Leaf) -> tuple[tuple[Measure, Measurement], ...]:
        """One measurement within a leaf in each measure, as far as the allowance goes."""
        names = MEASURES if self.probe.left > FOR_A_LEAF + 2 * FOR_A_DOUBT else ()
        return tuple((name, self.measure(self.draw(name, leaf))) for name in names)

    def whole(self) -> Part:
        """All of x in each measure."""
        shown = [self.by_real_steps(self.draw("even"), patience=SHOWN) for _ in range(WHOLE)]
        self._try_complex(shown[0])
        others = [(name, self.measure(self.draw(name))) for name in MEASURES[1:] for _ in range(WHOLE)]
        return Part(None, (*(("even", m) for m in shown), *others))

    def within(self, entries: Array, count: int) -> list[Measurement]:
        """Measurements that move these entries alone, in one measure after the other."""
        found = []
        for name in (MEASURES * count)[:count]:
            v = np.zeros_like(self.gradient)
            v[entries] = self.draw(name)[entries]
            found.append(self.measure(v))
        return found

    def measure(self, v: Array) -> Measurement:
        """The difference along v: in one evaluation where f carries complex numbers, else by real steps."""
        if self.carries_complex:
            quick = measure_complex(self.probe, self.gradient, v, self.noise or 0.0)
            if quick is not None:
                return quick
        return self.by_real_steps(v)

    def _try_complex(self, real: Measurement) -> None:
        """See whether the complex step finds what real steps found."""
        if not real.decides:
            return
        quick = measure_complex(self.probe, self.gradient, real.direction, real.noise)
        if quick is not None:
            self.carries_complex = abs(quick.difference - real.difference) <= 6 * (real.error + quick.error)

    def draw(self, name: Measure, leaf: Leaf | None = None) -> Array:
        """A random direction in one measure, within a leaf or through all of x."""
        return draw(self.rng, self.scales[name], leaf)

    def by_real_steps(self, v: Array, **options: Any) -> Measurement:
        """The difference along v by steps on the real line, however f treats complex numbers."""
        if self.noise is None:  # rounding is the same in every direction: it is measured along the first
            self.noise = max(noise_along(self.probe, v), self.spread)
        return measure(self.probe, self.gradient, v, self.noise, **options)

    def contradicts_again(self, part: Part) -> bool:
        """Whether fresh directions contradict as well, in the measures that did before.

        By the complex step, which no kink beside x can disturb, half of them must; else by other real steps,
        patient enough to see a kink, more than half.
        """
        if self.probe.left < FOR_A_DOUBT:
            return False
        names = [name for name, m in part.by_measure if m.contradicts]
        drawn = (names * FRESH)[:FRESH]
        if self.carries_complex:
            again = [self.measure(self.draw(name, part.leaf)).contradicts for name in drawn]
            return sum(again) * 2 >= len(again)
        closest = math.sqrt(self.tree.epsilon)
        fresh = [
            self.by_real_steps(
                self.draw(name, part.leaf), first_step=0.19, ratio=1.7, patience=PATIENT, closest=closest
            )
            for name in drawn
        ]
        return sum(m.contradicts for m in fresh) * 2 > len(fresh)
