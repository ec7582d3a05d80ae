"""Products in bfloat16: as close to float64 as their parts allow, the same bits on any number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Precision, Rows, State, Task, choose_engine, native, reference, variants
from gradwright.errors import ConfigError, DataError
from gradwright.nn import (
    GELU,
    L2,
    BatchNorm,
    Dropout,
    LayerNorm,
    LeakyReLU,
    Linear,
    MeanSquaredError,
    Mixed,
    Objective,
    Residual,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
    mlp,
)
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Adam, Constant
from gradwright.training import config_to_toml, make_config

BF16 = [name for name in variants.supported() if name in variants.WITH_BF16]
WITHOUT = [name for name in variants.supported() if name not in variants.WITH_BF16]
needs_bf16 = pytest.mark.skipif(not BF16, reason="this processor, or this build, has no products in bfloat16")
REDUCED: list[Precision] = ["bf16x3", "bf16"]

# Of each array's gradient. Two parts keep 16 bits of a number, 1e-5, and errors of layers come together;
# one part keeps 8 bits: 2e-3 for each factor of each product.
CLOSE: dict[Precision, float] = {"bf16x3": 1e-4, "bf16": 2e-2}
CLASSES = 10


@pytest.fixture(params=BF16 or ("none",))
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variants.VARIABLE, request.param)
        yield request.param


def task(network: Any, batch_size: int = 32, **changes: Any) -> Task:
    goal = Objective(network, SoftmaxCrossEntropy(), L2(0.01))
    settings: dict[str, Any] = {"optimizer": SGD(), "schedule": Constant(0.05), "precision": "bf16"}
    return Task(objective=goal, batch_size=batch_size, seed=3, **{**settings, **changes})


def rows(count: int, inputs: int, features: Affine = Affine()) -> Rows:
    rng = np.random.default_rng(0)
    return Rows(Split(rng.random((count, inputs), np.float32), rng.integers(CLASSES, size=count)), features)


def gradient(task: Task, rows: Rows, theta: Array) -> Array:
    """The gradient over all rows, as the task's precision has it: what one step of rate 1 takes off."""
    one = replace(task, optimizer=SGD(), schedule=Constant(1.0), batch_size=len(rows.split))
    start = State(theta, one.optimizer.init(theta), 0, 0)
    return np.asarray(theta, np.float64) - native.train_epoch(one, start, rows).state.theta


def assert_gradient_close(task: Task, rows: Rows) -> None:
    theta = task.initial_state().theta
    objective, x = task.objective, rows.features(rows.split.x, "float64")
    _, wanted = objective.value_and_grad(theta.astype(np.float64), x, rows.split.y)
    expected = objective.layout.named(wanted)
    for name, found in objective.layout.named(gradient(task, rows, theta)).items():
        distance = np.linalg.norm(found - expected[name]) / np.linalg.norm(expected[name])
        assert distance < CLOSE[task.precision], f"{name}: {distance:.1e}"


NETWORKS = {
    "odd widths": (mlp(131, 145, 33, CLASSES, activation=Tanh()), 131),
    "narrow inputs and outputs": (mlp(1, 150, 1, 2, CLASSES, activation=Sigmoid()), 1),
    "whole blocks": (mlp(64, 160, 32, CLASSES, activation=Tanh()), 64),
    "residual, GELU and softplus": (
        Sequential(
            Linear(20, 159), Residual(Sequential(Linear(159, 159), GELU())), Softplus(), Linear(159, CLASSES)
        ),
        20,
    ),
    "sums and no bias": (
        Sequential(
            Sum(Linear(6, 233), Sequential(Linear(6, 233), LeakyReLU(0.5)), Linear(6, 233, bias=False)),
            Sigmoid(),
            Linear(233, CLASSES),
        ),
        6,
    ),
    "an input that is also added": (
        Sequential(Residual(Sequential(Linear(144, 144), Tanh(), Linear(144, 144))), Linear(144, CLASSES)),
        144,
    ),
}


@needs_bf16
@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("precision", REDUCED)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_layer_has_the_gradient_of_float64(name: str, precision: Precision) -> None:
    network, inputs = NETWORKS[name]
    assert_gradient_close(task(network, precision=precision), rows(70, inputs, Affine(0.5, 2.0)))


