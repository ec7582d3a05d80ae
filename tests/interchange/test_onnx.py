"""A run as an ONNX file: other libraries answer as the run does, and gradwright takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Labels
from gradwright.errors import ConfigError, RecordError
from gradwright.interchange import Model, load_onnx, save_onnx
from gradwright.training import Run
from tests.interchange.models import NETWORKS, model_of, scaled

onnx = pytest.importorskip("onnx", reason="needs the extra 'onnx'")


def outputs_of(path: Path, x: Any) -> list[Any]:
    """What ONNX's own reference makes of a file."""
    from onnx.reference import ReferenceEvaluator

    answers: list[Any] = ReferenceEvaluator(str(path)).run(None, {"x": x})
    return answers


def properties(path: Path) -> dict[str, Any]:
    return {entry.key: json.loads(entry.value) for entry in onnx.load(str(path)).metadata_props}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, "float32") for name in NETWORKS] + [(n, "float64") for n in NETWORKS if n != "recurrence"],
)
def test_every_network_answers_as_before_and_comes_back(name: str, dtype: str, tmp_path: Path) -> None:
    features = Affine() if name in ("embedding", "columns") else scaled()
    model, path = model_of(NETWORKS[name], dtype=dtype, features=features), tmp_path / "model.onnx"
    save_onnx(model, path)
    x = model.draw(seed=1).astype(dtype)
    outputs, probabilities = outputs_of(path, x)
    assert np.abs(outputs - model.outputs(x)).max() < 1e-5
    assert np.abs(probabilities - model.predict_proba(x)).max() < 1e-5
    again = load_onnx(path)
    assert again.network == model.network
    assert (again.theta == model.theta).all()
    assert again.predict(x).tolist() == model.predict(x).tolist()


