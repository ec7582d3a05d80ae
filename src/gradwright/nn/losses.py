"""The losses: means over the examples of a batch, each with the gradient of exactly the value it reports."""

from __future__ import annotations

from typing import TypeAlias

from gradwright.nn.cross_entropy import BinaryCrossEntropy, SoftmaxCrossEntropy
from gradwright.nn.focal import Focal
from gradwright.nn.regression import Huber, MeanAbsoluteError, MeanSquaredError, Poisson, Quantile

OfClasses: TypeAlias = SoftmaxCrossEntropy | Focal  # an output for each class, of which the largest answers
Classifying: TypeAlias = OfClasses | BinaryCrossEntropy  # answers that are right or wrong

LOSSES = (
    SoftmaxCrossEntropy,
    Focal,
    BinaryCrossEntropy,
    MeanSquaredError,
    MeanAbsoluteError,
    Huber,
    Quantile,
    Poisson,
)

__all__ = [
    "LOSSES",
    "BinaryCrossEntropy",
    "Classifying",
    "Focal",
    "Huber",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "OfClasses",
    "Poisson",
    "Quantile",
    "SoftmaxCrossEntropy",
]
