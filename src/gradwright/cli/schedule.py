"""``gradwright schedule``: the learning rate of a run before it is run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradwright.cli.output import note, say, say_json
from gradwright.cli.parameters import AsJson, ConfigFile, DataDir, Overwrite, Settings, configure
from gradwright.data import Dataset
from gradwright.engine import steps_per_epoch
from gradwright.errors import ConfigError
from gradwright.optim import Preview, preview
from gradwright.optim.preview import MOST_UPDATES
from gradwright.show import found_rate, learning_rate, save_figure
from gradwright.show.figures import require_figure_place
from gradwright.tables import Table
from gradwright.training import RunConfig, load_data
from gradwright.training.find_rate import rate_of


def schedule(
    config: ConfigFile,
    /,
    *settings: Settings,
    find: Annotated[
        bool, Parameter(help="find a rate to begin with by short trainings", negative=())
    ] = False,
    plot: Annotated[Path | None, Parameter(help="draw it into this new .svg or .png file")] = None,
    overwrite: Overwrite = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the learning rate that a config will really use: its peak, its sum, and whether it freezes.

    With ``--find`` the config's own rate is not looked at: rates from 1e-5 to 10 are tried on its first rows.
    """
    if plot is not None:
        require_figure_place(plot, overwrite=overwrite)
    run = configure(config, settings)
    data = load_data(run, data_dir)
    if find:
        _find(run, data, plot, overwrite, as_json)
        return
    steps = steps_per_epoch(data.train, run.batch_size)
    if run.epochs * steps > MOST_UPDATES:
        raise ConfigError(
            f"epochs: expected a schedule of at most {MOST_UPDATES:,} updates, found {run.epochs * steps:,}"
        )
    seen = preview(run.learning_rate, run.epochs, steps)
    if as_json:
        say_json(_record(seen))
    else:
        say(_text(seen))
    if plot is not None:
        save_figure(learning_rate(seen), plot, overwrite=overwrite)
        note(f"The learning rate is drawn in {plot}.")


def _find(run: RunConfig, data: Dataset, plot: Path | None, overwrite: bool, as_json: bool) -> None:
    found = rate_of(run, data)
    if as_json:
        falls = [fall if math.isfinite(fall) else None for fall in found.falls.tolist()]
        tried = [{"rate": rate, "fall": fall} for rate, fall in zip(found.rates.tolist(), falls, strict=True)]
        say_json({"rate": found.rate, "lowest": found.lowest, "highest": found.highest, "tried": tried})
    else:
        say(repr(found))
    if plot is not None:
        save_figure(found_rate(found), plot, overwrite=overwrite)
        note(f"What the rates come to is drawn in {plot}.")


def _record(seen: Preview) -> dict[str, object]:
    """A preview as plain data."""
    return {
        "epochs": seen.epochs,
        "steps_per_epoch": seen.steps_per_epoch,
        "first": seen.first,
        "peak": seen.peak,
        "last": seen.last,
        "sum": seen.total,
        "frozen_epoch": seen.frozen_epoch,
        "table": [row._asdict() for row in seen.table()],
    }


def _text(seen: Preview) -> str:
    """A preview for people."""
    rows = [
        (str(row.epoch), f"{row.first:.4g}", f"{row.last:.4g}", f"{row.share:.1%}") for row in seen.table()
    ]
    table = Table(("epoch", "first rate", "last rate", "share of the sum"), "rrrr", tuple(rows))
    alive = "It stays above 1/1000 of its peak to the end."
    frozen = f"From epoch {seen.frozen_epoch} on it is below 1/1000 of its peak: practically frozen."
    return (
        f"{table}\n\n{seen.epochs} epochs of {seen.steps_per_epoch} steps: "
        f"peak {seen.peak:.4g}, sum over all steps {seen.total:.4g}.\n"
        f"{alive if seen.frozen_epoch is None else frozen}"
    )
