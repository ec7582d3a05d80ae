"""What is advised to a run that diverged was tried, and works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.errors import DivergenceError
from gradwright.nn import EVAL
from gradwright.nn.layer import Array
from gradwright.training import make_config
from gradwright.training.agreement import settle
from gradwright.training.cure import advise
from gradwright.training.job import Job
from gradwright.training.load_run import read_run


def job(data: Dataset, **settings: Any) -> Job:
    given = {"network": gw.mlp(2, 16, 16, 3, activation=gw.ReLU()), "batch_size": 16}
    return Job(settle(make_config(**{**given, **settings}), data), data)


@pytest.mark.parametrize("rate", [1e9, 1e4])
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_the_rate_that_is_advised_trains(blobs: Dataset, rate: float, engine: str) -> None:
    network = gw.mlp(2, 16, 16, 3, activation=gw.ReLU())
    settings: dict[str, Any] = {"batch_size": 16, "epochs": 20, "engine": engine, "progress": False}
    with pytest.raises(DivergenceError) as caught:
        gw.fit(network, blobs, learning_rate=rate, **settings)
    (advised,) = re.findall(r"Set learning_rate = (.*)\.$", str(caught.value))
    run = gw.fit(network, blobs, learning_rate=float(advised), **settings)
    assert run.metrics["train"]["loss"] < run.history.curve("train.loss")[0]
    assert run.metrics["validation"]["accuracy"] > 0.8  # of three classes that overlap a little


def test_advice_is_the_same_each_time(blobs: Dataset) -> None:
    assert advise(job(blobs), 1e9) == advise(job(blobs), 1e9)


def test_of_a_schedule_the_highest_rate_is_told(blobs: Dataset) -> None:
    text = advise(job(blobs, learning_rate=gw.ExponentialDecay(1e9, 0.9)), 1e9)
    assert re.search(r"1e\+09 breaks them too, and \S+ does not\. Stay at or below \S+\.$", text)


def test_where_the_rate_holds_on_a_few_steps_nothing_is_advised_but_as_a_suspicion(blobs: Dataset) -> None:
    text = advise(job(blobs), 0.01)
    assert "no trial tells what broke it" in text
    assert "suspicion" in text
    assert "Set learning_rate" not in text


@dataclass(frozen=True)
class WrongSign:
    """The identity, with the gradient of its negative: every step leads uphill."""

    def output_features(self, features: int | None) -> int | None:
        return features

    def parameters(self) -> dict[str, Any]:
        return {}

    def forward(self, _params: Any, x: Array, _mode: gw.Mode = EVAL) -> tuple[Array, None]:
        return x, None

    def backward(self, _params: Any, _cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:
        return -dy, {}


def test_where_no_rate_helps_the_rate_is_not_blamed(blobs: Dataset) -> None:
    network = gw.Sequential(gw.Linear(2, 3), WrongSign())
    assert "no rate from 100000 down to 1e-07 holds" in advise(job(blobs, network=network), 1e5)


def test_scaling_is_advised_only_where_it_allows_a_higher_rate() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=64)
    wide = Dataset("wide", "made for a test", Split(1e4 * rng.standard_normal((64, 2)), y))
    assert "Standardise them" in advise(job(wide), 1e9)
    narrow = Dataset("narrow", "made for a test", Split(rng.standard_normal((64, 2)), y))
    assert "tandardise" not in advise(job(narrow), 1e9)


def test_a_network_that_is_broken_before_its_first_step_is_told_no_rate(blobs: Dataset) -> None:
    start = gw.initializers.Normal(std=1e30)
    network = gw.Sequential(gw.Linear(2, 8, weight_init=start), gw.Linear(8, 3, weight_init=start))
    with pytest.raises(DivergenceError, match="before its first step") as caught:
        gw.fit(network, blobs, epochs=1, progress=False)
    assert "rate" not in str(caught.value)


def test_trials_leave_no_trace_in_the_folder(blobs: Dataset, tmp_path: Any) -> None:
    with pytest.raises(DivergenceError) as caught:
        gw.fit(
            gw.mlp(2, 16, 16, 3, activation=gw.ReLU()), blobs, learning_rate=1e9, batch_size=16, epochs=3,
            folder=tmp_path / "run", progress=False,
        )  # fmt: skip
    assert len(read_run(tmp_path / "run").history) >= 1
    assert read_run(tmp_path / "run").message == str(caught.value)
