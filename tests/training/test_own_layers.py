"""Layers, losses and penalties of one's own: they train, are saved and loaded, and are refused in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.errors import ConfigError, RecordError, ShapeError
from gradwright.nn import EVAL, Mode, Parameter
from gradwright.nn.layer import Array, ParameterTree, Params

Pair = tuple[Array, dict[str, Any]]
ROUNDING = 1e-9  # of float64, in 30 steps


@dataclass(frozen=True)
class Swish(gw.Elementwise):
    """y = x s(b x), s the sigmoid."""

    b: float = 1.0

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Any]:
        s = 1 / (1 + np.exp(-self.b * x))
        return x * s, (x, s)

    def backward(self, params: Params, cache: Any, dy: Array) -> Pair:
        x, s = cache
        return (s + self.b * x * s * (1 - s)) * dy, {}


@dataclass(frozen=True)
class Stretch:
    """y = a x, with a learnt."""

    features: int

    def output_features(self, features: int | None) -> int | None:
        return self.features

    def parameters(self) -> ParameterTree:
        return {"a": Parameter((self.features,), gw.initializers.Constant(1.0))}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return params["a"] * x, x

    def backward(self, params: Params, x: Array, dy: Array) -> Pair:
        return params["a"] * dy, {"a": (x * dy).sum(axis=0)}


@dataclass
class Thawed(gw.Elementwise):
    """A dataclass, but not a frozen one."""

    power: float = 1.0
    forward, backward = gw.Tanh.forward, gw.Tanh.backward


@dataclass(frozen=True)
class Absolute:
    """The mean of |output - target|."""

    def forward(self, output: Array, target: Array) -> tuple[Any, Array]:
        difference = output - target.reshape(output.shape)
        return np.abs(difference).mean(), difference

    def backward(self, cache: Array) -> Array:
        return np.sign(cache) / cache.size


class Plain(gw.Elementwise):
    """A layer that no file can hold: it is no dataclass."""

    def __init__(self, power: float = 1.0) -> None:
        self.power = power

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return np.tanh(x), np.tanh(x)

    def backward(self, params: Params, y: Array, dy: Array) -> Pair:
        return (1 - y * y) * dy, {}


class Holding(Swish):
    """It inherits the fields of another, and holds more."""


def network(*middle: Any) -> gw.Sequential:
    return gw.Sequential(gw.Linear(2, 4), *middle, gw.Linear(4, 3))


def train(data: Dataset, *middle: Any, **settings: Any) -> gw.Run:
    return gw.fit(network(*middle), data, **{"epochs": 2, "progress": False, **settings})


# They train


def test_a_layer_of_ones_own_trains_as_gradwrights_does(blobs: Dataset) -> None:
    class Own(gw.Elementwise):
        forward, backward = gw.Tanh.forward, gw.Tanh.backward

    settings: dict[str, Any] = {"epochs": 3, "dtype": "float64"}
    ours, own = train(blobs, gw.Tanh(), **settings), train(blobs, Own(), **settings)
    np.testing.assert_allclose(own.theta, ours.theta, rtol=ROUNDING)
    assert own.environment["engine"].startswith("reference")


def test_parameters_of_ones_own_are_learnt(blobs: Dataset) -> None:
    run = train(blobs, Swish(2.0), Stretch(4))
    assert run.parameters["2.a"].shape == (4,)
    assert (run.parameters["2.a"] != 1).all()


def test_fit_says_that_numpy_runs_it(blobs: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    for middle, said in (((gw.Tanh(),), 0), ((Swish(), Stretch(4)), 1)):
        train(blobs, *middle, progress=None, engine="auto", learning_rate=0.1)
        assert capsys.readouterr().err.count("the compiled one does not know") == said
    train(blobs, Swish(), progress=None, engine="reference")
    assert "the compiled one" not in capsys.readouterr().err


# They are saved, and loaded where the class is handed over


@pytest.mark.parametrize("saved", ["while it happens", "afterwards"])
def test_a_run_is_loaded_with_the_classes_that_it_names(blobs: Dataset, tmp_path: Path, saved: str) -> None:
    folder = tmp_path / "run"
    run = train(blobs, Swish(2.0), Stretch(4), folder=folder if saved == "while it happens" else None)
    if saved == "afterwards":
        run.save(folder)
    again = gw.load_run(folder, layers=[Swish, Stretch])
    assert again.config.network == run.config.network
    np.testing.assert_array_equal(again.theta, run.theta)
    with pytest.raises(RecordError, match=r"network: Swish is none .* load_run\(path, layers=\[Swish\]\)"):
        gw.load_run(folder)


def test_a_loss_of_ones_own_goes_the_same_way(tmp_path: Path) -> None:
    data = gw.data.load("line", seed=0)
    gw.fit(gw.Linear(1, 1), data, loss=Absolute(), epochs=1, learning_rate=1e-3, progress=False,
           folder=tmp_path / "run")  # fmt: skip
    assert gw.load_run(tmp_path / "run", layers=[Absolute]).config.loss == Absolute()
    with pytest.raises(RecordError, match=r"loss: Absolute is none of gradwright's kinds"):
        gw.load_run(tmp_path / "run")


def test_a_run_with_own_layers_goes_on_where_it_was(blobs: Dataset, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"folder": tmp_path / "run", "resume": True}
    first = train(blobs, Swish(), folder=tmp_path / "run")
    np.testing.assert_array_equal(train(blobs, Swish(), **settings).theta, first.theta)
    longer = train(blobs, Swish(), **settings, epochs=4)
    np.testing.assert_array_equal(longer.theta, train(blobs, Swish(), epochs=4).theta)


def named_like_another() -> type:
    @dataclass(frozen=True)
    class Tanh(Swish):
        """Read again, it would be gradwright's."""

    return Tanh


