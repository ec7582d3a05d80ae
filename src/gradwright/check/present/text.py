"""A report as plain text: the verdict first, at most 100 columns wide, readable without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from gradwright.check.present.wording import (
    PARAMETER_TITLES,
    STEP_TITLES,
    Facts,
    findings,
    headline,
    measurements,
    parameter_rows,
    parameters_left_out,
    step_legend,
    step_rows,
)
from gradwright.check.verdict.report import ReportData
from gradwright.printable import printable
from gradwright.tables import Table

WIDTH = 100  # columns: what pytest and most terminals leave
MARK = "|"  # before the steps that the orders were fitted over


def to_text(report: ReportData) -> str:
    """The headline, what is behind it, the parameters, the notes, the steps, and what was measured."""
    return _joined(to_brief(report), _steps(report), _facts(measurements(report)))


def to_brief(report: ReportData) -> str:
    """The first part of it: all but the steps and what was measured."""
    return _joined(
        _wrapped(headline(report)),
        _facts(findings(report)),
        _parameters(report),
        "\n".join(_wrapped(printable(note), "note: ") for note in report.notes),
    )


def _joined(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _parameters(report: ReportData) -> str:
    rows = parameter_rows(report)
    return _table(PARAMETER_TITLES, "llrr", rows, parameters_left_out(report)) if rows else ""


def _steps(report: ReportData) -> str:
    rows = [(MARK if row.fitted else " ", *row.cells) for row in step_rows(report)]
    return _table((" ", *STEP_TITLES), "lrrrrr", rows, step_legend(report, MARK)) if rows else ""


def _table(titles: tuple[str, ...], align: str, rows: Sequence[tuple[str, ...]], below: str) -> str:
    """The table, and a line ``below`` it."""
    table = str(Table(titles, align, tuple(rows)))
    return f"{table}\n{below}" if below else table


def _facts(facts: Facts) -> str:
    width = max((len(name) for name, _ in facts), default=0)
    return "\n".join(_wrapped(value, f"{name:{width}}  ") for name, value in facts)


def _wrapped(text: str, lead: str = "") -> str:
    """``lead`` and ``text``, whose further lines begin below its first."""
    return textwrap.fill(
        text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
    )
