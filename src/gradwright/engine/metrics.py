"""What is measured beside the loss: the share of rows that a classifier gets right."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from gradwright.nn import BinaryCrossEntropy, Loss, Objective, SoftmaxCrossEntropy
from gradwright.nn.layer import Array

Metrics: TypeAlias = dict[str, float]  # "loss", and where they mean something "accuracy" and "objective"


def decide(loss: Loss, output: Array) -> Array:
    """The answer that an output (N, k) stands for: labels (N,) for a classifier, else the output itself."""
    match loss:
        case SoftmaxCrossEntropy():
            labels: Array = output.argmax(axis=1)
            return labels
        case BinaryCrossEntropy():
            return (output > 0).astype(np.int64)
    return output


def count_correct(loss: Loss, output: Array, target: Array) -> float:
    """How many rows of ``output`` (N, k) answer ``target``; NaN where the loss is not a classifier's.

    A row of several yes-or-no outputs counts by the share of them that is right.
    """
    match loss:
        case SoftmaxCrossEntropy():
            labels = target if target.ndim == 1 else target.argmax(axis=1)
            return float((decide(loss, output) == labels).sum())
        case BinaryCrossEntropy():
            right = decide(loss, output).reshape(len(target), -1) == (target.reshape(len(target), -1) > 0.5)
            return float(right.mean(axis=1).sum())
    return math.nan


def means(objective: Objective, theta: Array, total: float, correct: float, count: int) -> Metrics:
    """The metrics of ``count`` rows from the sum of their losses and the number that is ``correct``.

    There is no accuracy where ``correct`` is NaN, as ``count_correct`` has it, and no objective without a
    penalty.
    """
    metrics = {"loss": total / count}
    if not math.isnan(correct):
        metrics["accuracy"] = correct / count
    if objective.penalty is not None:
        metrics["objective"] = metrics["loss"] + float(objective.penalty.forward(theta, objective.penalized))
    return metrics
