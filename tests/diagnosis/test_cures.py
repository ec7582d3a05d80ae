"""Faults are planted in configs that learn; each is named by what is changed, and cured by a trial."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.diagnosis import Diagnosis, diagnose, diagnose_run
from gradwright.diagnosis.healed import healed_toml
from gradwright.errors import ConfigError
from gradwright.nn import initializers
from gradwright.nn.layer import EVAL, Array, Mode
from gradwright.training import make_config, read_config

ENOUGH = 60.0  # seconds, of which one or two are used: what is found must not hang on the machine
SOUND: dict[str, Any] = {"learning_rate": 0.1, "epochs": 40, "batch_size": 32}


def disc(rows: int = 900, seed: int = 0) -> Dataset:
    """Inside of a circle or outside: 2 features, 54 % outside."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (rows, 2))
    return Dataset.from_arrays(x, ((x**2).sum(axis=1) > 0.6).astype(int), validation=0.3)


def surface(scale: float = 1.0, of_target: float = 1.0) -> Dataset:
    """A smooth function of three features with a little noise."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(900, 3))
    y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=900)
    return Dataset.from_arrays(scale * x, of_target * y, validation=0.3)


@pytest.fixture(scope="module")
def circle() -> Dataset:
    return disc()


@pytest.fixture(scope="module")
def treat(circle: Dataset) -> Callable[..., Diagnosis]:
    def treated(network: Any, data: Dataset = circle, **settings: Any) -> Diagnosis:
        return diagnose(network, data, budget=ENOUGH, threads=2, **{**SOUND, **settings})

    return treated


NET = gw.mlp(2, 16, 16, 2)
CHAIN = (gw.Linear(2, 16), gw.Tanh(), gw.Linear(16, 2))
FAULTS: dict[str, dict[str, Any]] = {
    "rate too high": {"network": NET, "learning_rate": 5.0},
    "rate too low": {"network": NET, "learning_rate": 1e-5},
    "too few epochs": {"network": NET, "epochs": 2},
    "schedule frozen": {"network": NET, "learning_rate": gw.ExponentialDecay(0.1, 0.4)},
    "momentum too high": {"network": NET, "optimizer": gw.SGD(momentum=0.99)},
    "optimizer settings": {"network": NET, "optimizer": gw.Adam(epsilon=1e3)},
    "penalty too strong": {"network": NET, "penalty": gw.L2(0.1)},
    "equal units": {"network": gw.mlp(2, 16, 16, 2, weight_init=initializers.Zeros())},
    "activation missing": {"network": gw.Sequential(gw.Linear(2, 16), gw.Linear(16, 2))},
    "too narrow": {"network": gw.mlp(2, 1, 2)},
    "dropout too strong": {"network": gw.Sequential(*CHAIN[:2], gw.Dropout(0.9), CHAIN[2])},
    "wrong output activation": {"network": gw.Sequential(*CHAIN, gw.ReLU()), "learning_rate": 0.3},
    "vanishing gradient": {"network": gw.mlp(2, *[16] * 9, 2, activation="Sigmoid")},
    "dead units": {
        "network": gw.mlp(2, 16, 16, 2, activation="ReLU", bias_init=initializers.Constant(-9.0)),
    },
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_planted_fault_is_named_and_cured(treat: Callable[..., Diagnosis], kind: str) -> None:
    found = treat(**FAULTS[kind])
    assert not found.healthy
    assert found.causes[0].kind == kind
    assert found.causes[0].proven
    assert found.cure is not None
    effect = found.cure.effect
    assert effect.after > effect.before + 0.2
    assert effect.low > 0
    assert effect.seeds >= 5


@pytest.mark.parametrize(
    ("network", "settings"),
    [
        (NET, {}),
        (gw.mlp(2, 16, 2), {"optimizer": "Adam", "learning_rate": 0.01, "batch_size": 64}),
        (gw.mlp(2, 32, 32, 2, activation="ReLU", weight_init="HeNormal"), {"learning_rate": 0.05}),
        (NET, {"optimizer": gw.SGD(momentum=0.9), "learning_rate": 0.02}),
        (NET, {"learning_rate": gw.CosineDecay(0.2, end=0.0, duration=40)}),
    ],
    ids=["plain", "Adam", "ReLU", "momentum", "cosine"],
)
def test_a_config_that_learns_well_raises_no_alarm(
    treat: Callable[..., Diagnosis], network: Any, settings: Any
) -> None:
    found = treat(network, **settings)
    assert found.healthy, found.causes
    assert found.cure is None
    assert "none was proven to help enough to matter" in str(found)


def test_a_healed_config_reaches_what_was_promised(treat: Callable[..., Diagnosis]) -> None:
    found = treat(NET, learning_rate=5.0)
    assert found.cure is not None
    run = gw.train(found.cure.config, found.cure.data, progress=False)
    assert run.metrics["validation"]["accuracy"] == pytest.approx(found.cure.effect.after, abs=0.05)


def test_the_features_of_a_regression_are_standardised(treat: Callable[..., Diagnosis]) -> None:
    found = treat(gw.mlp(3, 24, 1), surface(scale=100.0), learning_rate=0.05)
    assert found.causes[0].kind == "inputs not scaled"
    assert "data.standardize false -> true" in found.causes[0].message
    assert "R2" in found.causes[0].message


def test_so_is_its_target(treat: Callable[..., Diagnosis]) -> None:
    found = treat(gw.mlp(3, 24, 1), surface(of_target=1e4), learning_rate=0.05)
    assert found.causes[0].kind == "target not scaled"
    assert found.cure is not None
    assert not found.cure.data.targets.is_identity


def test_two_faults_are_cured_together(treat: Callable[..., Diagnosis]) -> None:
    """Neither change helps by itself: equal units learn at no rate, and nothing learns at 1e-6."""
    zeros = gw.mlp(2, 16, 16, 2, weight_init=initializers.Zeros())
    found = treat(zeros, learning_rate=1e-6)
    assert {cause.kind for cause in found.causes if cause.proven} == {"equal units", "rate too low"}
    assert found.cure is not None
    assert found.cure.effect.after > 0.9


def test_labels_that_no_feature_explains_have_no_cure(treat: Callable[..., Diagnosis]) -> None:
    rng = np.random.default_rng(0)
    noise = Dataset.from_arrays(rng.normal(size=(600, 2)), rng.integers(2, size=600), validation=0.3)
    found = treat(NET, noise, epochs=10)
    assert found.cure is None
    assert not found.healthy
    assert [cause.kind for cause in found.causes if cause.proven] == ["features say nothing"]


def test_equal_seeds_find_the_same(treat: Callable[..., Diagnosis], circle: Dataset) -> None:
    first = treat(NET, penalty=gw.L2(0.1))
    again = diagnose(NET, circle, budget=ENOUGH, threads=1, **SOUND, penalty=gw.L2(0.1))
    assert str(first.cure) == str(again.cure)
    assert [str(each) for each in first.tried] == [str(each) for each in again.tried]


# What cannot be done, and what is said then


def test_a_budget_too_small_is_said_and_the_findings_stay(circle: Dataset) -> None:
    zeros = gw.mlp(2, 16, 16, 2, weight_init=initializers.Zeros())
    found = diagnose(zeros, circle, budget=1e-3, **SOUND)
    assert found.kinds == ("symmetric",)
    assert found.cure is None
    assert not found.healthy
    assert not found.causes[0].proven
    assert "too small" in str(found)


def test_rows_are_held_out_where_there_are_none_for_validation() -> None:
    rows = disc().train
    found = diagnose(NET, Dataset("alone", "", rows), budget=ENOUGH, **SOUND | {"learning_rate": 5.0})
    assert found.causes[0].kind == "rate too high"
    assert "held out" in found.notes[0]
    assert "held-out accuracy" in str(found.cure)
    assert found.cure is not None
    assert found.cure.data.validation is None


def test_the_test_rows_stay_sealed(circle: Dataset) -> None:
    """They hold no number that a network could answer: a look at them would break the trial."""
    sealed = Split(np.full((5, 2), 1e30), np.zeros(5, int))
    data = Dataset("sealed", "", circle.train, circle.validation, sealed)
    assert diagnose(NET, data, budget=ENOUGH, **SOUND).healthy


@pytest.mark.parametrize("budget", [-1.0, float("nan"), float("inf")])
def test_a_budget_that_cannot_be_is_refused(circle: Dataset, budget: float) -> None:
    with pytest.raises(ConfigError, match="budget"):
        diagnose(NET, circle, budget=budget)


def test_a_config_has_its_settings_already(circle: Dataset) -> None:
    with pytest.raises(ConfigError, match="epochs"):
        diagnose(make_config(network=NET), circle, epochs=3)


# Doors


def test_a_run_is_asked_itself(circle: Dataset) -> None:
    run = gw.fit(NET, circle, progress=False, **SOUND | {"learning_rate": 1e-6})
    found = run.diagnose(circle, budget=ENOUGH)
    assert found.when == "after"
    assert found.causes[0].kind == "rate too low"
    assert "nothing learned" in diagnose_run(run, circle, budget=0).kinds


def test_it_is_plain_data(treat: Callable[..., Diagnosis]) -> None:
    plain = json.loads(json.dumps(treat(NET, learning_rate=5.0).to_dict()))
    assert plain["causes"][0]["kind"] == "rate too high"
    assert plain["cure"]["changes"][0]["setting"] == "learning_rate"
    assert plain["cure"]["effect"]["seeds"] == 5
    assert {"changes", "effect", "helped", "kinds"} <= plain["tried"][0].keys()


def test_the_healed_config_is_read_back_and_says_what_it_was(
    treat: Callable[..., Diagnosis], tmp_path: Path
) -> None:
    found = treat(NET, learning_rate=5.0)
    text = healed_toml(found)
    assert "# learning_rate: was 5\n" in text
    path = tmp_path / "healed.toml"
    path.write_text(text)
    assert found.cure is not None
    assert read_config(path) == found.cure.config


def test_there_is_nothing_to_write_of_a_healthy_one(found: Callable[..., Diagnosis], circle: Dataset) -> None:
    with pytest.raises(ConfigError, match="no cure"):
        healed_toml(found(NET, circle))


def test_an_input_that_float32_does_not_hold_is_a_fact(circle: Dataset) -> None:
    x = np.array(circle.train.x)
    x[3, 1] = 1e39
    data = Dataset("far", "", Split(x, circle.train.y), circle.validation)
    found = diagnose(NET, data, budget=ENOUGH, **SOUND)
    assert not found.healthy
    assert found.causes[0].kind == "input not finite"
    assert found.causes[0].places == ("train",)
    assert found.tried == ()
    kinds = diagnose(NET, data, budget=0, **SOUND, dtype="float64").kinds
    assert "input not finite" not in kinds


@dataclass(frozen=True)
class Pressing(gw.Elementwise):
    """The identity, in whose first training somebody presses Ctrl-C."""

    pressed: ClassVar[list[bool]] = []

    def forward(self, params: Any, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:  # noqa: ARG002
        if threading.current_thread() is not threading.main_thread() and not self.pressed:
            self.pressed.append(True)
            os.kill(os.getpid(), signal.SIGINT)
        return x.copy(), None

    def backward(self, params: Any, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:  # noqa: ARG002
        return dy, {}


def test_ctrl_c_ends_the_trials_and_tells_what_was_found(circle: Dataset) -> None:
    first, last = (gw.Linear(*size, weight_init=initializers.Zeros()) for size in ((2, 8), (8, 2)))
    network = gw.Sequential(first, Pressing(), gw.Tanh(), last)
    found = diagnose(network, circle, budget=ENOUGH, **SOUND)
    assert "Interrupted" in found.notes[-1]
    assert found.kinds[0] == "symmetric"
    assert found.cure is None
