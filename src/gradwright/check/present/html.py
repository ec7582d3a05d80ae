"""A report as a piece of HTML that needs nothing else: for notebooks, and for pages of one's own.

Text and lines take the colour of what surrounds them, so that it reads on light pages and on dark ones;
only the badge with the verdict and the card under the picture bring their own ground.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from gradwright.check.present.plot import draw
from gradwright.check.present.wording import (
    PARAMETER_TITLES,
    STEP_TITLES,
    Facts,
    findings,
    headline,
    measurements,
    parameter_rows,
    parameters_left_out,
    sentence,
    step_legend,
    step_rows,
)
from gradwright.check.verdict.report import ReportData
from gradwright.drawing import render
from gradwright.errors import ConfigError
from gradwright.printable import printable

# every rule begins with the class, because a notebook is one page for all that it shows
STYLE = """
.gw-check { max-width: 52rem; line-height: 1.5; }
.gw-check p { margin: .5rem 0; }
.gw-check .verdict { font-size: 1.1em; overflow-wrap: anywhere; }
.gw-check .badge { padding: .1em .6em; border-radius: 1em; font-size: .9em; font-weight: 600; color: #fff; }
.gw-check .correct { background: #00694a; }
.gw-check .wrong { background: #b03a00; }
.gw-check .undecided { background: #59636e; }
.gw-check dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
.gw-check dt, .gw-check caption, .gw-check summary { opacity: .75; }
.gw-check dd { margin: 0; overflow-wrap: anywhere; }
.gw-check .scroll { overflow-x: auto; margin: .75rem 0; }
.gw-check table { border-collapse: collapse; font-size: .9em; font-variant-numeric: tabular-nums; }
.gw-check caption { caption-side: bottom; text-align: left; padding-top: .3rem; }
.gw-check th, .gw-check td {
  padding: .2rem .9rem .2rem 0; text-align: right; white-space: nowrap; font-weight: 400;
  background: none; border-bottom: 1px solid rgba(128, 128, 128, .35);
}
.gw-check th:first-child, .gw-check .parameters :nth-child(2) { text-align: left; }
.gw-check thead th { font-weight: 600; }
.gw-check tr.fitted { background: rgba(128, 128, 128, .16); }
.gw-check summary { cursor: pointer; }
.gw-check img {
  display: block; width: 100%; max-width: 34rem; margin: .75rem 0; background: #fff; border-radius: .4rem;
}
""".strip()


def to_html(report: ReportData) -> str:
    """The verdict, what is behind it, the picture where Matplotlib is installed, and the tables."""
    parts = [
        f"<style>\n{STYLE}\n</style>",
        f'<p class="verdict">{_badge(report)} {escape(sentence(report))}</p>',
        _facts(findings(report)),
        _parameters(report),
        "".join(f"<p>Note: {escape(printable(note))}</p>" for note in report.notes),
        _picture(report),
        _steps(report),
        _facts(measurements(report)),
    ]
    return "\n".join(['<div class="gw-check">', *filter(None, parts), "</div>"])


def _badge(report: ReportData) -> str:
    return f'<span class="badge {report.verdict}">{report.verdict}</span>'


def _facts(facts: Facts) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f"<dl>{rows}</dl>" if rows else ""


def _parameters(report: ReportData) -> str:
    rows = [_row(cells) for cells in parameter_rows(report)]
    return _table("parameters", PARAMETER_TITLES, rows, parameters_left_out(report)) if rows else ""


def _steps(report: ReportData) -> str:
    rows = [_row(row.cells, "fitted" if row.fitted else "") for row in step_rows(report)]
    if not rows:
        return ""
    table = _table("steps", STEP_TITLES, rows, step_legend(report, "Shaded:"))
    return f"<details><summary>Remainders at each step</summary>{table}</details>"


def _table(kind: str, titles: Sequence[str], rows: Iterable[str], caption: str) -> str:
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    below = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = f"<thead><tr>{head}</tr></thead>\n<tbody>{''.join(rows)}</tbody>"
    return f'<div class="scroll"><table class="{kind}">{below}\n{body}</table></div>'


def _row(cells: Sequence[str], kind: str = "") -> str:
    first, *others = (escape(cell) for cell in cells)
    data = "".join(f"<td>{cell}</td>" for cell in others)
    return f'<tr class="{kind}"><th scope="row">{first}</th>{data}</tr>'


def _picture(report: ReportData) -> str:
    """The plot as an image in the page itself; nothing where there are no steps, or no Matplotlib."""
    if not report.steps:
        return ""
    try:
        svg = render(draw(report), "svg")
    except ConfigError:  # no Matplotlib: the table says the same
        return ""
    words = f"Both Taylor remainders against the step, on logarithmic axes. {headline(report)}"
    return f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}">'
