"""The losses against which a loss means something: a guess, the best constant, the best linear model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradwright.data import Dataset
from gradwright.diagnosis.linear import SPLITS, best_constant
from gradwright.diagnosis.ridge import Ridge, ridge
from gradwright.engine import Metrics
from gradwright.errors import ConfigError
from gradwright.nn import (
    BinaryCrossEntropy,
    Hinge,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Quantile,
    SoftmaxCrossEntropy,
)
from gradwright.nn.layer import Array
from gradwright.training.constant_answer import constant_words, measure_constant, outputs_of


@dataclass(frozen=True)
class Level:
    """One answer to the task, by name, with its metrics by split."""

    name: str
    metrics: dict[str, Metrics]

    @property
    def loss(self) -> float:
        """The training loss."""
        return self.metrics["train"]["loss"]

    def __str__(self) -> str:
        return f"{self.name}, {self.loss:.4g}"


@dataclass(frozen=True)
class Baselines:
    """What a loss is held against. ``guess`` is there for classifiers only, ``linear`` where it could be had.

    ``note`` says why there is no linear model, or what it is: its penalty, and the rows that it was found on
    where these are not all; else it is empty.
    """

    constant: Level
    guess: Level | None = None
    linear: Level | None = None
    note: str = ""

    @property
    def levels(self) -> tuple[Level, ...]:
        """Those that there are, from the worst to the best on the training rows."""
        return tuple(level for level in (self.guess, self.constant, self.linear) if level is not None)


def baselines(data: Dataset, loss: Loss) -> Baselines:
    """The baselines of a data set under a loss, all fitted on the training rows: the linear model with the
    penalty that serves validation rows best (``ridge``).

    The guess gives every class the same probability: ln K, ln 2 for yes or no. The best constant gives the
    shares of the classes, at the entropy of the labels; in a regression it is the mean, at the variance.

    >>> from gradwright.data import load
    >>> for level in baselines(load("swiss-roll"), SoftmaxCrossEntropy()).levels:
    ...     print(f"{level.name}: {level.loss:.4f}")
    even guess (ln 2): 0.6931
    class shares (label entropy): 0.6931
    linear model (L-BFGS): 0.6931
    """
    k = outputs_of(data, loss)
    constant = Level(_constant_name(loss), _of_constant(data, loss, best_constant(data.train, loss, k)))
    guess = None
    if isinstance(loss, SoftmaxCrossEntropy | BinaryCrossEntropy):
        classes = k if isinstance(loss, SoftmaxCrossEntropy) else 2
        # whom a guess of equal chances gets right is chance too, not the class that argmax happens to name
        even = {"loss": math.log(classes), "accuracy": 1 / classes}
        guess = Level(f"even guess (ln {classes})", {s: even for s in SPLITS if s in data.splits})
    try:
        best = ridge(data, loss)
    except ConfigError as missing:
        return Baselines(constant, guess, None, f"There is no linear model to compare with: {missing}.")
    return Baselines(constant, guess, Level(f"linear model ({best.method})", best.metrics), _how(best, data))


def _of_constant(data: Dataset, loss: Loss, answer: Array) -> dict[str, Metrics]:
    splits = {name: data.splits[name] for name in SPLITS if name in data.splits}
    return {name: measure_constant(loss, answer, split) for name, split in splits.items()}


def _constant_name(loss: Loss) -> str:
    match loss:
        case SoftmaxCrossEntropy() if loss.smoothing:
            return "class shares, smoothed"
        case SoftmaxCrossEntropy() | BinaryCrossEntropy():
            return "class shares (label entropy)"
        case MeanSquaredError():
            return "mean target (variance)"
        case Hinge() | MeanAbsoluteError() | Quantile() | Poisson():
            return constant_words(loss).removeprefix("the ")
    return "best constant"


def _how(best: Ridge, data: Dataset) -> str:
    parts = []
    if best.penalty:
        parts.append(
            f"has the penalty {best.penalty:g} |W|^2, the best of some for rows that it was not fitted to"
        )
    if data.validation is not None and best.rows < len(data.train):
        parts.append(f"was found on {best.rows:,} of the training rows")
    return f"The linear model {' and '.join(parts)}." if parts else ""
