"""Is this the gradient of that function? The verdict, from measurements along random directions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.calls import GradientCalls
from gradwright.check.verdict.causes import Cause, Explanation, explain, explain_bias
from gradwright.check.verdict.directions import draw, scales
from gradwright.check.verdict.fit import fit_orders
from gradwright.check.verdict.locate import locate
from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.probe import Probe
from gradwright.check.verdict.report import GradientReport, ParameterVerdict, Step, Verdict
from gradwright.check.verdict.survey import FOR_A_DOUBT, Part, Surveyor
from gradwright.check.verdict.trees import Leaf, Tree
from gradwright.errors import ConfigError

FEWEST = 1000  # evaluations that one array may take from the first look to its place and cause
NOT_DETERMINISTIC = 1e-6  # of f(x): values at one x that differ by more leave nothing to decide
COARSEST = {8: 1e-4, 4: 5e-2}  # by bytes of a number: a resolution beyond it is not called correct
MOVE = 1e-3  # of the size of x: how far it is moved off a kink
OF_A_WHOLE_ARRAY = {Cause.TRANSPOSED, Cause.FLATTENED, Cause.REVERSED, Cause.OFF_BY_ONE, Cause.EXCHANGED}
EXPLAINING = 6  # directions within a leaf that a cause is held against


@dataclass(frozen=True)
class _Judgement:
    """The verdict on a part, with the largest difference seen and the share down to which it was looked."""

    verdict: Verdict
    difference: float
    resolution: float
    blocked: str | None = None  # what kept it from being decided


def check_gradient(
    f: Callable[[Any], Any],
    grad: Callable[[Any], Any],
    x: Any,
    *,
    seed: int = 0,
    max_evaluations: int = 4000,
) -> GradientReport:
    """Whether ``grad`` is the gradient of ``f`` at ``x``: correct, wrong, or undecided, and why.

    ``x`` is an array of float64 or float32, or a dictionary, list or tuple of such, nested at will; ``f``
    takes it to a number and ``grad`` to something of its form. Both get fresh copies, f always right before
    grad at the same point.

    For random directions v, of all of x and of each array by itself, in three measures (see
    ``directions``), the difference D f(x)[v] - <g, v> is measured with an error: by extrapolated central
    differences with steps from the scale of x down to the rounding of f, or by the complex step where f is
    seen to carry complex numbers. A gradient is *wrong* if fresh directions with other steps confirm a
    difference beyond all error, *correct* if every array was seen to agree down to ``report.resolution``,
    else *undecided*, with the reason. Where x lies on a kink, a point a thousandth away decides, and the
    notes say so.

    ``max_evaluations`` bounds the calls of f; the report says how many there were. The same seed gives the
    same report.

    Raises ``ConfigError`` for an x that is not finite float numbers, ``CheckError`` where f(x) is not a
    finite number or grad(x) does not have the form of x.

    >>> x = np.array([0.5, -1.0, 2.0])
    >>> check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, x).verdict
    'correct'
    >>> report = check_gradient(lambda x: (x**3).sum(), lambda x: 1.5 * x**2, x)
    >>> report.verdict, report.evidence, report.cause
    ('wrong', 'x is 0.5 x the true gradient in every entry', 'a factor of 2 is missing')
    """
    if max_evaluations < FEWEST:
        raise ConfigError(f"max_evaluations: expected at least {FEWEST}, found {max_evaluations}")
    tree = Tree.of(x)
    rng = np.random.default_rng(seed)
    probe = Probe(f, tree, tree.pack(x), max_evaluations)
    probe.start()
    calls = GradientCalls(grad, probe, tree)
    return _Check(tree, probe, calls, rng, seed).report()


class _Check:
    """One check from its first call to its report."""

    def __init__(
        self, tree: Tree, probe: Probe, calls: GradientCalls, rng: np.random.Generator, seed: int
    ) -> None:
        self.tree, self.probe, self.calls, self.rng, self.seed = tree, probe, calls, rng, seed
        self.spread = 0.0

    def report(self) -> GradientReport:
        x = self.probe.x
        near = self._near(x)
        gradient, gradient_near, fault = self.calls.examine(near)
        self.spread = self.probe.spread()
        if self.spread > NOT_DETERMINISTIC * abs(self.probe.value):
            reason = f"f is not deterministic: at the same x its values differ by {self.spread:.1e}"
            return self._report("undecided", reason, (), ())
        surveyor, parts = self._survey(gradient)
        if _on_a_kink(parts):
            behaviour = next(m.behaviour for m in parts[0].measurements if not m.decides)
            self.probe.x = self._near(x)
            self.probe.start()
            gradient = self.calls.at(self.probe.x)
            surveyor, parts = self._survey(gradient)
            self.probe.notes.append(
                f"x lies on a {behaviour} of f: decided at a point {MOVE:g} of its size away"
            )
        judged = [(part, self._judge(surveyor, part)) for part in parts]
        if fault is None and self.probe.left > FOR_A_DOUBT and all(j.verdict == "correct" for _, j in judged):
            fault = self._fault_nearby(near, gradient, gradient_near)
        return self._conclude(surveyor, gradient, judged, fault)

    def _survey(self, gradient: Array) -> tuple[Surveyor, list[Part]]:
        surveyor = Surveyor(self.probe, self.tree, gradient, self.rng, self.spread)
        return surveyor, surveyor.survey()

    def _fault_nearby(self, near: Array, gradient: Array, gradient_near: Array) -> Explanation | None:
        """What is wrong with a gradient that is right at x, at a point a little away."""
        there = self.probe.elsewhere(near)
        surveyor = Surveyor(there, self.tree, gradient_near, self.rng, self.spread)
        part = surveyor.whole()
        wrong = any(m.contradicts for m in part.measurements) and surveyor.contradicts_again(part)
        self.probe.evaluations += there.evaluations
        if not wrong:
            return None
        if np.array_equal(gradient, gradient_near):
            return Explanation(Cause.STALE_CACHE, "a little away from x it still gives the gradient at x")
        return Explanation(Cause.ELSEWHERE, "a little away from x it differs from f's")

    def _near(self, x: Array) -> Array:
        """A point at a small random distance from x, as its dtypes hold it."""
        step = draw(self.rng, scales(self.tree, x, np.zeros_like(x), "relative"))
        return self.tree.unpack(x + MOVE * step)[1]

    def _judge(self, surveyor: Surveyor, part: Part) -> _Judgement:
        """The verdict on one part of x."""
        decided = [m for m in part.measurements if m.decides]
        limit = COARSEST[
            min(leaf.dtype.itemsize for leaf in ([part.leaf] if part.leaf else self.tree.leaves))
        ]
        if not part.measurements:
            return _Judgement("undecided", math.nan, math.inf, "nothing left of the allowed evaluations")
        if not decided:
            return _Judgement("undecided", math.nan, math.inf, part.measurements[0].behaviour)
        difference = max(_relative(m) for m in decided)
        resolution = min(m.resolution for m in decided)
        if any(m.contradicts for m in decided):
            if surveyor.contradicts_again(part):
                return _Judgement("wrong", difference, resolution)
            return _Judgement(
                "undecided", difference, resolution, "a difference that other directions do not show"
            )
        if resolution > limit:
            return _Judgement("undecided", difference, resolution, "noise")
        return _Judgement("correct", difference, resolution)

    def _conclude(
        self,
        surveyor: Surveyor,
        gradient: Array,
        judged: Sequence[tuple[Part, _Judgement]],
        fault: Explanation | None,
    ) -> GradientReport:
        """The verdict on all of x from those on its parts."""
        by_leaf = (
            judged[1:]
            if len(judged) > 1
            else [(Part(self.tree.leaves[0], judged[0][0].by_measure), judged[0][1])]
        )
        parameters = tuple(
            ParameterVerdict(part.leaf.name, j.verdict, j.difference, j.resolution)
            for part, j in by_leaf
            if part.leaf is not None
        )
        measurements = judged[0][0].measurements
        wrong = [part.leaf for part, j in by_leaf if j.verdict == "wrong" and part.leaf is not None]
        if wrong:
            return self._wrong(surveyor, gradient, wrong, parameters, measurements, fault)
        if fault is not None:
            reason = f"the gradient is right at x the first time, but {fault.cause}: {fault.evidence}"
            return self._report("wrong", reason, parameters, measurements, fault)
        open_ = [(part.leaf, j) for part, j in judged if j.verdict != "correct"]
        if any(j.verdict == "wrong" for _, j in open_):
            difference = judged[0][1].difference
            reason = (
                f"the gradient differs from f's by {difference:.2g} of its size, but the allowed evaluations "
                "did not suffice to tell in which array"
            )
            return self._report("wrong", reason, parameters, measurements)
        undecided = [(leaf, j) for leaf, j in open_ if leaf is not None or len(judged) == 1]
        if undecided:
            leaf, judgement = undecided[0]
            return self._report("undecided", _why(leaf, judgement), parameters, measurements)
        resolution = max(j.resolution for _, j in by_leaf)
        reason = f"f and the gradient agree in every direction, down to {resolution:.0e} of its size"
        return self._report("correct", reason, parameters, measurements, resolution=resolution)

    def _wrong(
        self,
        surveyor: Surveyor,
        gradient: Array,
        leaves: Sequence[Leaf],
        parameters: tuple[ParameterVerdict, ...],
        measurements: Sequence[Measurement],
        fault: Explanation | None,
    ) -> GradientReport:
        """A wrong gradient: where, and why; ``fault`` is what the calls alone have shown."""
        leaf = leaves[0]
        place, entries = locate(surveyor, leaf, allowance=self.probe.left - FOR_A_DOUBT)
        explanation: Explanation | None
        if len(entries) == 1 and leaf.stop - leaf.start > 1:
            explanation = self._one_entry(surveyor, gradient, int(entries[0]))
        else:
            seen = [m for m in surveyor.within(entries, EXPLAINING) if m.decides]
            explanation = explain(self.probe, gradient, leaf, place, entries, seen) if len(seen) > 2 else None
            if explanation is not None and explanation.cause in OF_A_WHOLE_ARRAY:
                place = leaf.name
            alone = 1 == len(leaves) < len(self.tree.leaves)
            explanation = explanation or fault or explain_bias(surveyor, leaf, others_are_right=alone)
        names_ = ", ".join(leaf.name for leaf in leaves)
        difference = max(p.difference for p in parameters if p.verdict == "wrong")
        reason = f"the gradient of {names_} differs from f's by {difference:.2g} of its size"
        right = self.tree.leaves[len(leaves) :]
        if (
            explanation is None
            and len(leaves) > 1
            and right
            and tuple(leaves) == self.tree.leaves[: len(leaves)]
        ):
            reason += f"; from {right[0].name} on all is right, so look at the step back from there"
        return self._report("wrong", reason, parameters, measurements, explanation, place)

    def _one_entry(self, surveyor: Surveyor, gradient: Array, entry: int) -> Explanation:
        unit = np.zeros_like(gradient)
        unit[entry] = surveyor.scales["relative"][entry]
        m = surveyor.measure(unit)
        true = m.true / unit[entry]
        evidence = f"{self.tree.locate(entry)} is {gradient[entry]:.6g}, the true derivative is {true:.6g}"
        return Explanation(Cause.ONE_ENTRY, evidence)

    def _report(
        self,
        verdict: Verdict,
        reason: str,
        parameters: tuple[ParameterVerdict, ...],
        measurements: Sequence[Measurement],
        explanation: Explanation | None = None,
        location: str | None = None,
        resolution: float | None = None,
    ) -> GradientReport:
        order = first_order = None
        steps: list[Step] = []
        window, floor = (0, 0), 0.0
        shape: Literal["linear", "quadratic", "curved", "unknown"] = "unknown"
        real = [m for m in measurements if m.samples]
        if real:
            shape = "linear" if all(m.behaviour == "linear" for m in real) else "curved"
            order, first_order, steps, window, floor = fit_orders(real)
        return GradientReport(
            verdict=verdict,
            reason=reason,
            cause=None if explanation is None else str(explanation.cause),
            evidence=None if explanation is None else explanation.evidence,
            location=location,
            order=order,
            first_order=first_order,
            shape=shape,
            resolution=resolution,
            parameters=parameters,
            notes=(*self.probe.notes, *self.calls.notes),
            steps=tuple(steps),
            window=window,
            noise_floor=floor,
            evaluations=self.probe.evaluations,
            gradient_evaluations=self.calls.evaluations,
            seed=self.seed,
        )


def _on_a_kink(parts: Sequence[Part]) -> bool:
    """Whether a third of all directions or more meet a kink or jump at x itself."""
    everything = [m for part in parts for m in part.measurements]
    blocked = [m for m in everything if m.behaviour in ("kink", "jump")]
    return len(blocked) * 3 >= len(everything)


def _relative(m: Measurement) -> float:
    """The difference along one direction, beside the size of the gradient along such directions."""
    size = max(m.scale, abs(m.true))
    return abs(m.difference) / size if size else 0.0


def _why(leaf: Leaf | None, judgement: _Judgement) -> str:
    where = f" in {leaf.name}" if leaf is not None else ""
    if judgement.blocked == "noise":
        return (
            f"the noise of f is above the signal{where}: a difference below {judgement.resolution:.0e} "
            "of the gradient's size cannot be seen"
        )
    if judgement.blocked in ("kink", "jump", "undefined"):
        return f"f has a {judgement.blocked}{where} near x in every direction that was tried"
    return f"{judgement.blocked}{where}"
