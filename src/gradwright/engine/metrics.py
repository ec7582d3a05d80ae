"""What is measured beside the loss: the share of rows that a classifier gets right."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from gradwright.nn import BinaryCrossEntropy, Loss, SoftmaxCrossEntropy
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
