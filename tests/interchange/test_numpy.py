"""A run as one NumPy file: it needs nothing else, and answers as the run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Labels
from gradwright.errors import ConfigError, RecordError
from gradwright.interchange import Model, save_numpy
from gradwright.nn.spec import LAYERS
from gradwright.nn.walk import walk
from gradwright.training import Run
from tests.interchange.models import NETWORKS, model_of, scaled


def loaded(path: Path) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(path.read_text(encoding="utf-8"), names)
    return names


def test_every_layer_is_in_one_of_the_networks() -> None:
    assert {type(place.layer) for network in NETWORKS.values() for place in walk(network)} == {*LAYERS}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_answers_as_before(name: str, dtype: str, tmp_path: Path) -> None:
    features = Affine() if name in ("embedding", "columns") else scaled()
    model = model_of(NETWORKS[name], dtype=dtype, features=features)
    save_numpy(model, tmp_path / "model.py")
    file, x = loaded(tmp_path / "model.py"), model.draw(seed=1)
    assert np.abs(file["outputs"](x) - model.outputs(x)).max() < 1e-5
    assert np.abs(file["predict_proba"](x) - model.predict_proba(x)).max() < 1e-5
    assert file["outputs"](x).dtype == dtype
    assert set(file["predict"](x)) <= {"cat", 'it\'s a "dog"', "owl"}


@pytest.mark.parametrize(
    ("outputs", "labels", "loss", "shape"),
    [
        (3, None, gw.SoftmaxCrossEntropy(), (32,)),
        (3, Labels(("a", "b", "c")), gw.Hinge(), (32,)),
        (1, Labels((False, True)), gw.BinaryCrossEntropy(), (32,)),
        (3, None, gw.BinaryCrossEntropy(), (32, 3)),
        (1, None, gw.Huber(), (32,)),
        (1, None, gw.Poisson(), (32,)),
        (3, None, gw.MeanSquaredError(), (32, 3)),
    ],
)
def test_every_kind_of_answer(
    outputs: int, labels: Labels | None, loss: Any, shape: tuple[int, ...], tmp_path: Path
) -> None:
    numbers = isinstance(loss, gw.Huber | gw.MeanSquaredError | gw.Poisson)
    target = Affine(np.array(1e4), np.array(0.002)) if numbers else Affine()
    model = model_of(gw.Linear(6, outputs), loss, labels=labels, target=target, flat=outputs == 1)
    save_numpy(model, tmp_path / "model.py")
    file, x = loaded(tmp_path / "model.py"), model.draw()
    assert file["predict"](x).shape == shape
    answers, expected = file["predict"](x), model.predict(x)
    assert np.allclose(answers, expected, rtol=1e-6) if numbers else (answers == expected).all()
    assert ("predict_proba" in file) is not (numbers or loss == gw.Hinge())


def test_as_a_program_it_answers_a_csv_file_without_gradwright(run: Run, tmp_path: Path) -> None:
    save_numpy(run, tmp_path / "model.py")
    (tmp_path / "rows.csv").write_text("a,b,c\n3,2,1000\n-3,2,1000\n")
    alone = [sys.executable, "-I", "-S"]  # no package is found but NumPy, whose folder is named
    start = f"import sys; sys.path.append({str(Path(np.__file__).parents[1])!r}); "
    start += (
        "sys.modules['gradwright'] = None; import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [*alone, "-c", f"import sys; sys.argv = sys.argv[1:]; {start}", "model.py"]
    done = subprocess.run([*command, "rows.csv"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (list(run.predict([[3, 2, 1000], [-3, 2, 1000]])), "")
    none = subprocess.run([*command, "no.csv"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (none.returncode, none.stderr.count("\n")) == (1, 1)


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    model = model_of(gw.Linear(2, 3), in_features=2, feature_names=("b", "a"))
    save_numpy(model, tmp_path / "model.py")
    file = loaded(tmp_path / "model.py")
    (tmp_path / "rows.csv").write_text("a,text,b\n1,x,2\n")
    assert file["read"](str(tmp_path / "rows.csv")).tolist() == [[2, 1]]
    (tmp_path / "rows.csv").write_text("a,c\n1,2\n")
    with pytest.raises(ValueError, match="expected a column 'b'"):
        file["read"](str(tmp_path / "rows.csv"))


@pytest.mark.parametrize("x", [[1.0, 2.0], [[1.0]], [[np.nan, 0, 0, 0, 0, 0]]], ids=str)
def test_rows_that_cannot_be_are_refused(x: Any, tmp_path: Path) -> None:
    save_numpy(model_of(gw.Linear(6, 3)), tmp_path / "model.py")
    with pytest.raises(ValueError, match="x: expected"):
        loaded(tmp_path / "model.py")["predict"](x)


def test_what_answers_otherwise_is_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = "gradwright.interchange.numpy_file.expression"
    monkeypatch.setattr(wrong, lambda _place, x: f"{x}[:, :3] * 1.0001")
    model = model_of(gw.Linear(6, 3))
    with pytest.raises(RecordError, match="expected the model's answers within 1e-05"):
        save_numpy(model, tmp_path / "model.py")
    assert not (tmp_path / "model.py").exists()


def test_a_file_that_is_there_stays(run: Run, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("mine")
    with pytest.raises(ConfigError, match="--overwrite"):
        save_numpy(run, tmp_path / "model.py")
    assert (tmp_path / "model.py").read_text() == "mine"
    save_numpy(run, tmp_path / "model.py", overwrite=True)
    assert "def predict" in (tmp_path / "model.py").read_text()


class Square(gw.Tanh):
    """A layer of one's own, by its class."""


def test_a_layer_of_ones_own_is_named(tmp_path: Path) -> None:
    own = model_of(gw.Sequential(gw.Linear(6, 3), Square()))
    with pytest.raises(ConfigError, match="layer 1: expected a layer of gradwright's, found Square"):
        save_numpy(own, tmp_path / "model.py")


def test_a_run_and_its_model_answer_alike(run: Run, regression: Run) -> None:
    x = np.array([[0.5, 3.0, 990.0]])
    assert Model.of(run).predict(x).tolist() == run.predict(x).tolist()
    assert Model.of(run).predict_proba(x).tolist() == run.predict_proba(x).tolist()
    assert Model.of(regression).predict(x[:, :2]).tolist() == regression.predict(x[:, :2]).tolist()
