"""The losses: means over the examples of a batch, each with the gradient of exactly the value it reports."""

from __future__ import annotations

from typing import TypeAlias

from gradwright.nn.cross_entropy import BinaryCrossEntropy, SoftmaxCrossEntropy
from gradwright.nn.focal import Focal
from gradwright.nn.hinge import Hinge
from gradwright.nn.regression import Huber, MeanAbsoluteError, MeanSquaredError, Poisson, Quantile

# an output for each class, of which the largest answers
OfClasses: TypeAlias = SoftmaxCrossEntropy | Focal | Hinge
Classifying: TypeAlias = OfClasses | BinaryCrossEntropy  # answers that are right or wrong
Probabilistic: TypeAlias = SoftmaxCrossEntropy | Focal | BinaryCrossEntropy  # and each with its probability

LOSSES = (
    SoftmaxCrossEntropy,
    Focal,
    BinaryCrossEntropy,
    MeanSquaredError,
    MeanAbsoluteError,
    Huber,
    Quantile,
    Poisson,
    Hinge,
)

__all__ = [
    "LOSSES",
    "BinaryCrossEntropy",
    "Classifying",
    "Focal",
    "Hinge",
    "Huber",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "OfClasses",
    "Poisson",
    "Probabilistic",
    "Quantile",
    "SoftmaxCrossEntropy",
]
