"""The comparison on tables: who is asked what, what is kept, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradwright.bench.tables import compare, tables_of
from gradwright.bench.tables.compare import QUICK, compare_tables
from gradwright.bench.tables.figure import error_against_time
from gradwright.bench.tables.learners import OURS
from gradwright.bench.tables.page import write_figures, write_tables
from gradwright.bench.tables.record import Fit, TablesRecord
from gradwright.bench.tables.sets import SETS
from gradwright.bench.tables.summary import scores
from gradwright.errors import ConfigError, RecordError

pytest.importorskip("sklearn", reason="needs scikit-learn")

PEERS = [OURS, "scikit-learn"]


def half_of_ours(table: str, learner: str, division: int) -> Fit:
    """A fit in which scikit-learn errs half as often as ours, and takes a tenth of the time."""
    error, seconds = (0.2, 1.0) if learner == OURS else (0.1, 0.1)
    return Fit(table, learner, division, "", error, seconds, seconds, 0.01, 500, 200, 10**6)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """The fits that are asked for; each is answered by ``half_of_ours``."""
    turns: list[tuple[str, str, int]] = []

    def measured(table: str, learner: str, division: int) -> Fit:
        turns.append((table, learner, division))
        return half_of_ours(table, learner, division)

    monkeypatch.setattr(compare, "_measured", measured)
    return turns


def test_learners_take_turns_on_each_set(tmp_path: Path, asked: list[tuple[str, str, int]]) -> None:
    compare_tables(tmp_path, PEERS, quick=True)
    assert asked == [(table, learner, 0) for table in QUICK for learner in PEERS]


def test_what_was_done_is_not_done_again(tmp_path: Path, asked: list[tuple[str, str, int]]) -> None:
    first = compare_tables(tmp_path, [OURS], quick=True)
    asked.clear()
    both = compare_tables(tmp_path, PEERS, quick=True)
    assert asked == [(table, "scikit-learn", 0) for table in QUICK]
    assert both.fits[: len(QUICK)] == first.fits
    assert TablesRecord.read(tmp_path) == both


def test_a_peer_typed_wrong_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--peers: there is no 'RealMLP_TDS'; did you mean 'RealMLP_TD_S'"):
        compare_tables(tmp_path, ["RealMLP_TDS"], quick=True)


def test_a_fit_that_fails_is_kept_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "_turns", lambda *_: [("wine", "scikit-learn", 99)])
    (fit,) = compare_tables(tmp_path, ["scikit-learn"], quick=True).fits
    assert fit.failed  # there is no division 99, or no such set here
    assert "What failed" in tables_of(TablesRecord((fit,)))


@pytest.mark.parametrize(
    "line", ['{"table": "wine"}', "[]", "{", '{"table": "x", "learner": "y", "division": 0}']
)
def test_a_record_of_something_else_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "tables.jsonl").write_text(line + "\n")
    with pytest.raises(RecordError, match=r"tables\.jsonl: line 1"):
        TablesRecord.read(tmp_path)


def test_errors_are_compared_over_the_sets_that_all_have_done() -> None:
    both = [half_of_ours(table, learner, 0) for table in ("wine", "heart") for learner in PEERS]
    record = TablesRecord((*both, half_of_ours("tae", OURS, 0)))
    ours, theirs = scores(record, "classes")
    assert list(ours.errors) == ["heart", "wine"]
    assert (ours.rank, theirs.rank) == (2, 1)
    assert theirs.times_ours is not None
    assert theirs.times_ours[0] == pytest.approx(0.11 / 0.21)
    assert theirs.seconds == [pytest.approx(0.2)] * 2
    assert ours.shifted_mean() == pytest.approx(0.21)
    assert ours.shifted_mean(lambda _: False) is math.nan


def test_divisions_of_a_set_are_averaged_before_sets_are() -> None:
    fits = [replace(half_of_ours("wine", OURS, d), error=error) for d, error in enumerate((0.0, 0.2, 0.4))]
    (score,) = scores(TablesRecord(tuple(fits)), "classes")
    assert score.errors == {"wine": pytest.approx(0.2)}


def test_equals_share_their_ranks() -> None:
    fits = [replace(half_of_ours("wine", who, 0), error=0.1) for who in PEERS]
    assert [score.rank for score in scores(TablesRecord(tuple(fits)), "classes")] == [1.5, 1.5]


def test_tables_and_figures_are_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs Matplotlib")
    record = TablesRecord(tuple(half_of_ours(t, who, 0) for t in ("wine", "wage") for who in PEERS))
    write_tables(record, tmp_path)
    write_figures(record, tmp_path)
    text = (tmp_path / "tables.md").read_text()
    assert "Classification, share of rows named wrongly, 1 sets" in text
    assert "Regression, nRMSE, by set" in text
    assert {file.name for file in tmp_path.iterdir()} == {"tables.md", "classes.svg", "numbers.svg"}
    assert error_against_time(TablesRecord(), "classes") is None


def test_half_of_the_sets_were_tuned_on() -> None:
    for task in ("classes", "numbers"):
        of_task = [table for table in SETS.values() if table.task == task]
        assert 2 * sum(table.tuned_on for table in of_task) == len(of_task)


def test_rows_are_divided_as_scikit_learn_divides_them() -> None:
    y = np.repeat(["a", "b"], (600, 400))
    divisions = SETS["wine"].divisions(y)
    assert len(divisions) == 3
    for train, test in divisions:
        assert sorted((*train, *test)) == list(range(1000))
        assert np.mean(y[test] == "a") == pytest.approx(0.6)
    ((train, test),) = SETS["letter"].divisions(np.repeat(y, 10))
    assert (len(train), len(test)) == (5000, 3000)


def test_a_learner_in_a_process_of_its_own_does_better_than_the_mean() -> None:
    pytest.importorskip("pandas", reason="needs pandas")
    found = compare._measured("diabetes", "scikit-learn", 0)
    assert found.failed == ""
    assert found.error < 0.95  # 1 is the mean of the target
    assert (found.rows, found.test_rows) == (309, 133)
