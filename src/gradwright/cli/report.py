"""``gradwright report``: one page about runs, made from their records alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradwright.cli.output import say, say_json
from gradwright.cli.parameters import AsJson
from gradwright.show import read_check, write_report
from gradwright.training import load_run


def report(
    *runs: Annotated[Path, Parameter(help="the folders of runs")],
    out: Annotated[Path, Parameter(help="the page to write")] = Path("report.html"),
    as_json: AsJson = False,
) -> None:
    """Write one HTML page about runs: results, curves, pictures, settings and checks."""
    page = write_report(list(map(load_run, runs)), out, checks=list(map(read_check, runs)))
    if as_json:
        say_json({"report": str(page)})
    else:
        say(f"The report is {page}")
