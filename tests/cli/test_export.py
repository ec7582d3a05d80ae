"""``gradwright export``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.studies.store import STUDY, Study
from tests.studies.studies import study_of

Command = Callable[..., Any]


def test_a_study_is_written_and_the_way_to_look_is_told(gradwright: Command, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra 'tensorboard'")
    (tmp_path / "rates").mkdir()
    (tmp_path / "rates" / STUDY).write_text("")
    for record in study_of([0.9], seeds=2):
        Study.open("rates").add(record)
    outcome = gradwright("export", "rates", "--to", "tensorboard", "--out", "events")
    assert (outcome.code, outcome.out.strip()) == (0, "2 runs written to events")
    assert "tensorboard --logdir events" in outcome.err
    assert len(list(Path("events").iterdir())) == 2
    again = gradwright("export", "rates", "--to", "tensorboard", "--out", "events")
    assert (again.code, "in use" in again.err) == (1, True)


def test_another_tracker_is_refused(gradwright: Command) -> None:
    assert gradwright("export", "rates", "--to", "paper", "--out", "events").code == 2


@pytest.fixture
def run(tmp_path: Path) -> gw.Run:
    run = gw.fit(gw.mlp(2, 4, 2), gw.data.load("swiss-roll"), epochs=1, progress=False)
    run.save(tmp_path / "run")
    return run


def test_a_network_is_written_as_one_numpy_file(gradwright: Command, run: gw.Run) -> None:
    arguments = ("export", "run", "--to", "numpy", "--out", "model.py")
    outcome = gradwright(*arguments)
    assert (outcome.code, outcome.out.strip()) == (0, "The network is in model.py")
    names: dict[str, Any] = {}
    exec(Path("model.py").read_text(), names)
    x = np.array([[0.5, 1.0], [-3.0, 2.0]])
    assert names["predict"](x).tolist() == run.predict(x).tolist()
    again = gradwright(*arguments)
    assert (again.code, "--overwrite" in again.err) == (2, True)
    assert gradwright(*arguments, "--overwrite", "--json").json == {"to": "numpy", "out": "model.py"}


@pytest.mark.usefixtures("run")
def test_a_network_is_written_for_pytorch_with_its_code_beside_it(gradwright: Command) -> None:
    assert gradwright("export", "run", "--to", "torch", "--out", "model.safetensors").code == 0
    assert "nn.Linear(2, 4)" in Path("model.py").read_text()
    assert (gradwright("export", "run", "--to", "torch", "--out", "model.pt")).code == 2


@pytest.mark.usefixtures("run")
def test_a_network_is_written_for_onnx(gradwright: Command) -> None:
    pytest.importorskip("onnx", reason="needs the extra 'onnx'")
    assert gradwright("export", "run", "--to", "onnx", "--out", "model.onnx").code == 0
    assert Path("model.onnx").stat().st_size > 0


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--to", "numpy", "--out", "model.py", "--uri", "http://a"), "only MLflow has a server"),
        (("run", "--to", "tensorboard", "--out", "events", "--overwrite"), "a new folder"),
        (("run", "--to", "numpy", "--out", "run"), "found a folder"),
        (("nowhere", "--to", "numpy", "--out", "model.py"), "found no config.toml"),
    ],
)
def test_what_cannot_be_exported_leaves_nothing(
    gradwright: Command, arguments: tuple[str, ...], message: str
) -> None:
    outcome = gradwright("export", *arguments)
    assert (outcome.code > 0, message in outcome.err) == (True, True), outcome.err
    assert {path.name for path in Path().iterdir()} == {"run"}
