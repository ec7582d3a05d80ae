"""What an output stands for: answers, probabilities, and the share of rows that a classifier gets right."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from gradwright.nn import (
    BinaryCrossEntropy,
    Classifying,
    Focal,
    Hinge,
    Loss,
    Objective,
    Poisson,
    SoftmaxCrossEntropy,
)
from gradwright.nn.layer import Array

Metrics: TypeAlias = dict[str, float]  # "loss", and where they mean something "accuracy" and "objective"


def decide(loss: Loss, output: Array) -> Array:
    """The answer that an output (N, k) stands for: labels (N,) for a classifier, rates for ``Poisson``, whose
    outputs are their logarithms, else the output itself."""
    match loss:
        case SoftmaxCrossEntropy() | Focal() | Hinge():
            labels: Array = output.argmax(axis=1)
            return labels
        case BinaryCrossEntropy():
            return (output > 0).astype(np.int64)
        case Poisson():
            with np.errstate(over="ignore"):  # a rate beyond all numbers is infinite
                return np.exp(output)
    return output


def probabilities(output: Array) -> Array:
    """softmax of each row of ``output`` (N, k), in float64: what a classifier thinks each class is worth

    >>> probabilities(np.array([[0.0, np.log(3.0)]]))
    array([[0.25, 0.75]])
    """
    shifted = output.astype(np.float64) - output.max(axis=1, keepdims=True)
    weights = np.exp(shifted)
    share: Array = weights / weights.sum(axis=1, keepdims=True)
    return share


def answers(loss: Loss, output: Array, target: Array) -> tuple[Array, Array]:
    """The targets and what ``output`` (N, k) says of them, in one form: labels (N,) of a classifier, else
    numbers as the targets are."""
    match loss:
        case SoftmaxCrossEntropy() | Focal() | Hinge():
            truth = target if target.ndim == 1 else target.argmax(axis=1)
        case BinaryCrossEntropy():
            truth = (target > 0.5).astype(np.int64)
            truth = truth[:, 0] if truth.shape[1:] == (1,) else truth
        case _:
            truth = target
    decided = decide(loss, output)
    return truth, decided.reshape(truth.shape) if decided.size == truth.size else decided


def count_correct(loss: Loss, output: Array, target: Array, weights: Array | None = None) -> float:
    """How many rows of ``output`` (N, k) answer ``target``; NaN where the loss is not a classifier's.

    A row of several yes-or-no outputs counts by the share of them that is right, and each by its weight.
    """
    if not isinstance(loss, Classifying):
        return math.nan
    truth, decided = answers(loss, output, target)
    right = (truth == decided).reshape(len(truth), -1).mean(axis=1)
    return float(right.sum() if weights is None else right @ weights)


def means(objective: Objective, theta: Array, total: float, correct: float, count: float) -> Metrics:
    """The metrics of ``count`` rows, or weights, from the sum of losses and the number that is ``correct``.

    There is no accuracy where ``correct`` is NaN, as ``count_correct`` has it, and no objective without a
    penalty.
    """
    metrics = {"loss": total / count}
    if not math.isnan(correct):
        metrics["accuracy"] = correct / count
    if objective.penalty is not None:
        metrics["objective"] = metrics["loss"] + float(objective.penalty.forward(theta, objective.penalized))
    return metrics
