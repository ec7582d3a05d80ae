"""A fitted MLP of scikit-learn, or of ``gradwright.sklearn``, as a model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradwright.data import Affine, Labels
from gradwright.errors import ConfigError
from gradwright.interchange.model import Model
from gradwright.nn import (
    BinaryCrossEntropy,
    Layer,
    Linear,
    Loss,
    MeanSquaredError,
    Objective,
    OfClasses,
    Poisson,
    ReLU,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
)
from gradwright.nn.layer import Array
from gradwright.training.target import Target

BETWEEN: dict[str, tuple[Layer, ...]] = {
    "identity": (),
    "logistic": (Sigmoid(),),
    "tanh": (Tanh(),),
    "relu": (ReLU(),),
}
LOSSES: dict[str, Loss] = {  # by the activation of the last layer
    "identity": MeanSquaredError(),
    "logistic": BinaryCrossEntropy(),
    "softmax": SoftmaxCrossEntropy(),
    "exp": Poisson(),
}


def network(widths: Sequence[int], activation: str) -> Sequential:
    """Linear layers through these widths, with one of scikit-learn's activations between them.

    >>> [type(layer).__name__ for layer in network((2, 5, 1), "relu").layers]
    ['Linear', 'ReLU', 'Linear']
    """
    first, *others = (Linear(i, o) for i, o in pairwise(widths))
    layers: list[Layer] = [first]
    for linear in others:
        layers += [*BETWEEN[activation], linear]
    return Sequential(*layers)


def from_sklearn(mlp: Any) -> Model:
    """The network of a fitted ``MLPClassifier`` or ``MLPRegressor``, with its labels and its column names.

    Scaling that a pipeline does before it is not part of it.

    Args:
        mlp: the fitted estimator, scikit-learn's or gradwright's.

    Raises ``ConfigError`` for what is not fitted or no such estimator.

    >>> import pytest; neural = pytest.importorskip("sklearn.neural_network")
    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]] * 5), np.array(["no", "no", "yes", "yes"] * 5)
    >>> mlp = neural.MLPClassifier((4,), solver="lbfgs", random_state=0).fit(x, y)
    >>> model = from_sklearn(mlp)
    >>> model.predict(x[:4]).tolist(), bool(np.allclose(model.predict_proba(x), mlp.predict_proba(x)))
    (['no', 'no', 'yes', 'yes'], True)
    """
    objective, theta = _learned(mlp)
    flat = mlp.n_outputs_ == 1 or isinstance(objective.loss, OfClasses)
    labels = Labels.of(np.asarray(mlp.classes_)) if flat and hasattr(mlp, "classes_") else None
    return Model(
        network=objective.network,
        theta=theta,
        in_features=mlp.n_features_in_,
        loss=objective.loss,
        target=Target(labels, Affine(), flat),
        feature_names=tuple(map(str, getattr(mlp, "feature_names_in_", ()))),
    )


def _learned(mlp: Any) -> tuple[Objective, Array]:
    """The network with its loss, and theta."""
    if isinstance(objective := getattr(mlp, "objective_", None), Objective):  # gradwright's own
        arrays = mlp.parameters_
        return objective, objective.layout.from_named(arrays, np.result_type(*arrays.values()))
    try:
        weights, biases = mlp.coefs_, mlp.intercepts_
        hidden, last = mlp.activation, mlp.out_activation_
    except AttributeError as error:
        raise ConfigError(
            f"mlp: expected a fitted MLPClassifier or MLPRegressor, found {type(mlp).__name__} ({error})"
        ) from None
    for table, where, name in ((BETWEEN, "between layers", hidden), (LOSSES, "after the last layer", last)):
        if not isinstance(name, str) or name not in table:
            raise ConfigError(f"mlp: expected {', '.join(table)} {where}, found {name!r}")
    widths = [len(weights[0]), *(len(bias) for bias in biases)]
    objective = Objective(network(widths, hidden), LOSSES[last])
    flat = [array for pair in zip(weights, biases, strict=True) for array in pair]
    names = [slot.name for slot in objective.layout.slots]
    dtype = np.result_type(np.float32, *(array.dtype for array in flat))
    return objective, objective.layout.from_named(dict(zip(names, flat, strict=True)), dtype)
