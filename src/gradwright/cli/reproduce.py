"""``gradwright reproduce``: the experiments of the five reports, as written and corrected."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.progress import TaskProgressColumn

from gradwright.cli.codes import INTERRUPTED
from gradwright.cli.folders import require_free
from gradwright.cli.output import error, fitted, note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir
from gradwright.cli.progress import progress
from gradwright.errors import ConfigError
from gradwright.locks import writing_in
from gradwright.reproductions import Reproduction, Setting, experiments, select
from gradwright.reproductions import reproduce as each_of
from gradwright.reproductions.page import to_text, write_page, write_tables
from gradwright.tables import Table


def reproduce(
    *names: Annotated[str, Parameter(help="all, a report such as S1, or an experiment such as S1-softmax")],
    quick: Annotated[bool, Parameter(negative="", help="two seeds and few epochs, to see it run")] = False,
    out: Annotated[
        Path | None, Parameter(show_default=False, help="a new folder for page and tables")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> int | None:
    """Do the experiments of the five reports again, as written and corrected; without a name, list them."""
    if not names:
        rows = tuple((e.name, e.title, e.reported) for e in experiments())
        if as_json:
            say_json([dict(zip(("name", "title", "reported"), row, strict=True)) for row in rows])
        else:
            say(fitted(Table(("experiment", "title", "reported"), "lll", rows)))
        return None
    chosen = select(names)
    folder = out or Path("reproductions") / datetime.now().strftime("%Y-%m-%d-%H%M%S")
    require_free(folder, resume=False)
    done: list[Reproduction] = []
    seconds = sum(experiment.seconds for experiment in chosen)
    with (
        writing_in(folder),
        progress(chosen[0].name, seconds, TaskProgressColumn()) as bar,
        contextlib.suppress(KeyboardInterrupt),
    ):
        for reproduction in each_of(chosen, Setting(quick, data_dir)):
            done.append(reproduction)
            write_tables(done, folder)  # what is done is kept, whatever comes
            following = chosen[len(done)].name if len(done) < len(chosen) else ""
            bar.update(bar.task_ids[0], advance=reproduction.experiment.seconds, description=following)
            if not as_json:
                say(to_text(reproduction))
    if as_json:
        say_json([reproduction.to_dict() for reproduction in done])
    if done:
        try:
            write_page(done, folder)
        except ConfigError as missing:
            note(f"There is no page: {missing}")
        note(f"Page and tables are in {folder}.")
    if len(done) < len(chosen):
        left = " ".join(experiment.name for experiment in chosen[len(done) :])
        return error(
            f"interrupted after {len(done)} of {len(chosen)} experiments; "
            f"the others: gradwright reproduce {left}",
            INTERRUPTED,
        )
    return None
