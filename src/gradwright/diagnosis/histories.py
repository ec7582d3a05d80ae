"""The door for curves that anybody recorded: arrays, Keras' history, scikit-learn's loss curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradwright.diagnosis.curves import Curves, of_curves
from gradwright.diagnosis.examination import Examination
from gradwright.diagnosis.finding import Finding
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.training import History, Run
from gradwright.training.remarks import LEARNED

# what Keras, and people, call the curves
NAMES = {
    "train": ("loss", "train_loss", "training_loss"),
    "validation": ("val_loss", "validation_loss", "valid_loss"),
    "train_accuracy": (
        "accuracy",
        "acc",
        "sparse_categorical_accuracy",
        "categorical_accuracy",
        "train_accuracy",
    ),
    "validation_accuracy": (
        *("val_accuracy", "val_acc", "val_sparse_categorical_accuracy", "val_categorical_accuracy"),
        "validation_accuracy",
    ),
}
HISTORY = (
    "history: expected losses by epoch, a mapping such as Keras' history.history, an estimator with a "
    "loss_curve_, a History or a Run"
)


def diagnose_history(
    history: Any, *, validation: ArrayLike | None = None, constant: float | None = None, begun: bool = False
) -> Examination:
    """What the curves of a training say: whether they fall, swing, blow up, turn, or never move.

    Nothing is needed but numbers: what was trained, and by which library, is all the same.

    Args:
        history: the training losses by epoch; or a mapping of curves by the names that Keras gives them
            (``loss``, ``val_loss``, ``accuracy``, ``val_accuracy``), or the object with it; an estimator of
            scikit-learn with a ``loss_curve_``; a ``History`` or a ``Run`` of gradwright.
        validation: the validation losses by epoch, where ``history`` is losses alone.
        constant: the loss of the best constant answer, where it is known: ln K for K classes that are as
            frequent, the variance of the target under squared error. A training that stays there has learned
            nothing.
        begun: whether the first entry was measured before the first step.

    Raises ``ConfigError`` for what has no losses, and for curves of several lengths.

    >>> import numpy as np
    >>> diagnose_history({"loss": np.linspace(1, 0.1, 20), "val_loss": np.linspace(1.2, 2, 20)}).kinds
    ('overfitting',)
    """
    curves = _curves(history, validation, begun)
    return Examination(f"{len(curves)} entries", (*of_curves(curves), *_of_level(curves, constant)), curves)


def _of_level(curves: Curves, constant: float | None) -> Iterator[Finding]:
    if constant is None or curves.diverged or len(curves) == 0:
        return
    least = float(curves.train.min())
    if not least < (1 - LEARNED) * constant:
        message = (
            f"The training loss is never below {least:.4g}, where the best constant answer has "
            f"{constant:.4g}: "
            "nothing was learned."
        )
        advice = "Look at the learning rate, and at whether rows and labels belong together."
        yield Finding("nothing learned", (), message, advice, {"loss": least, "constant": constant})


def _curves(history: Any, validation: ArrayLike | None, begun: bool) -> Curves:
    if isinstance(history, Run):
        return Curves.of(history.history, diverged=history.status == "diverged")
    if isinstance(history, History):
        return Curves.of(history)
    if isinstance(getattr(history, "history", None), Mapping):  # Keras' object
        history = history.history
    if hasattr(history, "loss_curve_"):
        scores = getattr(history, "validation_scores_", None) if hasattr(history, "classes_") else None
        named = {"train": history.loss_curve_, "validation": validation, "validation_accuracy": scores}
    elif isinstance(history, Mapping):
        named = {
            field: next((history[name] for name in names if name in history), None)
            for field, names in NAMES.items()
        }
        if named["train"] is None:
            raise ConfigError(
                f"{HISTORY}; found a mapping without 'loss': {', '.join(map(str, history)) or 'empty'}"
            )
    else:
        named = {"train": history, "validation": validation}
    found = {name: _array(name, values) for name, values in named.items() if values is not None}
    return _ended(found, begun)


def _array(name: str, values: Any) -> Array:
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise ConfigError(f"{HISTORY}; found {type(values).__name__} as {name}") from None
    if array.ndim != 1:
        raise ConfigError(f"{name}: expected a number for each epoch, found shape {array.shape}")
    return array


def _ended(found: dict[str, Array], begun: bool) -> Curves:
    """The curves up to where the training loss is no number any more."""
    train = found["train"]
    for name, curve in found.items():
        if len(curve) != len(train):
            raise ConfigError(f"{name}: expected {len(train)} entries as in train, found {len(curve)}")
    whole = np.isfinite(train)
    end = len(train) if whole.all() else int(whole.argmin())
    return Curves(
        **{name: curve[:end] for name, curve in found.items()}, begun=begun, diverged=end < len(train)
    )
