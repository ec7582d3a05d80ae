"""What a report says, in sentences and cells of tables; ``text`` and ``html`` only lay it out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from gradwright.check.verdict.report import ParameterVerdict, ReportData
from gradwright.printable import printable

Facts: TypeAlias = list[tuple[str, str]]  # names and what is to be said about them

MOST_ROWS = 20  # of a table: one sees at a glance where it turns
LONGEST_NAME = 44  # characters of a parameter's name in a table

PARAMETER_TITLES = ("parameter", "verdict", "difference", "resolution")
STEP_TITLES = ("step", "first remainder", "ratio", "second remainder", "ratio")

EXACT_SHAPES = ("linear", "quadratic")


class StepRow(NamedTuple):
    """A row of the table of steps, and whether the orders were fitted over it."""

    fitted: bool
    cells: tuple[str, ...]


def sentence(report: ReportData) -> str:
    """Why the verdict is what it is: the evidence and its cause, or the reason where there is neither."""
    told = ": ".join(part for part in (report.evidence, report.cause) if part) or report.reason
    return f"{printable(told).rstrip('.')}."


def headline(report: ReportData) -> str:
    """The verdict and why, in one sentence."""
    if report.verdict == "correct" and report.unchecked:
        names = ", ".join(printable(each.name) for each in report.parameters)
        return f"correct in {names}; {printable('; '.join(report.unchecked))}."
    return f"{report.verdict}: {sentence(report)}"


def findings(report: ReportData) -> Facts:
    """Where it is wrong, what was seen if the headline does not say so already, and what is suspected."""
    facts = [] if report.location is None else [("where", printable(report.location))]
    if report.evidence or report.cause or (report.verdict == "correct" and report.unchecked):
        facts.append(("seen", printable(report.reason)))
    if report.suspicion:
        facts.append(("perhaps", printable(report.suspicion)))
    return facts


def parameter_rows(report: ReportData) -> list[tuple[str, ...]]:
    """The verdict on each array of x, where there are several; of many, those not correct come first."""
    if len(report.parameters) < 2:
        return []
    return [
        (_shortened(printable(row.name)), row.verdict, _number(row.difference, 1), _number(row.resolution, 1))
        for row in _ordered(report.parameters)[:MOST_ROWS]
    ]


def parameters_left_out(report: ReportData) -> str:
    """How many parameters ``parameter_rows`` does not show, by their verdicts; empty where it shows all."""
    counts = Counter(row.verdict for row in _ordered(report.parameters)[MOST_ROWS:])
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items())
    return f"and {counts.total():,} more: {told}" if counts else ""


def step_rows(report: ReportData) -> list[StepRow]:
    """Steps and remainders, each with its ratio to the next one's: the rows around the fitted window."""
    start, stop = report.window
    firsts, seconds = [row.first for row in report.steps], [row.second for row in report.steps]
    ratios = zip(_ratios(firsts, report.noise_floor), _ratios(seconds, report.noise_floor), strict=True)
    rows = []
    for i, (row, (first, second)) in enumerate(zip(report.steps, ratios, strict=False)):
        cells = (_number(row.step, 3), _number(row.first, 6), first, _number(row.second, 6), second)
        rows.append(StepRow(start <= i < stop, cells))
    middle = (start + stop) // 2 if stop > start else 0
    begin = max(0, min(middle - MOST_ROWS // 2, len(rows) - MOST_ROWS))
    return rows[begin : begin + MOST_ROWS]


def step_legend(report: ReportData, mark: str) -> str:
    """Which steps the orders were fitted over, those with ``mark``, and how many rows are not shown."""
    fitted = report.steps[slice(*report.window)]
    told = []
    if fitted:
        told.append(f"{mark} orders fitted from step {fitted[0].step:.3e} to {fitted[-1].step:.3e}")
    if len(report.steps) > MOST_ROWS:
        told.append(f"{MOST_ROWS} of {len(report.steps)} steps shown")
    return "; ".join(told)


def measurements(report: ReportData) -> Facts:
    """What was measured, and at what cost."""
    facts: Facts = []
    if report.first_order is not None:
        facts.append(("first order", f"{report.first_order} at 95 %, of the first remainder, expected 1"))
    if report.order is not None:
        facts.append(("second order", f"{report.order} at 95 %, of the second remainder, expected 2"))
    elif report.steps:
        why = "nothing but rounding" if report.shape == "linear" else "too few steps above the noise floor"
        facts.append(("second order", f"none, of the second remainder: {why}"))
    if report.shape in EXACT_SHAPES:
        facts.append(("function", f"{report.shape} to rounding, in the direction of the table"))
    if report.resolution is not None and math.isfinite(report.resolution):
        facts.append(("resolution", f"{report.resolution:.1e} of the gradient's size"))
    if math.isfinite(report.noise_floor):
        facts.append(("noise floor", f"{report.noise_floor:.1e} in the value of f"))
    cost = f"{report.evaluations:,} of f, {report.gradient_evaluations:,} of the gradient"
    return [*facts, ("evaluations", cost), ("seed", str(report.seed))]


def _ordered(parameters: Sequence[ParameterVerdict]) -> Sequence[ParameterVerdict]:
    """As they are where all can be shown, else those that are not correct first."""
    if len(parameters) <= MOST_ROWS:
        return parameters
    return sorted(parameters, key=lambda row: row.verdict == "correct")


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    half = (LONGEST_NAME - 3) // 2
    return f"{name[:half]}...{name[-half:]}"


def _number(number: float, digits: int) -> str:
    return f"{number:.{digits}e}" if math.isfinite(number) else "-"


def _ratios(values: Sequence[float], noise_floor: float) -> list[str]:
    """value_i / value_(i+1) as text; a dash where that is no number, or one of rounding alone."""
    ratios = [
        math.nan if after == 0 or after <= noise_floor else here / after for here, after in pairwise(values)
    ]
    return [_ratio(ratio) for ratio in [*ratios, math.nan]]


def _ratio(ratio: float) -> str:
    if not math.isfinite(ratio):
        return "-"
    return f"{ratio:.4f}" if ratio < 1e5 else f"{ratio:.1e}"
