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
from gradwright.lab.compare import compare as compare_records
from gradwright.lab.looks import look
from gradwright.lab.record import RunRecord
from gradwright.lab.sealed import config_of, open_test, openings
from gradwright.lab.store import Study
from gradwright.show import save_figure
from gradwright.show.study_findings import findings
from gradwright.show.study_page import CAPTIONS, all_tables, figure_of, write_page, write_tables
from gradwright.training import load_data


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
    figure: Annotated[str | None, Parameter(help=f"draw this alone: {', '.join(CAPTIONS)}")] = None,
    out: Annotated[
        Path | None,
        Parameter(help="the folder for page and tables, by default STUDY/report; or the figure's file"),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Compare the configurations of a study: means, intervals, and which cannot be told from the best."""
    store = Study.open(study)
    records = store.records()
    for message in store.damaged:
        note(message)
    rows = _validation_rows(records, data_dir)
    found = compare_records(records, metric, rows, partial(look, store, records))
    command = ["gradwright", "compare", str(study), *([] if metric is None else ["--metric", metric])]
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


def _validation_rows(records: Sequence[RunRecord], data_dir: Path | None) -> int | None:
    """The rows that an accuracy was counted on; None where the data are not to be found here."""
    finished = next((record for record in records if record.status == "finished"), None)
    with contextlib.suppress(ConfigError, DataError):
        if finished is not None:
            validation = load_data(config_of(finished), data_dir).validation
            return None if validation is None else len(validation)
    return None
