"""Is this the gradient of that function? The verdict, from measurements along random directions."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gradwright.check.conventions.functions import asked
from gradwright.check.conventions.shapes import Fitted
from gradwright.check.conventions.target import Target
from gradwright.check.full_digits.plain import full_digits
from gradwright.check.points import NotFiniteError, Tree
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.conclude import Conclusion
from gradwright.check.verdict.examine import FEWEST, examine
from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.not_finite import not_finite
from gradwright.check.verdict.oracle import Meter, Oracle, OutOfTimeError
from gradwright.check.verdict.remainders import fit_orders, shape_of
from gradwright.check.verdict.watched import watching
from gradwright.check.why import with_line
from gradwright.errors import ConfigError

LIKELY, LIKELY_IN_EACH = 120, 12  # evaluations that a right gradient takes, and for each array of it


def check_gradient(
    f: Callable[..., Any] | None = None,
    grad: Callable[..., Any] | None = None,
    x: Any = None,
    *,
    value_and_grad: Callable[..., Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    names: str | Sequence[str] | None = None,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
    complex_step: bool = True,
    watch: Callable[[int, int], None] | None = None,
) -> GradientReport:
    """Whether ``grad`` is the gradient of ``f`` at ``x``: correct, wrong, or undecided, and why.

    Args:
        f: takes x to a number.
        grad: takes x to something of its form, to a tuple of gradients in its order, or a table with ``dW``
            for W. Both get fresh copies, f always right before grad at a point.
        x: an array of float64 or float32, or a dictionary, list or tuple of such, nested at will.
        value_and_grad: in place of f and grad, a function that returns (value, gradient).
        wrt: for functions of many arguments, such as ``loss(W, X, y, reg)``, the names of those to vary: "W"
            or ("W", "b"). Then x is the tuple of all arguments, or a dictionary of them by name.
        names: of the arrays of x in their order, as the report shall call them.
        seed: of the directions; the same seed gives the same report.
        max_evaluations: the most calls of f; the report says how many there were.
        tolerance: a difference of at most this share of the gradient's size is *correct* too, and told.
        max_seconds: the time, after which no more call of f begins and the verdict is *undecided*, unless it
            was *wrong* already.
        complex_step: whether f may be tried on complex numbers, which of many a formula tell the slope in one
            call; what comes of it is believed where real steps have shown the same.
        watch: is told at each call of f how many there were, and how many it will likely be.

    For random directions v, of all of x and of each array by itself, in three scalings (see
    ``directions``), the difference D f(x)[v] - <g, v> is measured with an error: by extrapolated central
    differences with steps from the scale of x down to the rounding of f, or by the complex step where f is
    seen to carry complex numbers. A gradient is *wrong* if fresh directions with other steps confirm a
    difference beyond all error, *correct* if every array was seen to agree down to ``report.resolution``,
    else *undecided*, with the reason. Where x lies on a kink, a point a thousandth away decides, and the
    notes say so.

    A gradient of another shape than its array is *wrong*, with what would make it right, and so is one that
    is not finite where f is. Where f(x) itself is NaN or infinite it is *undecided*, with where that began.

    Raises ``ConfigError`` for an x that is not finite float numbers, and for names that do not fit;
    ``CheckError`` where f(x) is not a number or grad(x) does not have the form of x.

    >>> import numpy as np
    >>> x = np.array([0.5, -1.0, 2.0])
    >>> check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, x).verdict
    'correct'
    >>> report = check_gradient(lambda x: (x**3).sum(), lambda x: 1.5 * x**2, x)
    >>> report.verdict, report.evidence, report.cause
    ('wrong', 'x is 0.5 x the true gradient in every entry', 'a factor of 2 is missing')
    >>> def loss(w, x, y):
    ...     return ((x @ w - y) ** 2).mean(), 2 * x.T @ (x @ w - y) / len(y)
    >>> arguments = np.ones(2), np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(2)
    >>> report = check_gradient(value_and_grad=loss, x=arguments, wrt="w")
    >>> report.verdict, report.parameters[0].name
    ('correct', 'w')
    """
    target = asked(f, grad, x, value_and_grad=value_and_grad, wrt=wrt, names=names)
    until = time.monotonic() + max_seconds
    report = verdict_on(
        target,
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
        max_seconds=max_seconds,
        complex_step=complex_step,
        watch=watch,
    )
    return with_line(report, target, until)


def verdict_on(
    target: Target,
    *,
    seed: int,
    max_evaluations: int,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
    complex_step: bool = True,
    watch: Callable[[int, int], None] | None = None,
) -> GradientReport:
    """What ``check_gradient`` says of a target before the line of a fault is looked for."""
    if max_evaluations < FEWEST:
        raise ConfigError(f"max_evaluations: expected at least {FEWEST}, found {max_evaluations}")
    if not max_seconds > 0:
        raise ConfigError(f"max_seconds: expected more than 0, found {max_seconds:g}")
    if not 0 <= tolerance < 1:
        raise ConfigError(f"tolerance: expected 0 or more and less than 1, found {tolerance:g}")
    fitted, rng = Fitted(target.grad, Tree.of(target.point)), own_generator(seed, Stream.DIRECTIONS)
    full = target.full or full_digits(target.f, target.grad)
    oracle = Oracle.unasked(target.f, fitted, target.point, max_evaluations, complex_step)
    oracle = replace(oracle, full=replace(full, grad=replace(fitted, grad=full.grad)))
    oracle.meter.until, oracle.meter.watch = time.monotonic() + max_seconds, watch or watching()
    oracle.meter.expected = LIKELY + LIKELY_IN_EACH * len(oracle.tree.leaves)
    try:
        conclusion, measurements, notes = examine(oracle, rng, tolerance)
    except NotFiniteError as error:
        conclusion, measurements, notes = not_finite(oracle, error), (), ()
    except OutOfTimeError:
        reason = f"the {max_seconds:g} s that were allowed are used up, after {oracle.meter.f:,} calls of f"
        conclusion, measurements, notes = Conclusion("undecided", reason), (), ()
    finally:
        full.casts.in_force = False
    return fitted.judged(_report(conclusion, measurements, (*target.notes, *notes), oracle.meter, seed))


def _report(
    conclusion: Conclusion,
    measurements: Sequence[Measurement],
    notes: Sequence[str],
    meter: Meter,
    seed: int,
) -> GradientReport:
    explanation = conclusion.explanation
    by_steps = [m for m in measurements if m.slope.samples]
    order, first_order, steps, window, floor = fit_orders(by_steps)
    if measurements and not by_steps:
        floor = measurements[0].noise
    return GradientReport(
        verdict=conclusion.verdict,
        reason=conclusion.reason,
        suspicion=conclusion.suspicion or (None if explanation is None else explanation.suspicion),
        cause=None if explanation is None or explanation.is_suspicion else str(explanation.cause),
        evidence=None if explanation is None else explanation.evidence,
        location=conclusion.location,
        order=order,
        first_order=first_order,
        shape=shape_of(by_steps),
        resolution=conclusion.resolution,
        parameters=conclusion.parameters,
        notes=tuple(notes),
        steps=tuple(steps),
        window=window,
        noise_floor=floor,
        evaluations=meter.f,
        gradient_evaluations=meter.gradient,
        seed=seed,
    )
