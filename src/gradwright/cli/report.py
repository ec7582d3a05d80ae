"""``gradwright report``: one page about runs, made from their records alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradwright.check import NetworkCheck
from gradwright.check.present.wording import headline
from gradwright.cli.gradients import check_gradients
from gradwright.cli.output import note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir, Overwrite
from gradwright.errors import ConfigError
from gradwright.outputs import require_place
from gradwright.recipes.folder import is_ensemble, read_ensemble
from gradwright.recipes.page import as_one, write_page
from gradwright.show import figure_of, read_check, read_reported, save_figure, write_check, write_report
from gradwright.show.figures import require_figure_place
from gradwright.show.run_figures import file_of
from gradwright.training import Run, load_data
from gradwright.training.load_run import read_run


def report(
    *runs: Annotated[Path, Parameter(help="the folders of runs, or that of what gw.tabular learned")],
    figure: Annotated[
        str | None,
        Parameter(
            help="draw this alone: curves; or, of one run, regions, confusion, wrong, calibration, fit, "
            "importance, rate or check"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        Parameter(help="the page to write, by default report.html; or the figure's file, .svg or .png"),
    ] = None,
    overwrite: Overwrite = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write one HTML page about runs: results, curves, pictures, settings and checks.

    A run whose gradients were not checked is checked for ``--figure check``, on its own data, and the page
    has the verdict from then on.
    """
    path = out or Path("report.html" if figure is None else file_of(figure))
    if figure is None:  # before the work
        require_place(path, overwrite=overwrite)
    else:
        require_figure_place(path, overwrite=overwrite)
    if any(map(is_ensemble, runs)):
        _of_table(runs, figure, path, overwrite)
        _say_where(path, figure, as_json)
        return
    loaded = list(map(read_run, runs))
    checks, reported = list(map(read_check, runs)), list(map(read_reported, runs))
    if figure == "check" and len(loaded) == 1 and checks[0] is None:
        checks[0] = _checked(loaded[0], runs[0], data_dir)
    if figure is not None:
        first = (reported[0], checks[0]) if loaded else ({}, None)
        save_figure(figure_of(loaded, figure, *first), path, overwrite=overwrite)
        _say_where(path, figure, as_json)
        return
    named = {run.config.name: said for run, said in zip(loaded, reported, strict=True) if said}
    write_report(loaded, path, reported=named, checks=checks, folders=runs, overwrite=overwrite)
    _say_where(path, figure, as_json)


def _of_table(folders: Sequence[Path], figure: str | None, path: Path, overwrite: bool) -> None:
    """The page, or a figure, of networks that answer together."""
    if len(folders) > 1:
        raise ConfigError(
            "expected the folders of runs, or that of networks that answer together by itself, "
            f"found {len(folders)} folders"
        )
    (folder,) = folders
    ensemble = read_ensemble(folder)
    if figure is None:
        write_page(ensemble, path, folder, overwrite=overwrite)
        return
    runs = ensemble.runs if figure == "curves" else [as_one(ensemble)]
    save_figure(figure_of(runs, figure, {}, None), path, overwrite=overwrite)


def _say_where(path: Path, figure: str | None, as_json: bool) -> None:
    what = "report" if figure is None else "figure"
    say_json({what: str(path)}) if as_json else say(f"The {what} is {path}")


def _checked(run: Run, folder: Path, data_dir: Path | None) -> NetworkCheck:
    """The gradient check of a run on the data that its config names, left in its folder.

    Raises ``ConfigError`` where the config names none, or the data are others by now.
    """
    if run.config.data is None:
        raise ConfigError(
            f"{folder}: the gradients of this run were not checked, and its config names no data to check "
            "them on; gradwright.check.check_network(run.objective, run.theta, x, y) does it in Python"
        )
    data = load_data(run.config, data_dir)
    if data.checksum() != run.data["checksum"]:
        raise ConfigError(
            f"{folder}: the gradients of this run were not checked, and its data were not found: expected "
            f"{run.data['source']} with the checksum {run.data['checksum'][:12]}..., found {data.source} "
            f"with {data.checksum()[:12]}..."
        )
    note("The gradients of this run were not checked; checking them now.")
    check = check_gradients(run.config, data)
    write_check(check, folder)
    note(str(headline(check.gradient)))
    return check
