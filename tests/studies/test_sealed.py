"""The test set is opened by an explicit call alone, for the winner, and each opening is kept."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from gradwright.data import Dataset, load
from gradwright.errors import ConfigError, RecordError
from gradwright.studies.compare import Comparison, compare
from gradwright.studies.sealed import open_test, openings
from gradwright.studies.store import STUDY, Study
from gradwright.training import make_config, train
from gradwright.training.opening import OPENINGS
from tests.studies.studies import run_record

SMALL: dict[str, Any] = {"network": {"kind": "mlp", "widths": [2, 4, 2]}, "epochs": 1, "batch_size": 500}


@pytest.fixture(scope="module")
def data() -> Dataset:
    """A set whose test rows are its validation rows, so that the test numbers are known."""
    return with_test(load("swiss-roll"))


def with_test(data: Dataset) -> Dataset:
    return Dataset("roll", "made for a test", data.train, data.validation, test=data.validation)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / STUDY).write_text("")
    return Study.open(tmp_path)


@pytest.fixture(scope="module")
def comparison(data: Dataset) -> Comparison:
    """Two configurations that were really trained, with two seeds each."""
    records = []
    for rate in (0.5, 0.001):
        for seed in (3, 4):
            config = make_config(**SMALL, seed=seed, learning_rate=rate)
            run = train(config, data, progress=False)
            kept = {split: run.metrics[split] for split in ("train", "validation")}
            plain = config.model_dump()
            records.append(
                run_record({"learning_rate": rate}, seed, 0, config=plain, metrics=kept, data=data.checksum())
            )
    return compare(records)


def test_a_sealed_study_has_no_openings(study: Study) -> None:
    assert openings(study) == []


def test_the_winner_is_trained_again_to_the_last_bit_and_measured(
    study: Study, comparison: Comparison, data: Dataset
) -> None:
    opening = open_test(study, comparison, lambda _: data)
    assert opening.repeated
    assert opening.seeds == [3, 4]
    assert opening.point == dict(comparison.winner.point)
    values = [record.metrics["validation"]["accuracy"] for record in comparison.winner.records]
    assert opening.metrics["accuracy"] == values


def test_it_is_opened_once_unless_another_look_is_meant_and_each_stays_on_record(
    study: Study, comparison: Comparison, data: Dataset
) -> None:
    first = open_test(study, comparison, lambda _: data)
    with pytest.raises(ConfigError, match=f"was opened at {re.escape(first.time)}.*--open-test --again"):
        open_test(study, comparison, lambda _: data)
    second = open_test(study, comparison, lambda _: data, again=True)
    assert openings(study) == [first, second]
    lines = (study.path / OPENINGS).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [asdict(first), asdict(second)]


def test_a_run_that_does_not_repeat_is_told(study: Study, data: Dataset) -> None:
    plain = make_config(**SMALL).model_dump()
    record = run_record({}, 0, 0.123, config=plain, data=data.checksum())
    assert not open_test(study, compare([record]), lambda _: data).repeated


def test_other_data_stay_sealed(study: Study, comparison: Comparison) -> None:
    other = with_test(load("swiss-roll", seed=1))
    with pytest.raises(RecordError, match="the data of the study"):
        open_test(study, comparison, lambda _: other)
    assert openings(study) == []


def test_without_a_test_split_there_is_nothing_to_open(study: Study, comparison: Comparison) -> None:
    with pytest.raises(ConfigError, match="test split"):
        open_test(study, comparison, lambda _: load("swiss-roll"))


@pytest.mark.parametrize("line", ["{", '{"time": "now"}', "[]"])
def test_a_damaged_line_is_named(study: Study, line: str) -> None:
    (study.path / OPENINGS).write_text(f"{line}\n")
    with pytest.raises(RecordError, match=r"openings\.jsonl: line 1"):
        openings(study)


def test_who_opens_it_while_another_process_does_is_told_and_then_sees_the_opening(
    study: Study, comparison: Comparison, data: Dataset
) -> None:
    def load_and_look(_config: Any) -> Dataset:
        with pytest.raises(RecordError, match=r"openings\.jsonl: another process .* is writing here"):
            open_test(study, comparison, lambda _: data, again=True)
        return data

    open_test(study, comparison, load_and_look)
    assert len(openings(study)) == 1
    with pytest.raises(ConfigError, match="was opened at"):
        open_test(study, comparison, lambda _: data)
