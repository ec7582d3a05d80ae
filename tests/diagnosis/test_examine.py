"""Known faults are planted in configs, and found by name and place; sound configs are left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.diagnosis import Diagnosis, Finding, diagnose
from gradwright.errors import ShapeError
from gradwright.nn import initializers
from gradwright.training import load_data, read_config

Diagnose = Callable[..., Diagnosis]

EXAMPLES = Path(__file__).parents[2] / "examples"
POSITIVE = initializers.Uniform(0, 1)
S1 = gw.mlp(2, 50, 50, 50, 5, weight_init=POSITIVE, bias_init=POSITIVE)
RELU = gw.ReLU()


def finding(found: Diagnosis, kind: str) -> Finding:
    """The one finding of a kind."""
    [each] = [each for each in found.findings if each.kind == kind]
    return each


# Sound configs


@pytest.mark.parametrize("name", ["peaks", "gmm", "swiss-roll", "quadratic", "line"])
def test_the_examples_are_healthy(name: str) -> None:
    config = read_config(EXAMPLES / f"{name}.toml")
    found = diagnose(config, load_data(config), budget=0)
    assert found.findings == ()
    assert "Nothing is wrong" in str(found)


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_the_examples_on_images_are_healthy(real_data: Path, name: str) -> None:
    config = read_config(EXAMPLES / f"{name}.toml")
    if gw.data.catalog.stored_at(name, real_data) is None:
        pytest.skip(f"needs {name} in the folder with the real data")
    data = load_data(config, real_data)
    rows = Split(data.train.x[:4000], data.train.y[:4000])  # enough for the layers
    few = Dataset(name, "", rows, data.validation, classes=data.classes, features=data.features)
    assert diagnose(config, few, budget=0).findings == ()


@pytest.mark.parametrize("depth", [1, 4, 12])
@pytest.mark.parametrize(
    ("activation", "start"),
    [(gw.Tanh(), initializers.GlorotUniform()), (RELU, initializers.HeNormal())],
    ids=["Glorot", "He"],
)
def test_glorot_and_he_are_healthy_at_any_depth(
    found: Diagnose, peaks: Dataset, activation: Any, start: Any, depth: int
) -> None:
    network = gw.mlp(2, *[50] * depth, 5, activation=activation, weight_init=start)
    assert found(network, peaks).kinds == ()


def test_a_head_of_zeros_is_healthy(found: Diagnose, peaks: Dataset) -> None:
    """It lets nothing through in the first step alone."""
    head = gw.Linear(50, 5, weight_init=initializers.Zeros())
    assert found(gw.Sequential(gw.Linear(2, 50), gw.Tanh(), head), peaks).kinds == ()


def test_softmax_regression_from_zero_is_healthy(found: Diagnose, peaks: Dataset) -> None:
    assert found(gw.Linear(2, 5, weight_init=initializers.Zeros()), peaks).kinds == ()


# Planted faults


def test_positive_weights_saturate_and_starve_the_network_of_s1(found: Diagnose, peaks: Dataset) -> None:
    """Over seeds 87 to 89 % and 99 % of the second and third layer's outputs lie beyond 0.99."""
    seen = found(S1, peaks)
    shares = [row.saturated for row in seen.layers if row.saturated is not None]
    assert shares[0] < 0.1
    assert 0.84 < shares[1] < 0.92
    assert shares[2] > 0.98
    assert finding(seen, "saturated").places == ("3", "5")
    assert "GlorotUniform" in finding(seen, "saturated").advice
    assert set(finding(seen, "vanishing").places) >= {"2", "4"}
    weights = {row.name: row.gradient for row in seen.arrays if row.name.endswith("weight")}
    assert max(weights["2.weight"], weights["4.weight"]) < weights["6.weight"] / 50
    assert set(seen.kinds) == {"saturated", "vanishing"}


def test_zeros_are_symmetric(found: Diagnose, peaks: Dataset) -> None:
    seen = found(gw.mlp(2, 8, 8, 5, weight_init=initializers.Zeros()), peaks)
    assert seen.kinds == ("symmetric",)
    assert {"0", "2"} <= set(finding(seen, "symmetric").places)
    assert "at random" in finding(seen, "symmetric").advice


