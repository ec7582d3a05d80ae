"""Random covectors u make one number <y, u> of any output y; a gradient that ignores its u is told so."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradwright.check.conventions.draws import held_draws
from gradwright.check.conventions.target import Target
from gradwright.check.faults.cause import Cause
from gradwright.check.full_digits.casts import FullDigits
from gradwright.check.points import Array, walk
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.gradient import verdict_on
from gradwright.check.why import with_reasons

TIMES = (1.0, 2.0, 1e-9)  # u: larger, and so small that nothing of it is clipped
UNUSED = "backward does not use dout: it was held against f itself, as of the last node, where dout is 1"
LEAST = 1e-3  # seconds: a limit of none is refused
OF_A_NUMBER = (1.2, 1.8)  # the range of u where y is one number: neither 0 nor 1, nor what a fault may be


def covector(y: Array, seed: int) -> Array:
    """A random u in the form of y: normal, or one number away from 0 and 1."""
    return covectors([y.shape], seed)[0].astype(y.dtype)


def covectors(shapes: Sequence[tuple[int, ...]], seed: int) -> list[Array]:
    """One for each of several outputs."""
    rng = own_generator(seed, Stream.COVECTOR)
    if len(shapes) == 1 and np.prod(shapes[0]) == 1:
        return [np.full(shapes[0], rng.uniform(*OF_A_NUMBER))]
    return [np.asarray(rng.standard_normal(shape)) for shape in shapes]


@held_draws()
def check_through(
    f: Callable[[Any], Any],
    gradient: Callable[[Any, float], Any],
    point: Any,
    notes: Sequence[str],
    *,
    outputs: Callable[[Any], Sequence[Any]],
    pullback: Callable[[Any, Sequence[Array]], Any],
    is_given: bool = True,
    number: float | None = None,
    full: FullDigits | None = None,
    max_seconds: float = math.inf,
    **options: Any,
) -> GradientReport:
    """The verdict on the gradient of f = <y, u>, its report with ``notes`` before its own.

    ``gradient(point, times)`` is that for ``times`` u, if u ``is_given`` to it at all. What is wrong with it
    is asked of whole ``outputs(point)``, and of ``pullback(point, us)`` for other u. ``number`` is u where y
    is one number that may be a loss: a gradient that does not use u is then held against y itself, and the
    notes say so. ``full`` are f and its gradient without casts, if they are known. The
    ``options`` are those of ``check_gradient``, and so is what is raised.
    """
    until = time.monotonic() + max_seconds
    target = Target(f, lambda x: gradient(x, 1.0), point, full=full)
    report = verdict_on(target, max_seconds=max_seconds, **options)
    report = told_if_ignored(report, gradient, point) if is_given else report
    if report.cause == Cause.COVECTOR_IGNORED and number is not None:
        target = replace(target, f=lambda x: f(x) / number)
        report = verdict_on(target, max_seconds=max(until - time.monotonic(), LEAST), **options)
        return replace(report, notes=(*notes, UNUSED, *report.notes))
    report = with_reasons(report, outputs, pullback, point, until)
    return replace(report, notes=(*notes, *report.notes))


def told_if_ignored(
    report: GradientReport, gradient: Callable[[Any, float], Any], point: Any
) -> GradientReport:
    """``report`` with the cause where what is wrong in it stays as it is when u is doubled, or made small.

    ``gradient(point, times)`` is the one that was checked, with ``times`` u in place of u.
    """
    if report.verdict != "wrong" or report.cause in (Cause.FROZEN, Cause.KEPT):
        return report  # what is kept from the first call does not follow u either
    once, *others = ({name: np.array(g) for name, g in walk(gradient(point, k), "x")} for k in TIMES)
    wrong = [each.name for each in report.parameters if each.verdict == "wrong"]
    ignoring = [
        name
        for name in wrong
        if once[name].any() and all(np.array_equal(once[name], other[name]) for other in others)
    ]
    if not ignoring:
        return report
    evidence = f"{', '.join(ignoring)}: backward returns the same for 2 dout as for dout"
    return replace(report, cause=str(Cause.COVECTOR_IGNORED), evidence=evidence)
