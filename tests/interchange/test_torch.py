"""A run as a state dict of PyTorch's and the code of its module: equal outputs and gradients, and back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import gradwright as gw
from gradwright.data import Labels
from gradwright.errors import ConfigError, RecordError
from gradwright.interchange import Model, from_torch, load_torch, save_torch
from gradwright.nn import Mode, Objective
from gradwright.nn.layer import Array
from gradwright.training import Run
from tests.interchange.models import NETWORKS, model_of, scaled

HELD = ["activations", "branches", "norms", "factors", "one layer", "residual mlp"]


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="needs PyTorch")


def loaded(path: Path) -> dict[str, Any]:
    """What the code beside a state dict defines."""
    code = path.with_suffix(".py")
    names: dict[str, Any] = {"__file__": str(code)}
    exec(code.read_text(encoding="utf-8"), names)
    return names


@pytest.mark.parametrize("name", HELD)
def test_outputs_and_gradients_are_the_same(name: str, torch: Any, tmp_path: Path) -> None:
    model, path = model_of(NETWORKS[name], dtype="float64"), tmp_path / "model.safetensors"
    save_torch(model, path)
    module, x = loaded(path)["network"], model.draw(seed=1)
    labels = np.arange(len(x)) % 3
    logits = module(torch.from_numpy(x))
    torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels)).backward()
    assert (
        np.abs(logits.detach().numpy() - model.outputs(x)).max() < 1e-7
    )  # its Softplus is linear from 20 on

    value, grad = Objective(model.network, model.loss).value_and_grad(model.theta, x, labels)
    theirs = from_torch(_of_gradients(module, torch)).theta
    trained = model.layout.mask(lambda name: not name.endswith((".mean", ".variance")))
    assert np.isfinite(value)
    assert np.abs(theirs - grad)[trained].max() < 1e-7


def _of_gradients(module: Any, torch: Any) -> Any:
    """The module with each parameter's gradient in its place."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(parameter.grad)
    return module


def test_training_moves_the_statistics_alike(torch: Any, tmp_path: Path) -> None:
    model, path = model_of(gw.BatchNorm(6, momentum=0.7), dtype="float64"), tmp_path / "model.safetensors"
    save_torch(model, path)
    module, x = loaded(path)["network"].train(), model.draw()
    found = module(torch.from_numpy(x)).detach().numpy()
    params = model.layout.tree(model.theta)
    expected, cache = model.network.forward(params, x, Mode(training=True))
    assert np.abs(found - expected).max() < 1e-12
    after = model.layout.with_statistics(model.theta, gw.BatchNorm(6, momentum=0.7).update(params, cache))
    assert np.abs(from_torch(module).theta - after).max() < 1e-12


@pytest.mark.parametrize("name", HELD)
def test_what_was_written_comes_back(name: str, tmp_path: Path) -> None:
    model, path = model_of(NETWORKS[name], features=scaled()), tmp_path / "model.safetensors"
    save_torch(model, path)
    again, x = load_torch(path), model.draw()
    assert again.network == model.network
    assert (again.theta == model.theta).all()
    assert again.predict(x).tolist() == model.predict(x).tolist()


@pytest.mark.parametrize("name", HELD)
def test_a_module_comes_back_as_a_network(name: str, torch: Any, tmp_path: Path) -> None:
    model, path = model_of(NETWORKS[name]), tmp_path / "model.safetensors"
    save_torch(model, path)
    again = from_torch(loaded(path)["network"], classes=["a", "b", "c"])
    x = model.draw().astype(np.float32)
    assert torch is not None
    assert np.abs(again.outputs(x) - model.outputs(x)).max() < 1e-6
    assert again.classes == ("a", "b", "c")


def test_a_weight_is_turned_and_stays_contiguous(tmp_path: Path) -> None:
    model = model_of(gw.Linear(6, 3))
    save_torch(model, tmp_path / "model.safetensors")
    state = load_file(tmp_path / "model.safetensors")
    assert (state["0.weight"] == model.layout.named(model.theta)["weight"].T).all()
    assert state["0.weight"].shape == (3, 6)


def test_scaling_and_units_are_in_the_code(run: Run, regression: Run, torch: Any, tmp_path: Path) -> None:
    for each, dtype in ((run, torch.float32), (regression, torch.float64)):
        path = tmp_path / f"{dtype}".replace("torch.", "") / "model.safetensors"
        save_torch(each, path)
        names, x = loaded(path), Model.of(each).draw(seed=3)
        found = names["outputs"](torch.tensor(x, dtype=dtype)).detach().numpy()
        expected = each.outputs(x) if each.classes else each.predict(x).reshape(-1, 1)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        assert names["CLASSES"] == list(each.classes)


def test_rates_come_out_where_the_network_has_their_logarithms(torch: Any, tmp_path: Path) -> None:
    model = model_of(gw.Linear(6, 2), gw.Poisson(), dtype="float64", labels=None, flat=False)
    save_torch(model, tmp_path / "model.safetensors")
    x = model.draw()
    found = loaded(tmp_path / "model.safetensors")["outputs"](torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, model.predict(x), rtol=1e-12)


