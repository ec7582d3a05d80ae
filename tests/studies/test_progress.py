"""What is shown while a study is carried out."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from gradwright.studies import RunRecord
from gradwright.studies.progress import Board, board
from gradwright.training.metrics import as_metric

Make = Callable[..., RunRecord]


def test_the_board_counts_and_puts_the_best_first(record: Make) -> None:
    seen = Board(as_metric("validation.loss"), 6, Console(stderr=True))
    seen.take(record("a"), found=True)
    seen.take(record("b", point={"batch_size": 32}, metrics={"validation": {"loss": 0.25}}), found=False)
    seen.take(record("c", point={"batch_size": 8}, status="diverged", metrics={}), found=False)
    seen.take(record("d", point={"batch_size": 4}, status="pruned"), found=False)
    assert seen.line().startswith("4 of 6 runs, 1 were there before, 1 without a result, 1 pruned, ")
    text = io.StringIO()
    Console(file=text, width=100).print(seen.picture())
    assert text.getvalue().index("batch_size 32") < text.getvalue().index("batch_size 16")


def test_a_board_moves_on_a_terminal_alone(
    record: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with board(as_metric("validation.loss"), 1) as quiet:
        quiet.take(record(), found=False)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Console, "is_terminal", True)
    with board(as_metric("validation.loss"), 1) as moving:
        moving.take(record(), found=False)
    assert "configuration" in capsys.readouterr().err


def test_where_there_is_no_terminal_a_line_is_written_now_and_then(
    record: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gradwright.studies.progress.SECONDS_BETWEEN_LINES", 0.0)
    with board(as_metric("validation.loss"), 2) as log:
        log.take(record(), found=False)
    assert capsys.readouterr().err == "1 of 2 runs, about 0 s left\n"
