"""The progress line is for people: on stderr, and only where a terminal shows it, unless it is asked for."""

from __future__ import annotations

import math

import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.training.progress import progress_line


def test_progress_shows_loss_accuracy_and_rate_on_stderr(
    blobs: Dataset, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("gradwright.training.progress.SECONDS_BETWEEN_UPDATES", 0.0)
    gw.fit(gw.mlp(2, 3), blobs, epochs=2, name="shown", progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    for part in ("shown", "epoch 2/2", "loss 0.", "acc ", "lr 0.1"):
        assert part in err


def test_in_the_middle_of_the_first_step_no_objective_is_shown(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.training.progress.SECONDS_BETWEEN_UPDATES", 0.0)
    with progress_line("slow", epochs=1, steps_per_epoch=1, shown=True) as line:
        line.step(0, 0, math.nan)
    assert "nan" not in capfd.readouterr().err


def test_no_line_moves_where_there_is_no_terminal(blobs: Dataset, capfd: pytest.CaptureFixture[str]) -> None:
    gw.fit(gw.mlp(2, 3), blobs, epochs=20, loss="SoftmaxCrossEntropy", learning_rate=0.1)
    assert capfd.readouterr() == ("", "")


def test_nothing_at_all_is_said_where_progress_is_off(
    blobs: Dataset, capfd: pytest.CaptureFixture[str]
) -> None:
    gw.fit(gw.mlp(2, 3), blobs, epochs=1, progress=False)  # learns too little, by rate and loss not named
    assert capfd.readouterr() == ("", "")
