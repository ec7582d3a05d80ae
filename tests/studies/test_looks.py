"""Looking at a study while it grows does not make winners: each look has a share of the error."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradwright.errors import RecordError
from gradwright.studies import Study
from gradwright.studies.compare import compare
from gradwright.studies.looks import Look, Share, look, looks, shares
from gradwright.studies.store import COMPLETE, LOOKS, STUDY
from gradwright.writing import add_entry
from tests.studies.studies import study_of

METRIC = "validation.accuracy"
STUDIES = 100
ERROR = 0.05
SAMPLING = 3 * math.sqrt(ERROR * (1 - ERROR) / STUDIES)  # three standard errors of a share near 5 %
SEEDS = (3, 4, 5, 7, 10, 14)  # whoever peeks compares after each of these


def at(complete: bool) -> Look:
    return Look("now", METRIC, 8, complete, str(complete))


def has_false_winner(seed: int, peeking: bool) -> bool:
    """Whether one of two equals wins at some number of seeds, at the level of its look or at 5 %."""
    records = study_of([0.9] * 2, seeds=max(SEEDS), seed=seed)
    allowed = shares([*[at(False)] * (len(SEEDS) - 1), at(True)])
    for seeds, share in zip(SEEDS, allowed, strict=True):
        seen = [r for r in records if r.seed < seeds]
        found = compare(seen, look=(lambda _, share=share: share) if peeking else None)  # type: ignore[misc]
        if len(found.contenders) == 1:
            return True
    return False


def test_looking_after_each_seed_does_not_make_winners() -> None:
    assert np.mean([has_false_winner(s, peeking=True) for s in range(STUDIES)]) <= ERROR + SAMPLING


def test_without_the_shares_it_would() -> None:
    """The planted fault: each look at 5 %, as if it were the only one."""
    assert np.mean([has_false_winner(s, peeking=False) for s in range(STUDIES)]) > 2 * ERROR


def test_the_shares_never_come_to_more_than_was_promised() -> None:
    for early in (0, 1, 50):
        spent = sum(share.error for share in shares([*[at(False)] * early, *[at(True)] * 50]))
        assert 0.8 * ERROR < spent <= ERROR


def test_an_early_winner_has_to_be_a_clearer_one() -> None:
    records = study_of([0.9, 0.88], seeds=5, spread=0.007)
    assert len(compare(records, look=lambda _: Share("planned", 1, 1)).contenders) == 1
    assert len(compare(records, look=lambda _: Share("early", 2, 2)).contenders) == 2


def test_each_look_at_other_runs_is_on_record_and_the_same_runs_are_the_same_look(study: Study) -> None:
    records = study_of([0.9, 0.8], seeds=3)
    assert look(study, records[:4], METRIC) == Share("early", 1, 1)
    assert look(study, records[:5], METRIC) == Share("early", 2, 2)
    assert look(study, records[:4], METRIC) == Share("early", 1, 1)
    assert look(study, records[:4], "validation.loss") == Share("early", 1, 1)
    study.mark_complete(0)
    assert look(study, records, METRIC) == Share("planned", 1, 3)
    assert look(study, [replace(r, id=f"{r.id}+") for r in records], METRIC) == Share("late", 1, 4)
    assert [each.runs for each in looks(study)] == [4, 5, 4, 6, 6]


def test_a_plan_that_was_extended_is_not_complete(study: Study) -> None:
    study.mark_complete(0)
    assert study.is_complete()
    study.mark_complete(1)  # a run is missing, as after its file was deleted to have it made again
    assert not study.is_complete()
    study.mark_complete(0)
    file = study.path / "study.toml"
    file.write_text(file.read_text().replace("repeats = 2", "repeats = 3"))
    assert not study.is_complete()
    (study.path / COMPLETE).write_text("{")
    assert not study.is_complete()


@pytest.mark.parametrize("line", ["{", '{"time": "now"}', "[]"])
def test_a_damaged_line_is_named(study: Study, line: str) -> None:
    Path(study.path / LOOKS).write_text(f"{line}\n")
    with pytest.raises(RecordError, match=r"looks\.jsonl: line 1: expected a look at the study"):
        looks(study)


def test_two_who_look_at_once_take_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted race: each has read the record of looks before the other has written into it."""
    (tmp_path / STUDY).write_text("")
    study, records = Study.open(tmp_path), study_of([0.9, 0.6], seeds=3)
    both, add = threading.Barrier(2), add_entry

    def add_late(path: Path, entry: Look) -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)  # where there is no lock, the other comes here too
        add(path, entry)

    monkeypatch.setattr("gradwright.studies.looks.add_entry", add_late)
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda _: look(study, records, METRIC), range(2)))
    assert found == [Share("early", 1, 1)] * 2
    assert len(looks(study)) == 1