@needs_bf16
@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("precision", REDUCED)
def test_dropout_norms_and_mixes_have_the_step_of_float64(precision: Precision) -> None:
    """Masks of the same units, moments of the same rows: each array moves as it does there."""
    network = Sequential(
        *(Linear(144, 150), Dropout(0.3), LayerNorm(150), Tanh()),
        *(Linear(150, 160, bias=False), BatchNorm(160), Mixed(Tanh(), 160), Dropout(0.2)),
        Linear(160, CLASSES),
    )
    training = task(network, 70, precision=precision, schedule=Constant(1.0))
    data, theta = rows(70, 144), training.initial_state().theta
    exact = replace(training, dtype="float64", precision="float32")
    found, wanted = (
        engine.train_epoch(one, State(start, one.optimizer.init(start), 0, 0), data).state.theta - start
        for engine, one, start in (
            (native, training, theta),
            (reference, exact, theta.astype(np.float64)),
        )
    )
    moves = training.objective.layout.named(wanted)
    for name, move in training.objective.layout.named(found).items():
        distance = np.linalg.norm(move - moves[name]) / np.linalg.norm(moves[name])
        assert distance < CLOSE[precision], f"{name}: {distance:.1e}"


@needs_bf16
@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize(("precision", "fewest"), [("bf16", 64), ("bf16x3", 128)])
def test_a_layer_too_narrow_to_gain_is_multiplied_in_float32(precision: Precision, fewest: int) -> None:
    """One column fewer, on either side of W, and the bits are those of float32."""

    def differ(*widths: int) -> bool:
        training = task(mlp(*widths), precision=precision)
        found, plain = (
            native.train_epoch(one, one.initial_state(), rows(64, widths[0])).state.theta
            for one in (training, replace(training, precision="float32"))
        )
        return not np.array_equal(found, plain)

    assert not differ(200, fewest - 1, CLASSES)
    assert not differ(fewest - 1, 200, CLASSES)
    assert differ(200, fewest, CLASSES)
    assert differ(fewest, 200, CLASSES)


@needs_bf16
@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("precision", REDUCED)
@pytest.mark.parametrize("count", [2, 15, 16, 17, 31, 32, 33, 63, 100])
def test_a_batch_of_any_size_is_right(count: int, precision: Precision) -> None:
    assert_gradient_close(task(mlp(144, 150, 40, CLASSES), precision=precision), rows(count, 144))


@needs_bf16
@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("optimizer", [SGD(), SGD(momentum=0.9), Adam()], ids=["SGD", "momentum", "Adam"])
def test_an_epoch_with_a_partial_last_batch_is_that_of_float64(optimizer: Any) -> None:
    data = rows(90, 40)
    training = task(
        mlp(40, 150, CLASSES), 32, optimizer=optimizer, precision="bf16x3", schedule=Constant(1e-3)
    )
    start = training.initial_state()
    exact = replace(training, dtype="float64", precision="float32")
    before = start.theta.astype(np.float64)
    wanted = (
        reference.train_epoch(exact, State(before, optimizer.init(before), 0, 0), data).state.theta - before
    )
    found = native.train_epoch(training, start, data).state.theta - before
    assert np.linalg.norm(found - wanted) < 1e-3 * np.linalg.norm(wanted)  # Adam divides by small gradients


@needs_bf16
@pytest.mark.parametrize(("precision", "lowest"), [("bf16x3", 0.0), ("bf16", 1e-3)])
def test_bf16x3_is_close_to_float32_and_bf16_is_visibly_rounded(precision: Precision, lowest: float) -> None:
    """The precision that was asked for is the one that ran: eight bits leave their trace, sixteen do not."""
    training, data = task(mlp(144, 150, CLASSES, activation=Tanh())), rows(64, 144)
    theta = training.initial_state().theta
    exact = gradient(replace(training, precision="float32"), data, theta)
    found = gradient(replace(training, precision=precision), data, theta)
    distance = np.linalg.norm(found - exact) / np.linalg.norm(exact)
    assert lowest < distance < CLOSE[precision]


