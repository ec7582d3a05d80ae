"""What is made small: the loss that targets ask for, or one of ``nn`` that fits them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from gradwright.errors import ConfigError
from gradwright.nn import (
    LOSSES,
    PENALTIES,
    BinaryCrossEntropy,
    Layer,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    OfClasses,
    Poisson,
    Probabilistic,
    SoftmaxCrossEntropy,
)
from gradwright.sklearn.names import named
from gradwright.sklearn.terms import Terms
from gradwright.specs import kinds_of, require_instance
from gradwright.training.agreement import OF_NUMBERS

FITTING: dict[str, tuple[type, ...]] = {  # by scikit-learn's word for the kind of targets
    "binary": (*get_args(OfClasses), BinaryCrossEntropy),
    "multiclass": get_args(OfClasses),
    "multilabel-indicator": (BinaryCrossEntropy,),
    "numbers": OF_NUMBERS,
}
TARGETS = {
    "binary": "two classes",
    "multiclass": "several classes",
    "multilabel-indicator": "several labels at once",
    "numbers": "numbers",
}


def of_labels(loss: Any, kind: str, classes: int) -> Terms:
    """The loss of a classifier: "log_loss", or one that fits targets of this kind.

    >>> of_labels("log_loss", "binary", 2).loss, of_labels("focal", "multiclass", 3).loss
    (BinaryCrossEntropy(), Focal(gamma=2.0))
    """
    entropies = {
        "binary": Terms(BinaryCrossEntropy(), unit=1),
        "multiclass": Terms(SoftmaxCrossEntropy(), unit=1),
        "multilabel-indicator": Terms(BinaryCrossEntropy(), unit=classes),
    }
    return _fitting(loss, {"log_loss": entropies[kind]}, kind)


def learns_probabilities(loss: Any) -> bool:
    """Whether a classifier of this loss can say how likely a class is; what is no loss is told by ``fit``.

    >>> learns_probabilities("focal"), learns_probabilities("hinge")
    (True, False)
    """
    if isinstance(loss, str):
        try:
            loss = named(loss, {"log_loss": BinaryCrossEntropy()}, kinds_of(*LOSSES), "loss")
        except ConfigError:
            return True
    return not isinstance(loss, LOSSES) or isinstance(loss, Probabilistic)


def of_numbers(loss: Any, outputs: int) -> Terms:
    """The loss of a regressor: in scikit-learn's words, each summed over the outputs of a row, or of ``nn``.

    >>> of_numbers("squared_error", 2), of_numbers("mean_squared_error", 2)
    (Terms(loss=MeanSquaredError(), unit=1.0), Terms(loss=MeanSquaredError(), unit=1.0))
    """
    words = {
        "squared_error": Terms(MeanSquaredError(), unit=outputs / 2),
        "absolute_error": Terms(MeanAbsoluteError(), unit=outputs),
        "poisson": Terms(Poisson(), unit=outputs),
    }
    return _fitting(loss, words, "numbers")


def _fitting(given: Any, words: Mapping[str, Terms], kind: str) -> Terms:
    fit = f"{TARGETS[kind]} take {', '.join([*words, *kinds_of(*FITTING[kind])])}"
    if isinstance(given, str):
        try:
            loss = named(given, words, kinds_of(*LOSSES), "loss")
        except ConfigError as error:
            raise ConfigError(f"{error} ({fit})") from None
    else:
        require_instance(given, Loss, "loss", but=(Layer, *PENALTIES))
        loss = given
    if isinstance(loss, Terms):
        return loss
    of_ones_own = kind == "numbers" and not isinstance(loss, LOSSES)
    if of_ones_own or isinstance(loss, FITTING[kind]):
        return Terms(loss, unit=1.0)
    raise ConfigError(f"loss: {type(loss).__name__} does not fit; {fit}")
