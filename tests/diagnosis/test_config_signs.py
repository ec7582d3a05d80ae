"""Faults are planted in networks and settings, and found; sound neighbours are not accused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.diagnosis import Diagnosis, Finding, diagnose
from gradwright.diagnosis.architecture import of_network
from gradwright.diagnosis.settings import of_settings
from gradwright.nn import Layer, initializers
from gradwright.training import make_config
from gradwright.training.agreement import settle

RELU, TANH = gw.ReLU(), gw.Tanh()


def of(network: Layer, data: Dataset, **settings: Any) -> list[Finding]:
    """What is found in network and settings before a step is looked at."""
    config = settle(make_config(network=network, **settings), data)
    return [*of_network(config, data), *of_settings(config, data, (), None)]


def kinds(network: Layer, data: Dataset, **settings: Any) -> list[str]:
    return [finding.kind for finding in of(network, data, **settings)]


@pytest.fixture(scope="module")
def numbers() -> Dataset:
    """Three features, of which a number is made that lies about 0."""
    x = np.random.default_rng(0).normal(size=(300, 3))
    return Dataset.from_arrays(x, x[:, 0] * x[:, 1])


@pytest.fixture(scope="module")
def yes_or_no() -> Dataset:
    x = np.random.default_rng(0).normal(size=(300, 3))
    return Dataset.from_arrays(x, x[:, 0] > 0)


# Networks


@pytest.mark.parametrize(
    "network",
    [
        gw.mlp(2, 50, 50, 5),
        gw.Linear(2, 5),
        gw.residual_mlp(2, 20, 20, 5),
        gw.Sequential(gw.Linear(2, 20), gw.BatchNorm(20), RELU, gw.Dropout(0.5), gw.Linear(20, 5)),
        gw.Sequential(gw.Linear(2, 20, bias=False), gw.BatchNorm(20), RELU, gw.Linear(20, 5, bias=False)),
        gw.mlp(2, 4, 5),
    ],
    ids=["mlp", "linear", "residual", "batch norm", "no bias before a norm", "four units"],
)
def test_usual_networks_are_sound(network: Layer, peaks: Dataset) -> None:
    assert kinds(network, peaks) == []


@pytest.mark.parametrize(
    "between", [(), (gw.Dropout(0.2),), (gw.BatchNorm(20),)], ids=["none", "dropout", "norm"]
)
def test_linear_layers_with_nothing_that_bends_between_them_are_one(between: Any, peaks: Dataset) -> None:
    network = gw.Sequential(gw.Linear(2, 20), *between, gw.Linear(20, 5))
    (finding,) = of(network, peaks)
    assert finding.kind == "activation missing"
    assert finding.places == ("0", str(1 + len(between)))
    assert "from 2 to 5 numbers, through 20" in finding.message


@pytest.mark.parametrize("last", [gw.Sigmoid(), RELU, TANH], ids=lambda layer: type(layer).__name__)
def test_an_activation_before_a_loss_that_has_its_own(
    last: Layer, peaks: Dataset, yes_or_no: Dataset
) -> None:
    (finding,) = of(gw.Sequential(gw.Linear(2, 20), TANH, gw.Linear(20, 5), last), peaks)
    assert (finding.kind, finding.places) == ("wrong output activation", ("3",))
    assert "takes logits" in finding.message
    single = gw.Sequential(gw.Linear(3, 8), TANH, gw.Linear(8, 1), last)
    assert kinds(single, yes_or_no, loss=gw.BinaryCrossEntropy()) == ["wrong output activation"]


def test_an_activation_that_cannot_reach_the_targets(numbers: Dataset) -> None:
    network = gw.Sequential(gw.Linear(3, 8), TANH, gw.Linear(8, 1), RELU)
    (finding,) = of(network, numbers)
    assert finding.kind == "wrong output activation"
    assert finding.numbers["outside"] == pytest.approx(0.5, abs=0.1)  # half of the targets are below 0
    positive = Dataset.from_arrays(numbers.train.x, np.abs(numbers.train.y))
    assert kinds(network, positive) == []


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_layer_of_few_units_is_too_narrow(width: int, peaks: Dataset) -> None:
    (finding,) = of(gw.mlp(2, 20, width, 5), peaks)
    assert (finding.kind, finding.places) == ("too narrow", ("2",))


def test_three_units_are_enough_for_two_classes() -> None:
    assert kinds(gw.mlp(2, 3, 2), gw.data.load("swiss-roll")) == []


def test_a_network_without_any_bias(peaks: Dataset) -> None:
    network = gw.Sequential(gw.Linear(2, 20, bias=False), TANH, gw.Linear(20, 5, bias=False))
    assert kinds(network, peaks) == ["bias missing"]
    one = gw.Sequential(gw.Linear(2, 20, bias=False), TANH, gw.Linear(20, 5))
    assert kinds(one, peaks) == []


def test_dropout_of_more_than_half(peaks: Dataset) -> None:
    network = gw.Sequential(gw.Linear(2, 20), TANH, gw.Dropout(0.8), gw.Linear(20, 5))
    (finding,) = of(network, peaks)
    assert (finding.kind, finding.numbers["rate"]) == ("dropout too strong", 0.8)


# Settings


def test_a_batch_of_one_row(peaks: Dataset) -> None:
    assert kinds(gw.mlp(2, 20, 5), peaks, batch_size=1) == ["batch too small"]
    assert kinds(gw.mlp(2, 20, 5), peaks, batch_size=8) == []


def test_a_batch_of_all_rows_and_few_steps(peaks: Dataset) -> None:
    (finding,) = of(gw.mlp(2, 20, 5), peaks, batch_size=25_000, epochs=20)
    assert finding.kind == "batch too large"
    assert finding.numbers["steps"] == 20
    assert kinds(gw.mlp(2, 20, 5), peaks, batch_size=25_000, epochs=2000) == []
    assert kinds(gw.mlp(2, 20, 5), peaks, optimizer="LBFGS", epochs=20) == []


def test_more_parameters_than_rows_and_nothing_to_see_it_by(yes_or_no: Dataset) -> None:
    large = gw.mlp(3, 100, 2)
    assert kinds(large, yes_or_no, epochs=20) == ["no validation"]
    assert kinds(large, gw.data.split_off(yes_or_no, 60), epochs=20) == []


def test_a_run_of_few_steps(yes_or_no: Dataset) -> None:
    assert kinds(gw.mlp(3, 8, 2), yes_or_no, epochs=5) == ["too few epochs"]
    assert kinds(gw.mlp(3, 8, 2), yes_or_no, epochs=20) == []


def test_patience_of_an_epoch_or_two(peaks: Dataset) -> None:
    def stop(patience: int) -> list[str]:
        return kinds(gw.mlp(2, 20, 5), peaks, early_stopping=gw.EarlyStopping(patience=patience), epochs=50)

    assert stop(1) == stop(2) == ["patience too short"]
    assert stop(5) == []


@pytest.mark.parametrize("optimizer", [gw.SGD(momentum=0.995), gw.Adam(beta1=0.999)])
def test_momentum_that_never_ends(optimizer: Any, peaks: Dataset) -> None:
    assert kinds(gw.mlp(2, 20, 5), peaks, optimizer=optimizer) == ["momentum too high"]


def test_classes_as_numbers_under_squared_error() -> None:
    x = np.random.default_rng(0).normal(size=(600, 3))
    labels = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)
    (finding,) = of(gw.mlp(3, 8, 3), Dataset.from_arrays(x, np.eye(3)[labels]), loss=gw.MeanSquaredError())
    assert finding.kind == "wrong loss"
    assert "a single 1" in finding.message
    as_numbers = Dataset.from_arrays(x, labels.astype(float))
    assert kinds(gw.mlp(3, 8, 1), as_numbers) == ["wrong loss"]
    soft = Dataset.from_arrays(x, np.eye(3)[labels])
    assert kinds(gw.mlp(3, 8, 3), soft, loss=gw.SoftmaxCrossEntropy()) == []
    several = Dataset.from_arrays(x, (x > 0).astype(float))  # three answers of yes or no
    assert kinds(gw.mlp(3, 8, 3), several, loss=gw.BinaryCrossEntropy()) == []


def test_the_accuracy_of_rare_classes_misleads() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(600, 3)), (np.arange(600) % 10 == 0).astype(int)
    data = Dataset.from_arrays(x, y, validation=0.2)
    (finding,) = of(gw.mlp(3, 8, 2), data, monitor="validation.accuracy")
    assert (finding.kind, finding.places) == ("misleading metric", ("monitor",))
    assert kinds(gw.mlp(3, 8, 2), data, monitor="validation.balanced_accuracy") == []


# Settings against the first step


def test_a_rate_at_which_nothing_moves(found: Any, peaks: Dataset) -> None:
    seen: Diagnosis = found(gw.mlp(2, 20, 5), peaks, learning_rate=1e-7)
    assert seen.kinds == ("rate too low",)
    assert found(gw.mlp(2, 20, 5), peaks, learning_rate=1e-2).kinds == ()
    momentum = found(gw.mlp(2, 20, 5), peaks, learning_rate=1e-4, optimizer=gw.SGD(momentum=0.9))
    assert momentum.kinds == ()


@pytest.mark.parametrize("penalty", [gw.L2(1.0), gw.L1(1.0)])
def test_a_penalty_that_pulls_harder_than_the_loss(found: Any, peaks: Dataset, penalty: Any) -> None:
    assert "penalty too strong" in found(gw.mlp(2, 20, 5), peaks, penalty=penalty, learning_rate=1e-2).kinds
    assert found(gw.mlp(2, 20, 5), peaks, penalty=type(penalty)(1e-4)).kinds == ()


def test_a_decay_that_holds_the_weights_at_nothing(found: Any, peaks: Dataset) -> None:
    def decayed(decay: float) -> Any:
        return found(
            gw.mlp(2, 20, 5), peaks, optimizer=gw.AdamW(weight_decay=decay), learning_rate=1e-3
        ).kinds

    assert decayed(100.0) == ("penalty too strong",)
    assert decayed(0.1) == ()


def test_an_epsilon_beside_which_gradients_are_nothing(found: Any, peaks: Dataset) -> None:
    optimizer = gw.Adam(epsilon=10.0)
    assert (
        "optimizer settings" in found(gw.mlp(2, 20, 5), peaks, optimizer=optimizer, learning_rate=1e-2).kinds
    )


def test_a_head_of_zeros_tells_nothing_of_the_path(found: Any, peaks: Dataset) -> None:
    network = gw.Sequential(gw.Linear(2, 20), TANH, gw.Linear(20, 5, weight_init=initializers.Zeros()))
    assert found(network, peaks, learning_rate=1e-5).kinds == ()


def test_one_split_of_arrays_is_enough() -> None:
    data = Dataset("tiny", "", Split(np.eye(3), np.array([0, 1, 1])))
    found = diagnose(make_config(network=gw.mlp(3, 2), epochs=200), data, budget=0)
    assert found.kinds == ("no validation", "few rows")
