"""A run beside the baselines: whether it learned, and what its history says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.diagnosis.examine import examine_run
from gradwright.errors import ConfigError
from gradwright.nn import initializers

Train = Callable[..., gw.Run]
POSITIVE = initializers.Uniform(0, 1)


@pytest.fixture(scope="module")
def train(peaks: Dataset) -> Train:
    def run(network: Any, **settings: Any) -> gw.Run:
        given = {"learning_rate": 0.1, "batch_size": 32, "epochs": 3, "progress": False}
        return gw.fit(network, peaks, **{**given, **settings})

    return run


def test_a_run_that_learned_is_healthy(train: Train, peaks: Dataset) -> None:
    run = train(gw.mlp(2, 50, 5), keep="best")
    found = examine_run(run, peaks)
    assert found.findings == ()
    assert [level.name for level in found.reached] == [
        "run, epoch 0 (2,000 training rows)",
        f"run, epoch {run.history.best('validation.loss')}, best by validation.loss (2,000 training rows)",
        "run, as kept (best of 3 epochs)",
    ]
    assert found.reached[0].metrics["train"] == run.history[0].train
    assert found.reached[-1].metrics["validation"] == run.metrics["validation"]
    assert set(found.reached[-1].metrics) == {"train", "validation"}
    assert found.arrays[0].first_step is None


def test_a_loss_that_is_ln_k_is_called_so(train: Train, peaks: Dataset) -> None:
    found = examine_run(train(gw.mlp(2, 8, 5, weight_init=initializers.Zeros())), peaks)
    assert found.kinds == ("nothing learned", "symmetric", "flat from the start", "one answer")
    assert "is that of the even guess (ln 5), 1.609: nothing was learned" in found.findings[0].message


def test_a_loss_above_that_of_a_constant_is_called_so(train: Train, peaks: Dataset) -> None:
    """U(0, 1) starts above ln 5, and such a rate does not change that; saturation is named as the cause."""
    network = gw.mlp(2, 50, 50, 50, 5, weight_init=POSITIVE, bias_init=POSITIVE)
    found = examine_run(train(network, learning_rate=1e-7, epochs=1), peaks)
    assert "is above that of the class shares (label entropy)" in found.findings[0].message
    assert {"nothing learned", "saturated", "vanishing", "flat from the start"} <= set(found.kinds)


def test_a_run_that_stays_behind_the_linear_model_is_named(train: Train, peaks: Dataset) -> None:
    found = examine_run(train(gw.Linear(2, 5), learning_rate=0.001, epochs=3), peaks)
    assert found.kinds == ("behind the linear model",)
    assert "% of the way" in found.findings[0].message
    arrived = examine_run(train(gw.Linear(2, 5), epochs=3), peaks)
    assert arrived.findings == ()


def test_saturation_in_a_network_that_has_learned_is_no_fault(train: Train, peaks: Dataset) -> None:
    run = train(gw.mlp(2, 50, 5), epochs=3)
    steep = run.theta.copy()
    steep[:150] *= 40  # the first layer as a set of steps
    run = replace(run, theta=steep)
    found = examine_run(run, peaks)
    assert (found.layers[1].saturated or 0) > 0.5
    assert found.findings == ()


def test_dead_units_are_named_only_where_they_are_the_cause(train: Train, peaks: Dataset) -> None:
    network = gw.mlp(2, 50, 5, activation=gw.ReLU(), weight_init=initializers.HeNormal())
    run = train(network, epochs=5, learning_rate=0.2)
    spare = gw.mlp(2, 200, 5, activation=gw.ReLU())  # the same, and 150 units that are never on
    arrays = {
        "0.weight": np.pad(run.parameters["0.weight"], ((0, 0), (0, 150)), constant_values=1e-3),
        "0.bias": np.pad(run.parameters["0.bias"], (0, 150), constant_values=-100.0),
        "2.weight": np.pad(run.parameters["2.weight"], ((0, 150), (0, 0)), constant_values=1.0),
        "2.bias": run.parameters["2.bias"],
    }
    arrays["0.weight"] += np.linspace(0, 1e-4, 200)  # no two alike
    wide = replace(
        run,
        config=run.config.model_copy(update={"network": spare}),
        theta=gw.ParameterLayout.of(spare).from_named(arrays),
    )
    found = examine_run(wide, peaks)
    assert found.layers[1].dead == 0.75
    assert "dead" not in found.kinds
    off = gw.Linear(2, 9, bias_init=initializers.Constant(-100.0))
    dead = train(gw.Sequential(off, gw.ReLU(), gw.Linear(9, 5)))
    assert examine_run(dead, peaks).kinds[:2] == ("nothing learned", "dead")


def test_the_rates_are_those_of_the_epochs_that_happened(train: Train, peaks: Dataset) -> None:
    run = train(gw.mlp(2, 8, 5), learning_rate=gw.ExponentialDecay(0.1, 0.5), epochs=3)
    found = examine_run(replace(run, history=replace(run.history, epochs=run.history.epochs[:3])), peaks)
    assert found.rates is not None
    assert (found.rates.epochs, found.rates.last) == (2, 0.05)


def test_a_frozen_run_is_found(train: Train, peaks: Dataset) -> None:
    found = examine_run(train(gw.mlp(2, 8, 5), learning_rate=gw.ExponentialDecay(0.1, 1e-4)), peaks)
    assert "frozen" in found.kinds


def test_other_data_are_refused(train: Train) -> None:
    with pytest.raises(ConfigError, match="expected the data of the run"):
        examine_run(train(gw.Linear(2, 5), epochs=0), gw.data.load("swiss-roll"))


def test_data_are_found_by_the_config(tmp_path: Path) -> None:
    data = gw.data.load("line")
    settings: dict[str, Any] = {"loss": gw.MeanSquaredError(), "learning_rate": 1e-3, "epochs": 2}
    run = gw.fit(gw.Linear(1, 1), data, progress=False, **settings)
    with pytest.raises(ConfigError, match=r"data\.name"):
        examine_run(run)
    named = run.config.model_copy(update={"data": gw.training.DataConfig(name="line")})
    assert examine_run(replace(run, config=named), data_dir=tmp_path).data == "line"
