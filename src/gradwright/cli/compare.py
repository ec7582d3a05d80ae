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
from gradwright.cli.parameters import AsJson, DataDir, Overwrite
from gradwright.errors import ConfigError, DataError
from gradwright.locks import writing_in
from gradwright.outputs import require_as_written, require_place, write_output, write_results
from gradwright.show import save_figure
from gradwright.show.figures import require_figure_place
from gradwright.show.study_findings import findings
from gradwright.show.study_page import (
    CAPTIONS,
    CSV,
    MARKDOWN,
    PAGE,
    all_tables,
    as_tables,
    figure_of,
    render_page,
)
from gradwright.studies.compare import compare as compare_records
from gradwright.studies.looks import look
from gradwright.studies.sealed import config_of, open_test, openings
from gradwright.studies.store import Study
from gradwright.training import load_data
from gradwright.training.config import config_to_toml
from gradwright.training.record import RunRecord
from gradwright.writing import refuse_link

BEST = Path("best.toml")
PATIENCE = 10.0  # seconds for another comparison to write its report


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
    overwrite: Overwrite = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Compare the configurations of a study: means, intervals, and which cannot be told from the best."""
    store = Study.open(study)
    refuse_link(study / "report")
    folder = out or study / "report"
    if best:  # whether there is a place comes before the work, and before the test set is opened
        require_place(out or BEST, overwrite=overwrite)
    elif figure is not None:
        require_figure_place(out or f"{figure}.svg", overwrite=overwrite)
    else:
        require_as_written(folder, (PAGE, MARKDOWN, CSV), overwrite=overwrite)
    records = store.records()
    for message in store.damaged:
        note(message)
    rows = _validation_rows(records, data_dir)
    found = compare_records(records, metric, rows, partial(look, store, records))
    command = ["gradwright", "compare", str(study), *([] if metric is None else ["--metric", metric])]
    if best:
        path = out or BEST
        write_output(path, config_to_toml(config_of(found.winner.records[0])), overwrite=overwrite)
        say_json({"config": str(path), "contenders": len(found.contenders)}) if as_json else say(
            f"The config of {found.winner.name} is {path}"
        )
        if len(found.contenders) > 1:
            note(f"It is one of {len(found.contenders)} that cannot be told apart.")
        note(f"To train it: gradwright train {path}")
        return
    if figure is not None:
        path = save_figure(figure_of(found, figure), out or f"{figure}.svg", overwrite=overwrite)
        say_json({"figure": str(path)}) if as_json else say(f"The figure is {path}")
        return
    if open_test_set:
        open_test(store, found, partial(load_data, data_dir=data_dir), again)
    opened = openings(store)
    title = f"Study {study.resolve().name}"
    files, missing = as_tables(found, opened, title), ""
    try:
        files[PAGE] = render_page(found, opened, title, command)
    except ConfigError as extra:
        missing = f"The tables are in {folder}; there is no page: {extra}"
    with writing_in(folder, PATIENCE):
        write_results(folder, files, overwrite=overwrite)
    if as_json:
        say_json({**found.to_dict(), "openings": [asdict(each) for each in opened]})
    else:
        tables = [f"{heading}\n{fitted(table)}" for heading, table in all_tables(found, opened).items()]
        say("\n\n".join(["\n".join(findings(found, opened)), *tables]))
    note(missing or f"The report is {folder / PAGE}")


def _validation_rows(records: Sequence[RunRecord], data_dir: Path | None) -> int | None:
    """The rows that an accuracy was counted on; None where the data are not to be found here."""
    finished = next((record for record in records if record.status == "finished"), None)
    with contextlib.suppress(ConfigError, DataError):
        if finished is not None:
            validation = load_data(config_of(finished), data_dir).validation
            return None if validation is None else len(validation)
    return None