@pytest.mark.parametrize("name", ["embedding", "columns", "convolution", "attention", "recurrence"])
def test_layers_of_sequences_are_refused_by_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"layer 0.*: .* has no counterpart in an nn\.Sequential of rows"):
        save_torch(model_of(NETWORKS[name]), tmp_path / "model.safetensors")
    assert [*tmp_path.iterdir()] == []


def test_neither_file_is_replaced_unasked(tmp_path: Path) -> None:
    model, path = model_of(gw.Linear(6, 3)), tmp_path / "model.safetensors"
    (tmp_path / "model.py").write_text("mine")
    with pytest.raises(ConfigError, match="--overwrite"):
        save_torch(model, path)
    assert ((tmp_path / "model.py").read_text(), path.exists()) == ("mine", False)
    with pytest.raises(ConfigError, match=r"expected a file \.safetensors"):
        save_torch(model, tmp_path / "model.pt")


def test_a_module_that_answers_otherwise_is_not_written(
    torch: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert torch is not None
    monkeypatch.setitem(vars(_modules())["PLAIN"], gw.ReLU, "ReLU6()")
    model = model_of(gw.Sequential(gw.Linear(6, 3), gw.ReLU()), features=scaled())
    model.theta[:] *= 20
    with pytest.raises(RecordError, match="expected the model's answers"):
        save_torch(model, tmp_path / "model.safetensors")
    assert [*tmp_path.iterdir()] == []


def _modules() -> Any:
    from gradwright.interchange import torch_modules

    return torch_modules


MODULES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no container": (lambda nn: nn.Conv2d(1, 1, 3), "Conv2d has no counterpart"),
    "an unknown module": (lambda nn: nn.Sequential(nn.Linear(2, 2), nn.Softmax(1)), "module.1: Softmax"),
    "another GELU": (lambda nn: nn.Sequential(nn.GELU()), "approximate: expected 'tanh', found 'none'"),
    "another Softplus": (lambda nn: nn.Sequential(nn.Softplus(beta=2)), "beta: expected 1, found 2"),
    "norms without numbers": (lambda nn: nn.Sequential(nn.BatchNorm1d(2, affine=False)), "affine"),
    "norms of planes": (lambda nn: nn.Sequential(nn.LayerNorm((2, 3))), "normalized_shape of one size"),
    "nothing": (lambda nn: nn.Sequential(), "at least one module"),
    "sizes that do not meet": (lambda nn: nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 3)), "takes 2"),
}


@pytest.mark.parametrize(("make", "message"), MODULES.values(), ids=MODULES)
def test_a_module_that_cannot_be_taken_is_told(make: Callable[[Any], Any], message: str, torch: Any) -> None:
    with pytest.raises(ConfigError, match=message):
        from_torch(make(torch.nn))


def _arrays(change: Callable[[dict[str, Array]], dict[str, Array]]) -> Callable[[Path], None]:
    """A file whose metadata stay, with other arrays."""

    def apply(path: Path) -> None:
        from gradwright.training.checkpoint import read_tensors

        state, metadata = read_tensors(path)
        save_file(change({name: array.copy() for name, array in state.items()}), path, metadata)

    return apply


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "not there": (lambda path: path.unlink(), "no such file"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-9]), "found damage"),
    "longer": (lambda path: path.write_bytes(path.read_bytes() + b"more"), "found damage"),
    "oversized": (lambda path: os.truncate(path, 2**34), "8,589,934,592 is the most"),
    "another's": (lambda path: save_file({"0.weight": np.zeros((3, 6))}, path), "found others"),
    "other shapes": (
        _arrays(lambda s: s | {"0.weight": np.zeros((6, 3), "f4")}),
        r"weight: expected the shape",
    ),
    "no numbers": (_arrays(lambda s: s | {"0.bias": np.full(3, np.nan, "f4")}), r"others in 0\.bias"),
    "one array more": (_arrays(lambda s: s | {"9.weight": np.zeros(3, "f4")}), "9.weight: expected no such"),
    "one array less": (_arrays(lambda s: {"0.weight": s["0.weight"]}), "found no such array"),
    "whole numbers": (_arrays(lambda s: {n: a.astype("i4") for n, a in s.items()}), "found int32"),
}


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD)
def test_a_file_that_cannot_be_is_one_message(
    spoil: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    save_torch(model_of(gw.Sequential(gw.Linear(6, 3))), path)
    spoil(path)
    with pytest.raises(RecordError, match=message) as refused:
        load_torch(path)
    assert str(refused.value).startswith(str(path))


def test_a_link_that_the_user_names_is_followed(tmp_path: Path) -> None:
    save_torch(model_of(gw.Linear(6, 3), labels=Labels((3, 5, 7))), tmp_path / "model.safetensors")
    (tmp_path / "latest.safetensors").symlink_to(tmp_path / "model.safetensors")
    assert load_torch(tmp_path / "latest.safetensors").classes == (3, 5, 7)
