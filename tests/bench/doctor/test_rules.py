"""The rules of published tools fire on their own symptom, and on nothing else that they do not look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright.bench.doctor.bases import BASES
from gradwright.bench.doctor.faults import of_data, of_descent, of_network, of_signal
from gradwright.bench.doctor.rules import autotrainer, deeplocalize, umlaut
from gradwright.bench.doctor.trace import STEPS, Trace, trace
from gradwright.bench.doctor.trial import Training
from gradwright.nn import Dropout, Linear, Sequential, Tanh

SOUND = trace(BASES["circle-mlp"].training())
SICK = replace(SOUND, train_accuracies=(0.5,) * 20, validation_accuracies=(0.5,) * 20)


def said(alarms: Any) -> list[str]:
    return [alarm.rule for alarm in alarms]


def with_gradients(seen: Trace, change: Any) -> Trace:
    """The trace with other gradients: ``change(k, gradient)`` of the k-th array."""

    def changed(look: Any) -> Any:
        arrays = {name: change(k, g) for k, (name, g) in enumerate(look.gradients.items())}
        return replace(look, gradients=arrays)

    return replace(seen, epochs=tuple(map(changed, seen.epochs)), steps=tuple(map(changed, seen.steps)))


def test_a_trace_has_what_rules_ask_for() -> None:
    assert len(SOUND.steps) == STEPS
    assert len(SOUND.train_losses) == SOUND.config.epochs
    assert SOUND.train_losses[-1] < SOUND.train_losses[0]
    assert SOUND.validation_accuracies[-1] > 0.95
    assert set(SOUND.epochs[0].gradients) == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_steps_are_those_of_the_run() -> None:
    training = BASES["blob-mlp"].training()
    short = Training(training.config.model_copy(update={"epochs": 1}), training.data)
    seen = trace(short)
    assert seen.steps[-1].loss < seen.steps[0].loss  # 22 steps of its one epoch
    assert len(seen.steps) == 22


def test_autotrainer_is_silent_where_training_goes_well() -> None:
    assert autotrainer(SOUND) == ()


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("vanishing gradient", lambda k, g: g * (1e-12 if k < 2 else 1.0)),
        ("exploding gradient", lambda k, g: g * (1e6 if k < 2 else 1.0)),
        ("dying ReLU", lambda _, g: g * 0.0),
    ],
)
def test_autotrainer_looks_at_gradients_where_accuracy_is_low(rule: str, change: Any) -> None:
    assert rule in said(autotrainer(with_gradients(SICK, change)))
    assert rule not in said(autotrainer(SICK))


def test_autotrainer_calls_what_does_not_move_slow() -> None:
    assert said(autotrainer(SICK)) == ["slow convergence"]


def test_autotrainer_sees_oscillation_and_divergence() -> None:
    swinging = replace(SOUND, train_accuracies=(0.9, 0.5) * 20, validation_accuracies=(0.9, 0.5) * 20)
    assert "oscillation" in said(autotrainer(swinging))
    lost = replace(SOUND, train_losses=(*SOUND.train_losses[:-1], float("nan")))
    assert "exploding gradient" in said(autotrainer(lost))


def test_autotrainer_sees_loud_data_a_bent_end_and_a_wrong_loss() -> None:
    sound, rng = BASES["circle-mlp"].training(), np.random.default_rng(0)
    loud = of_data.unscaled(sound, "times 1000", rng)
    flat = Training(
        loud.config.model_copy(update={"network": Sequential(Linear(2, 8), Linear(8, 2))}), loud.data
    )
    assert "abnormal data" in said(autotrainer(trace(flat)))
    bent = of_network.bent_at_the_end(sound, "ReLU", rng)
    uphill = of_descent.uphill(sound, "likelihood", rng)
    assert bent is not None
    assert uphill is not None
    stuck = {"train_accuracies": (0.5,) * 20, "validation_accuracies": (0.5,) * 20}
    assert said(autotrainer(replace(trace(bent), **stuck))) == ["wrong output activation"]  # type: ignore[arg-type]
    assert "wrong loss" in said(autotrainer(trace(uphill)))


def test_umlaut_alarms_on_standardised_inputs() -> None:
    assert "input not normalised" in said(umlaut(SOUND))  # beyond -1 .. 1, which they always are


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("missing activation", {"network": Sequential(Linear(2, 8), Linear(8, 2))}),
        ("nonlinear last layer", {"network": Sequential(Linear(2, 2), Tanh())}),
        ("high dropout", {"network": Sequential(Linear(2, 8), Dropout(0.6), Tanh(), Linear(8, 2))}),
    ],
)
def test_umlaut_looks_at_the_model(rule: str, changes: dict[str, Any]) -> None:
    small = replace(SOUND, inputs=SOUND.inputs / 100)
    assert rule not in said(umlaut(small))
    assert rule in said(umlaut(replace(small, config=small.config.model_copy(update=changes))))


def test_umlaut_looks_at_rates_losses_and_accuracies() -> None:
    small = replace(SOUND, inputs=SOUND.inputs / 100)
    quiet = {"train_losses": (1.0, 0.5, 0.4), "validation_losses": (1.0, 0.5, 0.4)}
    calm = replace(small, **quiet, train_accuracies=(0.5,) * 5, validation_accuracies=(0.5,) * 5)  # type: ignore[arg-type]
    assert said(umlaut(calm)) == ["high learning rate"]  # 0.03, above its 0.01
    assert "overfitting" in said(umlaut(replace(calm, validation_losses=(1.0, 0.5, 0.6))))
    sure = replace(calm, validation_accuracies=(0.5, 0.5, 0.5, 0.97, 0.97))
    assert "high validation accuracy" in said(umlaut(sure))
    slow = calm.config.model_copy(update={"learning_rate": _constant(1e-9)})
    assert "low learning rate" in said(umlaut(replace(calm, config=slow)))


def _constant(rate: float) -> Any:
    from gradwright.optim import Constant

    return Constant(rate)


def test_a_training_that_never_begins_has_a_trace() -> None:
    broken = of_data.overflowing(BASES["blob-mlp"].training(), 0.05, np.random.default_rng(0))
    with np.errstate(over="ignore"):
        seen = trace(broken)
    assert np.isnan(seen.train_losses).all()
    assert "exploding gradient" in said(autotrainer(seen))


def test_deeplocalize_names_the_layer_whose_outputs_are_all_zero() -> None:
    sound = BASES["peaks-deep"].training()
    dead = of_signal.negative_biases(sound, 30.0, np.random.default_rng(0))
    assert dead is not None
    short = Training(dead.config.model_copy(update={"epochs": 2}), dead.data)
    (alarm,) = deeplocalize(trace(short))
    assert (alarm.rule, alarm.place) == ("forward", "1")


def test_deeplocalize_alarms_on_five_equal_accuracies() -> None:
    looks = tuple(replace(look, accuracy=1.0) for look in SOUND.steps)
    assert said(deeplocalize(replace(SOUND, steps=looks))) == ["learning"]
    moving = tuple(replace(look, accuracy=k / 100) for k, look in enumerate(SOUND.steps))
    assert deeplocalize(replace(SOUND, steps=moving)) == ()


def test_deeplocalize_ends_at_what_is_not_finite() -> None:
    looks = (*SOUND.steps[:3], replace(SOUND.steps[3], loss=float("inf")))
    assert said(deeplocalize(replace(SOUND, steps=looks))) == ["learning"]
