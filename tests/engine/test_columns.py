"""Columns of the input through waves and embeddings in the compiled engine, beside the reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, native, reference, variants
from gradwright.engine.lower import lower
from gradwright.engine.models import make_model
from gradwright.engine.program import Family
from gradwright.errors import ConfigError, DataError
from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array, Mode
from gradwright.optim import AdamW, ParameterGroup
from tests.engine import interpreter

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

FEATURES, WORDS = 5, 7
TABLE = gw.Columns(
    (gw.PeriodicEmbedding(2, frequencies=5), gw.Embedding(WORDS, 3)),
    columns=((4, 0), (1, 3)),
    features=FEATURES,
)
CLOSE = {"float64": 1e-10, "float32": 1e-5}  # of each array's norm
STEPS = {"float64": 1e-8, "float32": 2e-3}  # of an epoch's change: Adam divides by small gradients


def behind(first: Layer, width: int) -> gw.Sequential:
    columns = first.output_features(FEATURES)
    assert columns is not None
    return gw.Sequential(
        *(
            first,
            gw.Scale(columns),
            gw.Linear(columns, width),
            gw.Mixed(gw.SELU(), width),
            gw.Linear(width, 3),
        )
    )


NETWORKS: dict[str, Layer] = {
    "narrow": behind(TABLE, 9),
    "wide": behind(TABLE, 150),
    "nothing left over": behind(
        gw.Columns(
            (gw.Embedding(WORDS, 2), gw.PeriodicEmbedding(3)), columns=((3, 1), (0, 2, 4)), features=5
        ),
        20,
    ),
    "embeddings alone": behind(gw.Columns((gw.Embedding(WORDS, 4),), columns=((1,),), features=5), 20),
    "waves of all": behind(gw.PeriodicEmbedding(FEATURES, frequencies=3, numbers=1), 140),
    "side by side": gw.Sequential(gw.Sum(behind(TABLE, 8), gw.Linear(FEATURES, 3)), gw.Linear(3, 3)),
}


def rows(count: int, affine: Affine = Affine()) -> Rows:
    rng = np.random.default_rng(count)
    x = rng.normal(size=(count, FEATURES))
    x[:, [1, 3]] = rng.integers(WORDS, size=(count, 2))
    return Rows(Split(x, rng.integers(3, size=count)), affine)


def task(network: Layer, batch_size: int = 16, **changes: Any) -> Task:
    objective = Objective(network, gw.SoftmaxCrossEntropy(), gw.L2(0.01))
    settings: dict[str, Any] = {"optimizer": gw.SGD(), "schedule": gw.Constant(0.05), "dtype": "float64"}
    return Task(objective=objective, batch_size=batch_size, seed=3, **{**settings, **changes})


def assert_close(found: Array, expected: Array, tolerance: float, what: str) -> None:
    distance, size = np.linalg.norm(found - expected), np.linalg.norm(expected)
    assert distance <= tolerance * size, f"{what}: {distance / size:.1e} apart, {tolerance:.0e} allowed"


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("count", [1, 37, 600])
@pytest.mark.parametrize("name", NETWORKS)
def test_value_gradient_and_output_are_those_of_the_reference(name: str, count: int, dtype: str) -> None:
    wanted, data = task(NETWORKS[name], dtype=dtype), rows(count)
    theta = wanted.initial_state().theta
    value, grad = native.value_and_grad(wanted.objective, theta, data)
    exact = theta.astype(np.float64)
    true_value, true_grad = reference.value_and_grad(wanted.objective, exact, data)
    assert value == pytest.approx(true_value, rel=CLOSE[dtype])
    named, expected = wanted.objective.layout.named(grad), wanted.objective.layout.named(true_grad)
    for array, right in expected.items():
        assert_close(named[array], right, CLOSE[dtype], array)
    output = native.predict(wanted.objective, theta, data.split.x)
    params = wanted.objective.layout.tree(exact)
    assert_close(output, wanted.objective.network.forward(params, data.split.x)[0], CLOSE[dtype], "output")


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [1, 16, 300])
@pytest.mark.parametrize("optimizer", [gw.SGD(), gw.SGD(momentum=0.9), AdamW(epsilon=1e-3, weight_decay=0.1)])
@pytest.mark.parametrize("name", ["narrow", "wide"])
def test_an_epoch_is_the_references(name: str, optimizer: Any, batch_size: int, dtype: str) -> None:
    data = rows(307)
    wanted = task(NETWORKS[name], batch_size, dtype=dtype, optimizer=optimizer, schedule=gw.Constant(0.01))
    start = wanted.initial_state()
    ours, theirs = (engine.train_epoch(wanted, start, data).state.theta for engine in (native, reference))
    assert_close(ours - start.theta, theirs - start.theta, STEPS[dtype], "change")


@pytest.mark.parametrize("family", ["lanes", "panels", "plain"])
def test_each_family_of_kernels_has_the_gradient_of_the_interpreter(family: Family) -> None:
    wanted, data = task(NETWORKS["narrow"]), rows(23)
    theta = wanted.initial_state().theta
    model = make_model(wanted.objective, "float64", 8, family=family)
    grad = np.empty_like(theta)
    value = model.value_and_grad(theta=theta, **native.inputs(wanted.objective, data, "float64"), grad=grad)
    plan = lower(wanted.objective)
    right, right_grad = interpreter.value_and_grad(plan, theta, data.split.x, data.split.y, Mode())
    assert value == pytest.approx(right)
    assert_close(grad, right_grad, CLOSE["float64"], "gradient")


def test_what_learns_at_rate_0_keeps_its_bits_and_the_rest_moves() -> None:
    groups = (ParameterGroup("*.frequency", rate=0), ParameterGroup("0.1.weight", rate=0))
    wanted = task(NETWORKS["wide"], groups=groups, optimizer=gw.Adam())
    start = wanted.initial_state()
    before, after = (
        wanted.objective.layout.named(theta)
        for theta in (start.theta, native.train_epoch(wanted, start, rows(64)).state.theta)
    )
    still = {name for name in before if (before[name] == after[name]).all()}
    assert still == {"0.0.frequency", "0.1.weight"}


@pytest.mark.parametrize("network", [NETWORKS["wide"], NETWORKS["narrow"]])
def test_every_number_of_threads_makes_the_same_bits(network: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, data = task(network, 2000, optimizer=gw.Adam()), rows(4000)
    start, found = wanted.initial_state(), []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv(variants.THREADS, threads)
        found.append(native.train_epoch(wanted, start, data).state.theta)
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


@pytest.mark.parametrize("word", [WORDS, -1, 2.5])
def test_what_is_no_word_is_refused_before_anything_is_looked_up(word: float) -> None:
    wanted, sound = task(NETWORKS["narrow"]), rows(20)
    x = sound.split.x.copy()
    x[7, 3] = word
    data = Rows(Split(x, sound.split.y), Affine())
    with pytest.raises(DataError, match=r"Embedding\(7, 3\): expected whole numbers in 0 \.\. 6, found"):
        native.train_epoch(wanted, wanted.initial_state(), data)
    with pytest.raises(DataError, match="expected whole numbers"):
        native.predict(wanted.objective, wanted.initial_state().theta, data.split.x)


def test_waves_far_out_are_still_cosines() -> None:
    layer = gw.PeriodicEmbedding(1, frequencies=1, numbers=1)
    goal = Objective(gw.Sequential(layer, gw.Linear(2, 1)), gw.MeanSquaredError())
    theta = np.array([1.0, 0.3, 1.0, 0.0, 0.0, 1.0, 0.0])  # frequency, phase, weight, bias, then W and b
    x = np.linspace(-2000, 2000, 997)[:, None]
    output = native.predict(goal, theta, x)
    np.testing.assert_allclose(output[:, 0], np.cos(2 * np.pi * x[:, 0] + 0.3), atol=1e-11)


def test_columns_behind_other_layers_are_the_references() -> None:
    network = gw.Sequential(gw.Linear(FEATURES, FEATURES), gw.PeriodicEmbedding(FEATURES), gw.Linear(20, 3))
    with pytest.raises(
        ConfigError, match="layer 1: expected PeriodicEmbedding of the input itself for the comp"
    ):
        lower(replace(task(network).objective))
    columns = gw.Columns((gw.Scale(2),), columns=((0, 1),), features=FEATURES)
    with pytest.raises(
        ConfigError, match=r"layer 0\.0: expected one that .* \(Embedding, PeriodicEmbedding\), fo"
    ):
        lower(task(gw.Sequential(columns, gw.Linear(FEATURES, 3))).objective)
