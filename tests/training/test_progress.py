"""The progress line is for people: on stderr, and only where a terminal shows it, unless it is asked for."""

from __future__ import annotations

import math
import re
import sys
from types import SimpleNamespace
from typing import Any

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


class FakeNotebook:
    """Stands in for IPython in a kernel: what each display would show last."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.kernel = object()

    def get_ipython(self) -> FakeNotebook:
        return self

    def HTML(self, data: str) -> str:  # noqa: N802  IPython's name
        return data

    def display(self, data: str, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        self.shown.append(data)
        return SimpleNamespace(update=self.shown.append)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> FakeNotebook:
    fake: Any = FakeNotebook()
    monkeypatch.setitem(sys.modules, "IPython", fake)
    monkeypatch.setitem(sys.modules, "IPython.display", fake)
    return fake  # type: ignore[no-any-return]


def test_a_notebook_shows_a_bar_that_ends_full_and_says_what_was_reached(
    blobs: Dataset, notebook: FakeNotebook, capfd: pytest.CaptureFixture[str]
) -> None:
    gw.fit(gw.mlp(2, 3), blobs, epochs=3, name="shown", loss="SoftmaxCrossEntropy", learning_rate=0.1)
    last = notebook.shown[-1]
    value, most = re.findall(r'<progress value="(\d+)" max="(\d+)">', last)[0]
    assert value == most
    for part in ("shown", "epoch 3/3", "loss 0.", "acc ", "lr 0.1"):
        assert part in last
    assert capfd.readouterr() == ("", "")


def test_a_notebook_shows_no_bar_where_progress_is_off(blobs: Dataset, notebook: FakeNotebook) -> None:
    gw.fit(gw.mlp(2, 3), blobs, epochs=1, progress=False)
    assert notebook.shown == []


def test_the_bar_of_a_run_that_ends_early_stays_where_it_was(notebook: FakeNotebook) -> None:
    line = progress_line("early", epochs=10, steps_per_epoch=5, shown=None)
    line.__enter__().step(2, 3, 0.5)
    line.__exit__(None, None, None)
    assert '<progress value="13" max="50">' in notebook.shown[-1]
