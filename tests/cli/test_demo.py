"""``gradwright demo``"""

from __future__ import annotations

import contextlib
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gradwright as gw
from gradwright.cli.demo.reported import FILES
from gradwright.show import read_check

pytestmark = pytest.mark.usefixtures("blank_pictures")

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
        reached = []
        for seed in (0, 1, 2):
            run = gw.load_run(f"runs/demo/{name}-seed{seed}")
            check = read_check(f"runs/demo/{name}-seed{seed}")
            assert check is not None
            assert check.passed
            count = len(check.gradient.parameters)
            assert run.config.seed == seed
            reached.append(run.metrics["validation"]["accuracy"])
            assert f"{reached[-1]:.2%}" in outcome.out
        mean = f"{100 * statistics.fmean(reached):.2f} ± {100 * statistics.stdev(reached):.2f}%"
        below = 100 * ((gw.data.load(name).bayes_accuracy or 0) - statistics.fmean(reached))
        assert f"3 seeds reach {mean}, {below:.2f} points below the ceiling of their rows" in outcome.out
        assert mean in Path("runs/demo/report.html").read_text()
        assert f"{name}: the gradients of all {count} parameters are right" in outcome.err
        assert f"{name} (generated (seed 0))" in outcome.out
    page = Path("runs/demo/report.html").read_text()
    assert "runs/demo/report.html" in outcome.out
    ceiling = gw.data.load("peaks").bayes_accuracy
    assert "Reported: 93.23% of PeaksData.mat, another draw of the same classes, 0.47 points" in outcome.out
    for figure in ("93.23%", "95.36%", f"{ceiling:.2%}"):  # reported for Peaks and GMM; the ceiling of Peaks
        assert figure in outcome.out
        assert figure in page
    assert "engine: " in outcome.err
    assert "gradwright report runs/demo/gmm-seed0 --figure regions" not in page  # it has five features
    assert "gradwright report runs/demo/peaks-seed0 --figure curves --out curves.svg" in page
    gradwright("report", "runs/demo/peaks-seed0", "runs/demo/gmm-seed0")
    assert "93.23%" in Path("report.html").read_text()  # what was reported lies beside the run


@pytest.mark.usefixtures("one_epoch")
def test_json_holds_what_was_reached_reported_and_possible(gradwright: Command) -> None:
    outcome = gradwright("demo", "--quick", "--out", "here", "--json").json
    assert outcome["report"] == "here/report.html"
    assert [(run["name"], run["seed"]) for run in outcome["runs"]] == [
        (name, seed) for name in ("peaks", "gmm") for seed in (0, 1, 2)
    ]
    peaks, gmm = outcome["runs"][0], outcome["runs"][-1]
    reached = [run["metrics"]["validation"]["accuracy"] for run in outcome["runs"][:3]]
    found = outcome["over_seeds"]["peaks"]["validation"]["accuracy"]
    assert found == {"mean": statistics.fmean(reached), "sd": statistics.stdev(reached)}
    assert peaks["metrics"] == gw.load_run("here/peaks-seed0").metrics
    assert peaks["reported"]["validation_accuracy"] == 0.93232
    assert 0.9 < peaks["ceiling"] < gmm["ceiling"] < 1


@pytest.mark.usefixtures("one_epoch")
def test_a_demo_can_be_resumed_and_repeated(gradwright: Command) -> None:
    whole = gradwright("demo", "--quick", "--out", "one", "--resume")
    shutil.copytree("one/peaks-seed0", "two/peaks-seed0")  # as if it had been stopped after the first run
    assert gradwright("demo", "--quick", "--out", "two", "--resume").code == 0
    for name in ("peaks-seed0", "peaks-seed2", "gmm-seed1"):
        one, two = (Path(folder, name, "parameters.safetensors").read_bytes() for folder in ("one", "two"))
        assert one == two
    page = Path("one/report.html")
    page.write_text(f"{page.read_text()}<!-- as it was -->")
    again = gradwright("demo", "--quick", "--out", "one", "--resume")
    assert (again.code, again.out) == (0, whole.out)
    assert page.read_text().endswith("<!-- as it was -->")  # of the same runs it is not drawn again
    page.unlink()
    assert gradwright("demo", "--quick", "--out", "one", "--resume").code == 0
    assert page.exists()


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
    assert "Reported: 93.23% of PeaksData.mat, the same rows, 0.47 points below its ceiling" in outcome.out


@pytest.mark.usefixtures("one_epoch")
def test_an_interrupted_demo_says_how_to_go_on(gradwright: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def pressed() -> Iterator[Callable[[], bool]]:
        yield lambda: True

    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["gradwright.cli.demo.command"], "interrupts", pressed)
        outcome = gradwright("demo", "--quick", "--out", "here")
    assert outcome.code == 130
    assert outcome.out == ""
    assert "gradwright demo --quick --out here --resume" in outcome.err
    assert gradwright("demo", "--out", "here", "--quick", "--resume").code == 0


@pytest.mark.usefixtures("one_epoch")
def test_a_demo_without_the_compiled_engine_says_so_loudly(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.engine.variants.built", tuple)
    outcome = gradwright("demo", "--quick")
    assert outcome.code == 0
    assert "WITHOUT THE COMPILED ENGINE" in outcome.err
    assert "no C++ compiler was found" in outcome.err


@pytest.mark.parametrize("name", FILES)
def test_the_ceilings_of_the_files_are_those_of_their_rows(real_data: Path, name: str) -> None:
    file, ceiling = FILES[name]
    data = gw.data.load(name, data_dir=real_data)
    assert (data.source, data.bayes_accuracy) == (file, ceiling)
