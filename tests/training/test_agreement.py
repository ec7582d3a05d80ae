"""The loss follows the targets, and nothing trains on what nobody can have meant."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import GradwrightError
from gradwright.nn.layer import Array

X: Array = np.random.default_rng(0).standard_normal((60, 3))
LABELS: Array = np.arange(60) % 3
FLOATS: Array = X @ np.array([1.0, -2.0, 0.5])
PAIRS: Array = np.stack([FLOATS, -FLOATS], axis=1)
SHARES: Array = np.eye(3)[LABELS]
FINE: dict[str, Any] = {"epochs": 1, "progress": False}


@pytest.mark.parametrize(
    ("target", "outputs", "loss"),
    [
        (LABELS, 3, gw.SoftmaxCrossEntropy()),
        (np.array(["red", "green", "blue"])[LABELS], 3, gw.SoftmaxCrossEntropy()),
        (LABELS == 1, 2, gw.SoftmaxCrossEntropy()),
        (FLOATS, 1, gw.MeanSquaredError()),
        (FLOATS[:, None], 1, gw.MeanSquaredError()),
        (PAIRS, 2, gw.MeanSquaredError()),
        (LABELS.astype(float), 1, gw.MeanSquaredError()),
    ],
    ids=["integers", "texts", "truths", "floats", "a column", "columns", "whole floats"],
)
def test_the_loss_follows_the_target(target: Array, outputs: int, loss: object) -> None:
    run = gw.fit(gw.Linear(3, outputs), (X, target), **FINE)
    assert run.config.loss == loss
    assert ("accuracy" in run.metrics["train"]) == isinstance(loss, gw.SoftmaxCrossEntropy)


SOFTMAX, BINARY, SQUARED = gw.SoftmaxCrossEntropy(), gw.BinaryCrossEntropy(), gw.MeanSquaredError()


@pytest.mark.parametrize(
    ("target", "outputs", "loss", "message"),
    [
        (LABELS == 1, 1, None, "a softmax over 1 output is always 1; expected an output for each of 2"),
        (LABELS, 1, SOFTMAX, "a softmax over 1 output is always 1; expected an output for each of 3 classes"),
        (FLOATS, 1, SOFTMAX, "a softmax over 1 output is always 1"),
        (FLOATS, 3, SOFTMAX, "takes labels or probabilities (N, k), found float targets (N,)"),
        (LABELS.astype(float), 3, SOFTMAX, "give labels as integers or texts (y.astype(int))"),
        (LABELS.astype(float), 3, None, "target's 1 columns, found 3; labels would be integers or texts"),
        (LABELS, 2, None, "expected an output for each of 3 classes, found 2"),
        (LABELS, 1, SQUARED, "MeanSquaredError takes float targets, found labels of 3 classes"),
        (LABELS, 3, SQUARED, "give numbers as floats (y.astype(float)), or take SoftmaxCrossEntropy"),
        (LABELS, 1, gw.Huber(), "Huber takes float targets, found labels of 3 classes"),
        (LABELS, 1, gw.Quantile(), "Quantile takes float targets, found labels of 3 classes"),
        (FLOATS, 1, gw.Poisson(), "Poisson expected targets >= 0, found -"),
        (FLOATS, 2, SQUARED, "for each of the target's 1 columns, found 2"),
        (PAIRS, 1, None, "MeanSquaredError expected an output for each of the target's 2 columns, found 1"),
        (PAIRS, 2, SOFTMAX, "SoftmaxCrossEntropy expected targets in 0..1, found -"),
        (SHARES / 2, 3, SOFTMAX, "expected probabilities that sum to 1, found 0.5 in row 0"),
        (SHARES, 2, SOFTMAX, "expected an output for each of the target's 3 columns, found 2"),
        (FLOATS, 3, gw.Focal(), "Focal takes labels, found float targets"),
        (FLOATS, 3, gw.Hinge(), "Hinge takes labels, found float targets"),
        (LABELS, 1, gw.Hinge(), "a single score leads no other; expected an output for each of 3 classes"),
        (LABELS, 2, gw.Focal(), "expected an output for each of 3 classes, found 2"),
        (LABELS, 1, BINARY, "BinaryCrossEntropy tells 2 classes apart, found 3"),
        (LABELS == 1, 2, BINARY, "for each of the target's 1 columns, found 2"),
        (FLOATS, 1, BINARY, "BinaryCrossEntropy expected targets in 0..1, found -"),
    ],
)  # fmt: skip
def test_what_does_not_meet_is_refused_in_one_sentence_before_a_step(
    target: Array, outputs: int, loss: Any, message: str
) -> None:
    with pytest.raises(GradwrightError, match=re.escape(message)) as caught:
        gw.fit(gw.Linear(3, outputs), (X, target), loss=loss, **FINE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "outputs", "loss"),
    [
        (SHARES, 3, SOFTMAX),
        ((SHARES * 0.9 + 1 / 30).astype(np.float16), 3, SOFTMAX),  # rounded, they sum to nearly 1
        (LABELS == 1, 1, BINARY),
        (SHARES, 3, BINARY),
        ((LABELS == 1).astype(float), 1, BINARY),
        (FLOATS, 1, gw.Huber()),
        (FLOATS, 1, gw.MeanAbsoluteError()),
        (PAIRS, 2, gw.Quantile(0.9)),
        (LABELS.astype(float), 1, gw.Poisson()),
        (LABELS, 3, gw.SoftmaxCrossEntropy(smoothing=0.1)),
        (LABELS, 5, None),
        (LABELS, 3, gw.Focal()),
        (LABELS, 3, gw.Hinge()),
    ],
)
def test_what_meets_trains(target: Array, outputs: int, loss: Any) -> None:
    assert gw.fit(gw.Linear(3, outputs), (X, target), loss=loss, **FINE).status == "finished"


def test_each_optimizer_has_its_usual_rate() -> None:
    rates = {"SGD": 0.1, "Adam": 1e-3, "AdamW": 1e-3, "RMSProp": 1e-3}
    for name, rate in rates.items():
        run = gw.fit(gw.Linear(3, 3), (X, LABELS), optimizer=name, **FINE)
        assert run.config.learning_rate == gw.optim.Constant(rate) == gw.Constant(rate)


def test_what_was_chosen_is_said_once_and_what_was_given_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    gw.fit(gw.Linear(3, 3), (X, LABELS), optimizer=gw.Adam(), epochs=1)
    said = capsys.readouterr().err
    assert "loss: SoftmaxCrossEntropy, since the targets are labels of 3 classes" in said
    assert "learning_rate: 0.001, the usual one of Adam" in said

    gw.fit(gw.Linear(3, 1), (X, LABELS.astype(float)), learning_rate=0.01, epochs=1)
    said = capsys.readouterr().err
    assert "MeanSquaredError, since the targets are float numbers (of 3 whole values; labels would be" in said
    assert "learning_rate" not in said

    gw.fit(gw.Linear(3, 3), (X, SHARES), epochs=1)
    assert "rows with a single 1; as labels they would be y.argmax(axis=1)" in capsys.readouterr().err

    gw.fit(gw.Linear(3, 3), (X, LABELS), loss="SoftmaxCrossEntropy", learning_rate=0.1, epochs=1)
    said = capsys.readouterr().err
    assert "since the targets" not in said
    assert "the usual one" not in said
    gw.fit(gw.Linear(3, 3), (X, LABELS), epochs=1, progress=False)
    assert capsys.readouterr().err == ""
