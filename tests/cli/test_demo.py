"""``gradwright demo``"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gradwright as gw
from gradwright.show import read_check

Command = Callable[..., Any]


@pytest.fixture
def one_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """An even quicker ``--quick``."""
    monkeypatch.setattr("gradwright.cli.demo.command.QUICK_EPOCHS", 1)


@pytest.mark.usefixtures("one_epoch")
def test_it_checks_trains_and_reports(gradwright: Command) -> None:
    outcome = gradwright("demo", "--quick")
    assert outcome.code == 0
    for name in ("peaks", "gmm"):
        run = gw.load_run(f"runs/demo/{name}")
        check = read_check(f"runs/demo/{name}")
        assert check is not None
        assert check.passed
        assert f"{run.metrics['validation']['accuracy']:.2%}" in outcome.out
        assert (
            f"{name}: the gradients of all {len(check.gradient.parameters)} parameters are right"
            in outcome.err
        )
        assert f"{name} (generated (seed 0))" in outcome.out
    page = Path("runs/demo/report.html").read_text()
    assert "runs/demo/report.html" in outcome.out
    ceiling = gw.data.load("peaks").bayes_accuracy
    for figure in ("93.23%", "95.36%", f"{ceiling:.2%}"):  # reported for Peaks and GMM; the ceiling of Peaks
        assert figure in outcome.out
        assert figure in page
    assert "gradwright report runs/demo/gmm --figure regions" not in page  # it has five features
    assert "gradwright report runs/demo/peaks --figure curves --out curves.svg" in page
    gradwright("report", "runs/demo/peaks", "runs/demo/gmm")
    assert "93.23%" in Path("report.html").read_text()  # what was reported lies beside the run


@pytest.mark.usefixtures("one_epoch")
def test_json_holds_what_was_reached_reported_and_possible(gradwright: Command) -> None:
    outcome = gradwright("demo", "--quick", "--out", "here", "--json").json
    assert outcome["report"] == "here/report.html"
    peaks, gmm = outcome["runs"]
    assert peaks["metrics"] == gw.load_run("here/peaks").metrics
    assert peaks["reported"]["validation_accuracy"] == 0.93232
    assert 0.9 < peaks["ceiling"] < gmm["ceiling"] < 1


@pytest.mark.usefixtures("one_epoch")
def test_a_demo_can_be_resumed_and_repeated(gradwright: Command) -> None:
    whole = gradwright("demo", "--quick", "--out", "one", "--resume")
    shutil.copytree("one/peaks", "two/peaks")  # as if it had been stopped after the first network
    assert gradwright("demo", "--quick", "--out", "two", "--resume").code == 0
    for name in ("peaks", "gmm"):
        one, two = (Path(folder, name, "parameters.safetensors").read_bytes() for folder in ("one", "two"))
        assert one == two
    again = gradwright("demo", "--quick", "--out", "one", "--resume")
    assert (again.code, again.out) == (0, whole.out)


def test_a_wrong_gradient_stops_it_before_any_training(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = gw.Linear.backward

    def wrong(self: gw.Linear, params: Any, cache: Any, dy: Any) -> Any:
        dx, dparams = right(self, params, cache, dy)
        return dx, dparams | {"bias": dparams["bias"] / 1.001}

    monkeypatch.setattr(gw.Linear, "backward", wrong)
    outcome = gradwright("demo", "--quick")
    assert outcome.code == 1
    assert "peaks: expected right gradients" in outcome.err
    assert "6.bias" in outcome.err
    assert not Path("runs").exists()


@pytest.mark.usefixtures("one_epoch")
def test_it_takes_the_real_files_where_they_are(gradwright: Command, real_data: Path) -> None:
    outcome = gradwright("demo", "--quick", "--data-dir", real_data)
    assert "peaks (PeaksData.mat)" in outcome.out
    assert "gmm (GMMData.mat)" in outcome.out
    assert "93.70%" in outcome.out


@pytest.mark.usefixtures("one_epoch")
def test_an_interrupted_demo_says_how_to_go_on(gradwright: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def pressed() -> Iterator[Callable[[], bool]]:
        yield lambda: True

    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["gradwright.training.loop"], "interrupts", pressed)
        outcome = gradwright("demo", "--quick", "--out", "here")
    assert outcome.code == 130
    assert outcome.out == ""
    assert "gradwright demo --quick --out here --resume" in outcome.err
    assert gradwright("demo", "--out", "here", "--quick", "--resume").code == 0