def holding_an_array() -> Any:
    return Swish(np.ones(4, np.float32))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Plain(), r"Plain cannot be written to a file: .*@dataclass\(frozen=True\)"),
        (Thawed(), r"Thawed cannot be written to a file"),
        (Holding(), r"Holding cannot be written to a file"),
        (named_like_another()(), r"Tanh cannot be written to a file: another class has that name"),
        (holding_an_array(), r"cannot be written down: expected a frozen dataclass of plain values"),
    ],
)
def test_what_a_file_cannot_hold_is_refused_before_the_first_step(
    blobs: Dataset, tmp_path: Path, layer: Any, message: str
) -> None:
    steps: list[int] = []
    with pytest.raises(ConfigError, match=message):
        train(blobs, layer, folder=tmp_path / "run", callbacks=[lambda *_: steps.append(1)])
    assert not steps
    assert not (tmp_path / "run").exists()


def test_in_memory_it_trains_all_the_same_and_is_refused_when_it_is_saved(
    blobs: Dataset, tmp_path: Path
) -> None:
    run = train(blobs, Plain())
    with pytest.raises(ConfigError, match=r"Plain cannot be written to a file"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()


# What is wrong in them is said by its place, before the first step


def broken(**methods: Callable[..., Any]) -> Any:
    return type("Broken", (Swish,), methods)()


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            broken(backward=lambda *_: (np.ones((4, 3), "f"), {})),
            r"dx of backward: .*\(3, 4\), found .*\(4, 3\)",
        ),
        (broken(backward=lambda _s, _p, _c, dy: dy), r"backward returns: expected a pair, found ndarray"),
        (broken(backward=lambda _s, _p, _c, dy: (dy, {"w": dy})), r"parameters of backward: expected \[\]"),
        (broken(forward=lambda _s, _p, x, _m: x), r"forward returns: expected a pair, found ndarray"),
        (broken(forward=lambda _s, _p, x, _m: (x[:, :2], x)), r"y of forward: .*\(3, 4\), found .*\(3, 2\)"),
        (broken(forward=lambda _s, _p, x, _m: (x.astype(float), x)), r"expected float32 .* found float64"),
    ],
)
def test_a_layer_that_returns_something_else_is_named(blobs: Dataset, layer: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=rf"layer 1 \(Broken\): .*{message}.*check_layer\(layer, 4\)"):
        train(blobs, layer)


def test_a_layer_without_its_sizes_is_told_what_it_lacks() -> None:
    class Half:
        forward, backward = gw.Tanh.forward, gw.Tanh.backward

    with pytest.raises(
        ConfigError, match=r"expected a layer, found .*without output_features and parameters"
    ):
        network(Half())


def test_the_layers_here_are_right() -> None:
    for layer in (Swish(2.0), Stretch(4), Plain()):
        report = gw.check_layer(layer, 4)
        assert report.passed, str(report)
