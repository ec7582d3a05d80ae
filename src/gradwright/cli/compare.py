"""``gradwright compare``: what the runs of a study allow to say, and what they do not."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradwright.cli.output import fitted, note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir
from gradwright.errors import ConfigError, DataError
from gradwright.show import save_figure
from gradwright.show.study_findings import findings
from gradwright.show.study_page import CAPTIONS, all_tables, figure_of, write_page, write_tables
from gradwright.studies.compare import Comparison
from gradwright.studies.compare import compare as compare_records
from gradwright.studies.looks import look
from gradwright.studies.sealed import config_of, open_test, openings
from gradwright.studies.store import Study
from gradwright.training import load_data
from gradwright.training.config import config_to_toml
from gradwright.training.record import RunRecord
from gradwright.writing import make_folder, refuse_link, write_atomically


def compare(
    study: Annotated[Path, Parameter(help="the folder of a study, as `gradwright sweep` fills it")],
    /,
    *,
    metric: Annotated[
        str | None,
        Parameter(help="such as validation.accuracy; by default what the study monitors"),
    ] = None,
    open_test_set: Annotated[
        bool,
        Parameter(
            name="--open-test",
            negative="",
            show_default=False,
            help="measure the winner on the test set, once, and put that on record",
        ),
    ] = False,
    again: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="with --open-test: also where it was opened before"),
    ] = False,
    best: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="write the config of the best mean, for `gradwright train`"
        ),
    ] = False,
    figure: Annotated[str | None, Parameter(help=f"draw this alone: {', '.join(CAPTIONS)}")] = None,
    out: Annotated[
        Path | None,
        Parameter(
            help="the folder for page and tables, by default STUDY/report; or the file of --best or --figure"
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Compare the configurations of a study: means, intervals, and which cannot be told from the best."""
    store = Study.open(study)
    refuse_link(study / "report")
    records = store.records()
    for message in store.damaged:
        note(message)
    rows = _validation_rows(records, data_dir)
    found = compare_records(records, metric, rows, partial(look, store, records))
    command = ["gradwright", "compare", str(study), *([] if metric is None else ["--metric", metric])]
    if best:
        path = _write_best(found, out or Path("best.toml"))
        say_json({"config": str(path), "contenders": len(found.contenders)}) if as_json else say(
            f"The config of {found.winner.name} is {path}"
        )
        if len(found.contenders) > 1:
            note(f"It is one of {len(found.contenders)} that cannot be told apart.")
        note(f"To train it: gradwright train {path}")
        return
    if figure is not None:
        path = save_figure(figure_of(found, figure), out or Path(f"{figure}.svg"), overwrite=True)
        say_json({"figure": str(path)}) if as_json else say(f"The figure is {path}")
        return
    if open_test_set:
        open_test(store, found, partial(load_data, data_dir=data_dir), again)
    opened = openings(store)
    folder = out or study / "report"
    title = f"Study {study.resolve().name}"
    write_tables(found, opened, folder, title)
    if as_json:
        say_json({**found.to_dict(), "openings": [asdict(each) for each in opened]})
    else:
        tables = [f"{heading}\n{fitted(table)}" for heading, table in all_tables(found, opened).items()]
        say("\n\n".join(["\n".join(findings(found, opened)), *tables]))
    try:
        note(f"The report is {write_page(found, opened, folder, title, command)}")
    except ConfigError as missing:
        note(f"The tables are in {folder}; there is no page: {missing}")


def _write_best(found: Comparison, path: Path) -> Path:
    """The config of the best mean, with its first seed, in a new file.

    Raises ``ConfigError`` where there is a file already.
    """
    if path.exists():
        raise ConfigError(f"--out: expected a new file for the config, found {path}, which is there already")
    make_folder(path.parent)
    write_atomically(path, config_to_toml(config_of(found.winner.records[0])))
    return path


def _validation_rows(records: Sequence[RunRecord], data_dir: Path | None) -> int | None:
    """The rows that an accuracy was counted on; None where the data are not to be found here."""
    finished = next((record for record in records if record.status == "finished"), None)
    with contextlib.suppress(ConfigError, DataError):
        if finished is not None:
            validation = load_data(config_of(finished), data_dir).validation
            return None if validation is None else len(validation)
    return None
