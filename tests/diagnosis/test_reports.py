"""What went wrong in the five source reports without their noticing is named, and cured, on smaller data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, subset
from gradwright.diagnosis import Diagnosis, diagnose
from gradwright.nn import initializers
from gradwright.nn.layer import EVAL, Array, Mode
from gradwright.reproductions.mistakes import CompoundDecay, divided_twice

ENOUGH = 60.0  # seconds, of which a few are used
POSITIVE = initializers.Uniform(0, 1)


@pytest.fixture(scope="module")
def few(peaks: Dataset) -> Dataset:
    """2,500 of the rows of peaks to train on, and 1,500 others; the file has them class by class."""
    rows = subset(peaks, 4000, np.random.default_rng(0)).train
    return Dataset.from_arrays(rows.x, rows.y, validation=1500)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """Ten classes of 64 bytes: a pattern for each class under noise, not scaled, as the report had them."""
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=1000)
    x = (rng.integers(256, size=(10, 64))[labels] + rng.integers(256, size=(1000, 64))) // 2
    return Dataset.from_arrays(x.astype(np.uint8), labels, validation=0.3)


def treat(network: Any, data: Dataset, **settings: Any) -> Diagnosis:
    return diagnose(network, data, budget=ENOUGH, threads=2, **settings)


def named(found: Diagnosis) -> set[str]:
    """What was proven."""
    return {cause.kind for cause in found.causes if cause.proven}


def test_the_saturated_start_of_s1(few: Dataset) -> None:
    network = gw.mlp(2, 50, 50, 50, 5, weight_init=POSITIVE, bias_init=POSITIVE)
    found = treat(network, few, learning_rate=0.01, batch_size=16, epochs=30)
    assert found.causes[0].kind == "saturated units"
    assert {"saturated", "vanishing"} <= set(found.causes[0].explains)
    assert found.cure is not None
    assert found.cure.effect.after > found.cure.effect.before + 0.2


def test_the_exploding_start_of_s3(digits: Dataset) -> None:
    network = gw.mlp(64, 64, 64, 10, activation="ReLU", weight_init=initializers.Normal(1.0))
    found = treat(network, digits, learning_rate=0.1, batch_size=100, epochs=10)
    assert named(found) & {"exploding gradient", "dead units", "inputs not scaled"}
    assert found.cure is not None
    assert found.cure.effect.after > 0.9


def test_the_gradient_that_s3_divided_twice(few: Dataset) -> None:
    """By a batch of 100: the rate is a hundredth of what it says, and a decay a hundred times as strong."""
    rate, penalty = divided_twice(0.1, 1e-3, 100)
    found = treat(gw.mlp(2, 50, 5), few, learning_rate=rate, penalty=penalty, batch_size=100, epochs=40)
    assert named(found) == {"rate too low", "penalty too strong"}
    assert found.cure is not None
    assert found.cure.effect.after > found.cure.effect.before + 0.2


def test_the_zeros_of_s3(few: Dataset) -> None:
    network = gw.mlp(2, 32, 32, 5, weight_init=initializers.Zeros())
    found = treat(network, few, learning_rate=0.1, epochs=20)
    assert found.causes[0].kind == "equal units"


def test_the_grid_of_s0_that_did_not_converge(few: Dataset) -> None:
    """Softmax regression at 1e-4 in batches of 128: its loss of 1.65 is above that of a guess, 1.609."""
    found = treat(gw.Linear(2, 5), few, learning_rate=1e-4, batch_size=128, epochs=20)
    assert found.causes[0].kind == "rate too low"
    assert found.cure is not None
    assert found.cure.effect.after > 0.5


def test_the_schedule_of_s1_that_froze(few: Dataset) -> None:
    """The rate of epoch i was decayed i times over: with 0.8 all epochs are worth 2.5."""
    found = treat(gw.mlp(2, 50, 5), few, learning_rate=CompoundDecay(0.1, 0.8), epochs=100)
    assert "schedule frozen" in named(found)
    assert "frozen" in found.causes[0].explains


@dataclass(eq=False)
class Accumulating(gw.Elementwise):
    """S2's hidden sums: what a call leaves is added to in the next one."""

    kept: list[Array] = field(default_factory=list)

    def forward(self, params: Any, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:  # noqa: ARG002
        before = self.kept.pop() if self.kept else np.zeros(x.shape[1])
        self.kept.append(before + x.sum(axis=0))
        return (x + before).astype(x.dtype), None

    def backward(self, params: Any, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:  # noqa: ARG002
        return dy, {}


def test_the_buffer_of_s2_that_accumulated() -> None:
    """Its loss stayed at the entropy of the labels; without the buffer the same settings learn."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(800, 2))
    labels = (x @ [[1.0, 0.5], [1.0, 0.2]] * x).sum(axis=1) > 0.6
    data = Dataset.from_arrays(x, labels.astype(int), validation=0.3)
    settings: dict[str, Any] = {"learning_rate": 0.3, "batch_size": 4, "epochs": 30}
    found = treat(
        gw.Sequential(gw.Linear(2, 8), Accumulating(), gw.Sigmoid(), gw.Linear(8, 2)), data, **settings
    )
    assert not found.healthy
    assert found.causes[0].kind == "layer with memory"
    assert found.causes[0].places == ("1",)
    assert treat(gw.mlp(2, 8, 2, activation="Sigmoid"), data, **settings).healthy
