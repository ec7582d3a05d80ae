"""What is shown while a study is carried out."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from gradwright.lab import RunRecord
from gradwright.lab.progress import Board, board

Make = Callable[..., RunRecord]


def test_the_board_counts_and_puts_the_best_first(record: Make) -> None:
    seen = Board("validation.loss", 6, None)
    seen.take(record("a"), found=True)
    seen.take(record("b", point={"batch_size": 32}, metrics={"validation": {"loss": 0.25}}), found=False)
    seen.take(record("c", status="diverged", metrics={}), found=False)
    seen.take(record("d", status="pruned"), found=False)
    assert seen.line().startswith("4/6 runs, 1 were there, 1 without a result, 1 pruned, ")
    text = io.StringIO()
    Console(file=text, width=100).print(seen.picture())
    assert text.getvalue().index("batch_size 32") < text.getvalue().index("batch_size 16")


def test_a_board_moves_on_a_terminal_alone(
    record: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with board("validation.loss", None) as quiet:
        quiet.take(record(), found=False)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Console, "is_terminal", True)
    with board("validation.loss", None) as moving:
        moving.take(record(), found=False)
    assert "best so far" in capsys.readouterr().err