def test_constants_are_symmetric_in_every_block(found: Diagnose, peaks: Dataset) -> None:
    seen = found(gw.residual_mlp(2, 6, 6, 5, weight_init=initializers.Constant(0.1)), peaks)
    assert {"0.0.0", "0.0.1.0", "1.0.0", "1.0.1.0"} <= set(finding(seen, "symmetric").places)


def test_large_biases_below_zero_kill_every_relu(found: Diagnose, peaks: Dataset) -> None:
    network = gw.Sequential(gw.Linear(2, 20, bias_init=initializers.Constant(-100.0)), RELU, gw.Linear(20, 5))
    seen = found(network, peaks)
    assert seen.kinds == ("dead",)
    assert finding(seen, "dead").places == ("1",)
    assert "100.0%" in finding(seen, "dead").message
    assert "HeNormal" in finding(seen, "dead").advice


def test_normal_weights_explode_on_raw_pixels(found: Diagnose, pixels: Dataset) -> None:
    """S3's 784-512-512-10 with N(0, 1): each layer multiplies the signal by sqrt(512 / 2) = 16."""
    network = gw.mlp(784, 512, 512, 10, activation=RELU, weight_init=initializers.Normal(1.0))
    seen = found(network, pixels, learning_rate=1e-9)
    assert seen.kinds[0] == "exploding"
    assert {"rate too low", "inputs not scaled"} < set(seen.kinds)  # a rate of 1e-9
    places = [each.places for each in seen.findings]
    assert ("0",) in places  # the signal
    assert ("4",) in places  # the loss
    assert "standardise" in seen.findings[0].advice
    first, *_, last = [row for row in seen.layers if row.kind == "Linear"]
    assert first.signal / last.signal == pytest.approx(256, rel=0.5)  # one draw of 512 units


def test_a_step_that_is_longer_than_the_weight_is_found(found: Diagnose, pixels: Dataset) -> None:
    network = gw.mlp(784, 32, 10, activation=RELU, weight_init=initializers.HeNormal())
    seen = found(network, pixels, learning_rate=10.0)
    assert "first step" in seen.kinds
    assert "clip_norm" in finding(seen, "first step").advice
    clipped = found(network, pixels, learning_rate=10.0, clip_norm=0.01)
    assert "first step" not in clipped.kinds


def test_a_deep_chain_of_sigmoids_lets_the_gradient_vanish(found: Diagnose, peaks: Dataset) -> None:
    """A sigmoid passes a quarter at most, so its first layers get next to nothing."""
    seen = found(gw.mlp(2, *[20] * 6, 5, activation=gw.Sigmoid()), peaks)
    assert seen.kinds == ("vanishing",)
    assert finding(seen, "vanishing").places[0] == "0"
    assert "A sigmoid passes a quarter" in finding(seen, "vanishing").advice
    skips = gw.Sequential(
        gw.Linear(2, 20),
        *[gw.Residual(gw.Sequential(gw.Linear(20, 20), gw.Sigmoid())) for _ in range(5)],
        gw.Linear(20, 5),
    )
    assert "vanishing" not in found(skips, peaks).kinds


@pytest.mark.filterwarnings("error")
def test_overflow_is_named_where_it_begins(found: Diagnose, peaks: Dataset) -> None:
    network = gw.mlp(2, 8, 8, 5, activation=RELU, weight_init=initializers.Normal(1e200))
    seen = found(network, peaks, dtype="float64")
    assert seen.kinds[0] == "not finite"
    assert finding(seen, "not finite").places == ("2",)


def test_a_decay_that_dies_out_is_found(found: Diagnose, peaks: Dataset) -> None:
    seen = found(gw.mlp(2, 8, 5), peaks, learning_rate=gw.ExponentialDecay(0.1, 0.5), epochs=100)
    assert seen.kinds == ("frozen",)


# The value


