"""``gradwright report``: one page about runs, made from their records alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradwright.cli.output import say, say_json
from gradwright.cli.parameters import AsJson
from gradwright.show import figure_of, read_check, read_reported, save_figure, write_report
from gradwright.training import load_run


def report(
    *runs: Annotated[Path, Parameter(help="the folders of runs")],
    figure: Annotated[
        str | None,
        Parameter(help="draw this alone: curves; or, of one run, regions, rate or check"),
    ] = None,
    out: Annotated[
        Path | None,
        Parameter(help="the page to write, by default report.html; or the figure's file, .svg or .png"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write one HTML page about runs: results, curves, pictures, settings and checks."""
    loaded = list(map(load_run, runs))
    checks, reported = list(map(read_check, runs)), list(map(read_reported, runs))
    if figure is not None:
        first = (reported[0], checks[0]) if loaded else ({}, None)
        path = save_figure(figure_of(loaded, figure, *first), out or Path(f"{figure}.svg"), overwrite=True)
        say_json({"figure": str(path)}) if as_json else say(f"The figure is {path}")
        return
    named = {run.config.name: said for run, said in zip(loaded, reported, strict=True) if said}
    page = write_report(loaded, out or Path("report.html"), reported=named, checks=checks, folders=runs)
    say_json({"report": str(page)}) if as_json else say(f"The report is {page}")