def test_onnxruntime_answers_as_the_run(run: Run, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    save_onnx(run, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    x = Model.of(run).draw(seed=2).astype(np.float32)
    outputs, probabilities = session.run(None, {"x": x})
    assert np.abs(outputs - run.outputs(x)).max() < 1e-5
    assert np.abs(probabilities - run.predict_proba(x)).max() < 1e-5


def test_the_lstm_of_float64_is_refused(tmp_path: Path) -> None:
    model = model_of(NETWORKS["recurrence"], dtype="float64")
    with pytest.raises(ConfigError, match="LSTM in float64: ONNX's runtimes have it in float32 alone"):
        save_onnx(model, tmp_path / "model.onnx")


def test_classes_and_columns_are_named_in_the_metadata(tmp_path: Path) -> None:
    model = model_of(gw.Linear(2, 3), in_features=2, feature_names=("width", "height"))
    save_onnx(model, tmp_path / "model.onnx")
    said = properties(tmp_path / "model.onnx")
    assert said["classes"] == ["cat", 'it\'s a "dog"', "owl"]
    assert (
        said["feature_names"] == ["width", "height"] == list(load_onnx(tmp_path / "model.onnx").feature_names)
    )


def test_numbers_come_out_in_the_units_of_the_targets(regression: Run, tmp_path: Path) -> None:
    save_onnx(regression, tmp_path / "model.onnx")
    x = np.array([[0.5, 3.0], [1.0, -1.0]])
    (found,) = outputs_of(tmp_path / "model.onnx", x)
    np.testing.assert_allclose(found.ravel(), regression.predict(x), rtol=1e-12)
    assert load_onnx(tmp_path / "model.onnx").predict(x).tolist() == regression.predict(x).tolist()


def test_rates_come_out_where_the_network_has_their_logarithms(tmp_path: Path) -> None:
    model = model_of(gw.Linear(6, 2), gw.Poisson(), labels=None, flat=False)
    save_onnx(model, tmp_path / "model.onnx")
    x = model.draw().astype(np.float32)
    (found,) = outputs_of(tmp_path / "model.onnx", x)
    np.testing.assert_allclose(found, np.exp(model.outputs(x)), rtol=1e-5)  # in float32
    assert load_onnx(tmp_path / "model.onnx").predict(x).tolist() == model.predict(x).tolist()


def test_scores_come_back_without_probabilities(tmp_path: Path) -> None:
    model = model_of(NETWORKS["activations"], gw.Hinge())
    save_onnx(model, tmp_path / "model.onnx")
    x = model.draw().astype(np.float32)
    (scores,) = outputs_of(tmp_path / "model.onnx", x)
    assert np.abs(scores - model.outputs(x)).max() < 1e-5
    back = load_onnx(tmp_path / "model.onnx")
    assert back.predict(x).tolist() == model.predict(x).tolist()
    with pytest.raises(ConfigError, match="Hinge learns scores"):
        back.predict_proba(x)


@pytest.mark.parametrize(("outputs", "columns"), [(1, 2), (3, 3)])
def test_yes_or_no_has_probabilities_too(outputs: int, columns: int, tmp_path: Path) -> None:
    labels = Labels((False, True)) if outputs == 1 else None
    network, path = gw.Linear(6, outputs), tmp_path / "model.onnx"
    model = model_of(network, gw.BinaryCrossEntropy(), labels=labels, flat=outputs == 1)
    save_onnx(model, path)
    x = model.draw().astype(np.float32)
    assert outputs_of(path, x)[1].shape == (len(x), columns)
    assert load_onnx(path).predict(x).tolist() == model.predict(x).tolist()


def test_a_graph_that_answers_otherwise_is_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = model_of(NETWORKS["activations"])
    monkeypatch.setitem(vars(onnx_graph())["ONE_NODE"], gw.ReLU, "Elu")
    with pytest.raises(RecordError, match=r"model\.onnx by ONNX's reference: expected the model's answers"):
        save_onnx(model, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def onnx_graph() -> Any:
    from gradwright.interchange import onnx_graph

    return onnx_graph


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ConfigError, match=r'pip install "gradwright\[onnx\]"'):
        save_onnx(model_of(gw.Linear(6, 3)), tmp_path / "model.onnx")


# files that are not what they should be: one message each


def changed(change: Callable[[Any], object]) -> Callable[[bytes], bytes]:
    """A sound file with one thing in it made wrong."""

    def apply(content: bytes) -> bytes:
        proto = onnx.load_model_from_string(content)
        change(proto)
        made: bytes = proto.SerializeToString()
        return made

    return apply


def about(**changes: Any) -> Callable[[bytes], bytes]:
    """A sound file whose metadata says something else."""

    def change(proto: Any) -> None:
        entry = next(entry for entry in proto.metadata_props if entry.key == "gradwright_model")
        entry.value = json.dumps(json.loads(entry.value) | changes)

    return changed(change)


def outside(proto: Any) -> None:
    tensor = proto.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


BAD = {
    "empty": (lambda _: b"", "expected an ONNX file that gradwright wrote"),
    "cut short": (lambda content: content[:-40], "expected"),
    "no ONNX": (lambda _: b"PK\x03\x04" * 50, "expected an ONNX file, found damage"),
    "another's": (changed(lambda p: p.ClearField("metadata_props")), "found one of 'gradwright'"),
    "numbers elsewhere": (changed(outside), "whose numbers lie in other files"),
    "other numbers of rows": (changed(lambda p: p.graph.initializer[0].dims.append(2)), "expected"),
    "a huge shape": (changed(lambda p: p.graph.initializer[0].dims.extend([2**40] * 3)), "expected"),
    "another node": (changed(lambda p: setattr(p.graph.node[1], "op_type", "Loop")), "found another"),
    "one array less": (changed(lambda p: p.graph.initializer.pop(0)), "expected the shape"),
    "another version": (about(version=2), "expected a model of version 1, found 2"),
    "no network": (about(network="[" * 10_000), "expected"),
    "other sizes": (about(in_features=5), "takes 6 features, found 5"),
    "many columns": (about(in_features=10**9), "expected at most 16,777,216 columns"),
    "other labels": (about(labels=["a", 1]), "expected"),
    "an unknown key": (about(more=1), "more: there is no such key"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD)
def test_a_file_that_cannot_be_is_one_message(
    spoil: Callable[[bytes], bytes], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    save_onnx(model_of(NETWORKS["activations"]), path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(RecordError, match=message) as refused:
        load_onnx(path)
    assert str(refused.value).startswith(str(path))


def test_an_oversized_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "model.onnx").open("wb") as file:
        file.truncate(2**31)  # of holes
    with pytest.raises(RecordError, match="2,147,483,648 bytes, where 2,147,483,647 is the most"):
        load_onnx(tmp_path / "model.onnx")
