"""From a network's outputs back to a user's own terms: labels, probabilities, and numbers in their units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.data import Affine, Labels
from gradwright.data.targets import as_target
from gradwright.engine.metrics import decide, probabilities
from gradwright.errors import ConfigError, DataError
from gradwright.nn import BinaryCrossEntropy, Focal, Hinge, Loss, OfClasses, SoftmaxCrossEntropy
from gradwright.nn.activations import sigmoid
from gradwright.nn.layer import Array


@dataclass(frozen=True)
class Target:
    """What a run learned to answer, and the form in which it was given: all of it stands in ``data.json``.

    ``labels`` are those of the classes, None for numbers, which ``affine`` standardised; ``flat`` is True
    for targets (N,) and False for (N, k).
    """

    labels: Labels | None
    affine: Affine
    flat: bool

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> Target:
        """The target in the summary of a data set; what older summaries lack, they did not have."""
        labels = summary.get("labels") or list(range(len(summary["classes"])))
        affine = summary.get("targets", {})
        return cls(
            labels=Labels(tuple(labels)) if labels else None,
            affine=Affine(**{name: np.asarray(value, np.float64) for name, value in affine.items()}),
            flat=len(summary["splits"]["train"]["y"]["shape"]) == 1,
        )

    def encode(self, y: Any) -> Array:
        """The user's ``y`` as training saw it.

        Raises ``DataError`` for other labels or another form than those of training.
        """
        target = as_target("y", y)
        if self.labels is not None:
            return self.labels.encode("y", target)
        if target.ndim != (1 if self.flat else 2) or target.dtype.kind in "bU":
            form = "(N,)" if self.flat else "(N, k)"
            raise DataError(f"y: expected numbers {form} as in training, found {target.dtype} {target.shape}")
        return self.affine(target, np.float64)

    def answer(self, loss: Loss, outputs: Array) -> Array:
        """What the ``outputs`` (N, k) stand for: labels (N,), or numbers in the form of the target."""
        if self.labels is not None and isinstance(loss, OfClasses):
            outputs = outputs[:, : len(self.labels)]  # an output beyond the classes has no label
        decided = decide(loss, outputs)
        if self.flat and decided.size == len(decided):
            decided = decided.reshape(len(decided))
        return self.decode(decided)

    def decode(self, values: Array) -> Array:
        """What training saw, or a network answers, in the user's own terms."""
        if values.dtype.kind == "i":
            return values if self.labels is None else self.labels.decode(values)
        return self.affine.undo(values)


def class_probabilities(loss: Loss, outputs: Array) -> Array:
    """The probability (N, k) of each class in float64; for one output the columns are no and yes.

    Several outputs under ``BinaryCrossEntropy`` are questions of their own: the probability of each yes.

    Raises ``ConfigError`` where the loss is not a classifier's, and for ``Hinge``, which learns none.

    >>> class_probabilities(BinaryCrossEntropy(), np.array([[0.0]])).tolist()
    [[0.5, 0.5]]
    """
    match loss:
        case SoftmaxCrossEntropy() | Focal():
            return probabilities(outputs)
        case BinaryCrossEntropy():
            yes = sigmoid(outputs.astype(np.float64))
            return yes if yes.size != len(yes) else np.stack([1 - yes.ravel(), yes.ravel()], axis=1)
        case Hinge():
            raise ConfigError(
                "probabilities: Hinge learns scores, which say the class and not how likely it is; "
                "SoftmaxCrossEntropy learns probabilities"
            )
    raise ConfigError(f"probabilities: expected a classifier, found a run of {type(loss).__name__}")
