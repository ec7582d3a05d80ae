"""The test set of a study: sealed while configurations are chosen, and every opening is on record.

No record of a run holds a test metric. To open the set, the winner is trained again from its configs and
seeds, which gives the same parameters, and these are measured on the test split. A line in
``openings.jsonl`` says when, for what, and what came out; the first opening is the honest one, each later one
has seen it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradwright.data import Dataset
from gradwright.errors import ConfigError, RecordError
from gradwright.locks import writing_file
from gradwright.studies.compare import Comparison
from gradwright.studies.store import Study
from gradwright.training import RunConfig, make_config, train
from gradwright.training.files import entries
from gradwright.training.opening import OPENINGS, SEALED, now, test_split
from gradwright.training.record import RunRecord
from gradwright.writing import add_entry


@dataclass(frozen=True)
class StudyOpening:
    """One look at the test set. ``metrics`` has a number for each of ``seeds``, by name such as ``accuracy``.

    ``repeated`` tells whether the runs that were made again reached the recorded ``metric`` to the last bit.
    """

    time: str
    point: dict[str, Any]
    seeds: list[int]
    metrics: dict[str, list[float]]
    rows: int
    metric: str  # by which the configuration was chosen
    runs: int  # on record at that time
    repeated: bool


def openings(study: Study) -> list[StudyOpening]:
    """Every time that the test set was opened, the first one first.

    Raises ``RecordError`` that names the line which cannot be read.
    """
    return entries(study.path / OPENINGS, StudyOpening, "an opening of the test set")


def open_test(
    study: Study, comparison: Comparison, load: Callable[[RunConfig], Dataset], again: bool = False
) -> StudyOpening:
    """Train the winner again with each of its seeds, measure it on the test split, and put that on record.

    ``load`` finds the data of a config. Raises ``ConfigError`` where these have no test split, and where the
    study was opened before, unless ``again`` says that this is meant; ``RecordError`` where they are not the
    data of the study, and while another process has it open.
    """
    with writing_file(study.path / OPENINGS):  # so that nobody opens it who has not seen this opening
        return _open_test(study, comparison, load, again)


def _open_test(
    study: Study, comparison: Comparison, load: Callable[[RunConfig], Dataset], again: bool
) -> StudyOpening:
    before = openings(study)
    if before and not again:
        raise ConfigError(
            f"the test set of this study was opened at {before[0].time}, and what came out is in the report; "
            "whatever is chosen after another look has seen it. To look all the same, which is put on record "
            "too: --open-test --again"
        )
    records = comparison.winner.records
    config = config_of(records[0])
    data = load(config)
    rows = len(test_split(data))
    if (found := data.checksum()) != records[0].data:
        raise RecordError(
            f"{data.name}: expected the data of the study, with the checksum {records[0].data[:12]}..., "
            f"found {found[:12]}..."
        )
    runs = [train(config_of(record), data, progress=False, open_test=True) for record in records]
    reached = [run.metrics["validation"] for run in runs]
    opening = StudyOpening(
        time=now(),
        point=dict(comparison.winner.point),
        seeds=[record.seed for record in records],
        metrics={name: [run.metrics[SEALED][name] for run in runs] for name in runs[0].metrics[SEALED]},
        rows=rows,
        metric=str(comparison.metric),
        runs=comparison.runs,
        repeated=reached == [record.metrics["validation"] for record in records],
    )
    add_entry(study.path / OPENINGS, opening)
    return opening


def config_of(record: RunRecord) -> RunConfig:
    """The config that a record was made with."""
    return make_config(**{**record.config, "seed": record.seed})