@needs_bf16
@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("precision", REDUCED)
@pytest.mark.parametrize("threads", [2, 3, 7])
def test_every_number_of_threads_makes_the_same_bits(
    threads: int, precision: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = task(mlp(300, 305, 305, CLASSES), 280, optimizer=Adam(), precision=precision)
    data = rows(700, 300)  # some ms a step: it is shared
    monkeypatch.setenv(variants.THREADS, "1")
    alone = native.train_epoch(training, training.initial_state(), data)
    monkeypatch.setenv(variants.THREADS, str(threads))
    several = native.train_epoch(training, training.initial_state(), data)
    np.testing.assert_array_equal(alone.state.theta, several.state.theta)
    np.testing.assert_array_equal(alone.objectives, several.objectives)


@pytest.mark.skipif(
    len(BF16) < 2, reason="this processor, or this build, has one way to multiply bfloat16, or none"
)
@pytest.mark.parametrize("precision", REDUCED)
def test_a_model_multiplies_as_its_variant_does_whichever_the_module_served_before(
    precision: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One module holds both, and AMX and AVX512_BF16 add the products of a sum in another order."""
    training, data = task(mlp(300, 150, CLASSES), 100, precision=precision), rows(200, 300)
    found = []
    for name in (*BF16, *BF16):
        monkeypatch.setenv(variants.VARIABLE, name)
        found.append(native.train_epoch(training, training.initial_state(), data).state.theta)
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_array_equal(found[1], found[3])
    assert np.any(found[0] != found[1])


@needs_bf16
def test_the_loss_curves_on_mnist_are_those_of_float32() -> None:
    """Five epochs of 784-128-10 on the 60,000 digits: each epoch's mean loss within 0.2 % and 1 %."""
    try:
        data = gw.data.load("mnist")
    except DataError as error:
        pytest.skip(str(error))
    digits = Rows(data.train, data.features)
    curves = {}
    for precision in ("float32", *REDUCED):
        training = Task(
            Objective(mlp(784, 128, CLASSES, activation=gw.ReLU()), SoftmaxCrossEntropy()),
            SGD(), Constant(0.1), batch_size=100, seed=0, precision=precision,
        )  # fmt: skip
        state, curve = training.initial_state(), []
        for _ in range(5):
            epoch = native.train_epoch(training, state, digits)
            state = epoch.state
            curve.append(epoch.mean_objective)
        curves[precision] = np.array(curve)
    assert curves["float32"][-1] < curves["float32"][0] / 2
    np.testing.assert_allclose(curves["bf16x3"], curves["float32"], rtol=2e-3)
    np.testing.assert_allclose(curves["bf16"], curves["float32"], rtol=1e-2)


@needs_bf16
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"objective": Objective(mlp(128, 128, 2), MeanSquaredError())},
            "a layer wider than 128 .*found 128 at most",
        ),
        ({"dtype": "float64"}, "dtype float32 .*found float64"),
        ({"batch_size": 1}, "a batch of at least 2 .*found 1"),
    ],
    ids=["narrow layers", "float64", "batches of one sample"],
)
def test_what_gains_nothing_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    asked = replace(task(mlp(20, 150, CLASSES)), **changes)
    for wanted in ("native", "auto"):
        with pytest.raises(ConfigError, match=f"^precision: expected {reason}"):
            choose_engine(wanted, asked, rows(8, 20))


@pytest.mark.skipif(not WITHOUT, reason="the compiled engine was not built")
@pytest.mark.parametrize("name", WITHOUT)
def test_a_variant_without_bf16_says_what_it_would_need(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variants.VARIABLE, name)
    assert variants.precisions() == ("float32",)
    with pytest.raises(
        ConfigError, match=r"float32 on this processor, found bf16, which needs AVX512_BF16 or AMX"
    ):
        choose_engine("auto", task(mlp(20, 150, CLASSES)), rows(8, 20))


def test_the_reference_has_no_precision_but_its_dtype() -> None:
    with pytest.raises(
        ConfigError, match="precision: expected float32 with the reference engine, found bf16"
    ):
        choose_engine("reference", task(mlp(20, 150, CLASSES)), rows(8, 20))


def test_the_precisions_are_those_of_the_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "variant", lambda: "amx")
    monkeypatch.setattr(variants, "module", lambda: SimpleNamespace(has_bf16=lambda name: name == "amx"))
    assert variants.precisions() == ("float32", "bf16x3", "bf16")
    monkeypatch.setattr(variants, "variant", lambda: "avx512")
    assert variants.precisions() == ("float32",)


def test_a_config_takes_a_precision_and_writes_it() -> None:
    config = make_config(network=mlp(20, 150, CLASSES), precision="bf16")
    assert 'precision = "bf16"' in config_to_toml(config)
    with pytest.raises(ConfigError, match=r"precision: .*bf16x3.*found 'half'"):
        make_config(network=mlp(20, 150, CLASSES), precision="half")