def test_the_start_is_that_of_the_run(found: Diagnose, peaks: Dataset) -> None:
    """The weights are those that training draws, and the loss is that of its epoch 0 but for the sample."""
    network = gw.mlp(2, 8, 5)
    start = gw.fit(network, peaks, progress=False, seed=3, epochs=0)
    seen = found(network, peaks, seed=3)
    whole, sample = start.history.curve("train.loss")[0], seen.reached[0].loss
    assert sample == pytest.approx(whole, abs=0.05)  # losses of rows spread by about 1: 4 / sqrt(2048) = 0.09
    initial = seen.arrays[0].norm
    assert initial == pytest.approx(float(np.linalg.norm(start.parameters["0.weight"])), rel=1e-6)  # float32


def test_rows_come_from_all_over_a_sorted_file(found: Diagnose) -> None:
    """The first rows of a sorted file are of one class; those that training visits first are not."""
    y = np.repeat([0, 1], 5000)
    data = Dataset("sorted", "", Split(np.ones((10_000, 1)), y))
    seen = found(gw.Linear(1, 2, weight_init=initializers.Zeros()), data)  # which answers 0 to everything
    assert seen.rows == 2048
    accuracy = seen.reached[0].metrics["train"]["accuracy"]
    assert accuracy == pytest.approx(0.5, abs=0.05)  # 4.5 standard deviations of 2048 tosses


def test_it_is_plain_data_and_text(found: Diagnose, peaks: Dataset) -> None:
    seen = found(S1, peaks)
    plain = json.loads(json.dumps(seen.to_dict()))
    assert plain["healthy"] is False
    assert [each["kind"] for each in plain["findings"]] == list(seen.kinds)
    assert plain["layers"][3]["saturated"] == seen.layers[3].saturated
    assert plain["baselines"][0]["name"] == "even guess (ln 5)"
    assert plain["learning_rate"]["worth"] == pytest.approx(10)
    text = str(seen)
    for word in ("Layers", "Parameters", "Learning rate", "What a loss means here", "vanishing: "):
        assert word in text


def test_a_config_that_makes_no_step_has_no_rates(found: Diagnose, peaks: Dataset) -> None:
    seen = found(gw.mlp(2, 8, 5), peaks, epochs=0)
    assert seen.rates is None
    assert "No step is made." in str(seen)
    assert "first step" not in str(seen)


def test_a_regression_has_no_guess_and_no_accuracy(found: Diagnose) -> None:
    data = gw.data.load("line")
    seen = found(gw.Linear(1, 1), data, loss=gw.MeanSquaredError(), learning_rate=1e-4)
    assert [level.name for level in seen.baselines.levels] == [
        "mean target (variance)",
        "linear model (least squares)",
    ]
    assert "accuracy" not in str(seen)
    robust = found(gw.Linear(1, 1), data, loss=gw.Huber(), learning_rate=1e-4)
    assert [level.name for level in robust.baselines.levels] == ["best constant", "linear model (L-BFGS)"]


def test_yes_or_no(found: Diagnose) -> None:
    data = gw.data.load("swiss-roll")
    seen = found(gw.mlp(2, 8, 1), data, loss=gw.BinaryCrossEntropy())
    assert seen.baselines.levels[0].name == "even guess (ln 2)"
    assert seen.baselines.levels[0].loss == pytest.approx(np.log(2))
    assert seen.kinds == ()


def test_a_penalty_is_in_the_step_and_not_in_the_gradient(found: Diagnose, peaks: Dataset) -> None:
    plain = found(gw.mlp(2, 8, 5), peaks).arrays[0]
    penalized = found(gw.mlp(2, 8, 5), peaks, penalty=gw.L2(10.0)).arrays[0]
    assert penalized.gradient == plain.gradient
    assert penalized.first_step is not None
    assert penalized.first_step > 1 > (plain.first_step or 0)  # 0.1 * 2 * 10 w is twice w


def test_sizes_that_do_not_meet_are_refused(peaks: Dataset) -> None:
    with pytest.raises(ShapeError, match="does not fit the data"):
        diagnose(gw.mlp(3, 5), peaks)
