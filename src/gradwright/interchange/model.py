"""What can be handed on: a network with its numbers, and what its inputs and outputs mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from gradwright.data import Affine, Labels
from gradwright.engine.metrics import decide
from gradwright.errors import ShapeError
from gradwright.nn import (
    BinaryCrossEntropy,
    Focal,
    Hinge,
    Layer,
    Loss,
    ParameterLayout,
    Poisson,
    SoftmaxCrossEntropy,
)
from gradwright.nn.layer import Array
from gradwright.nn.sequential import Sequential
from gradwright.training import Run
from gradwright.training.target import Target, class_probabilities

Answers: TypeAlias = Literal["one of k", "scores", "yes or no", "rates", "numbers"]
DRAWN = 32  # rows


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network on its way between libraries: all that a prediction needs, and nothing of training.

    Args:
        network: its layers.
        theta: its parameters, (P,), float32 or float64: the precision in which a prediction is computed.
        in_features: d, the columns of x.
        loss: what it was trained by, which says what an output stands for.
        target: the labels of its classes, or how its numbers were standardised.
        features: the map from rows as they are stored to the network's inputs.
        feature_names: the names of the columns of x; () where they have none.

    Raises ``ShapeError`` where the network does not take that many columns or parameters.

    >>> import gradwright as gw
    >>> run = gw.fit(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), epochs=1, progress=False)
    >>> model = Model.of(run)
    >>> model.answers, model.classes, model.outputs(np.zeros((3, 2))).shape
    ('one of k', (0, 1), (3, 2))
    """

    network: Layer
    theta: Array
    in_features: int
    loss: Loss
    target: Target
    features: Affine = Affine()
    feature_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.network.output_features(self.in_features)
        if self.theta.shape != (self.layout.size,):
            raise ShapeError(f"theta: expected the shape ({self.layout.size},), found {self.theta.shape}")
        for name, value in (("shift", self.features.shift), ("scale", self.features.scale)):
            if np.shape(value) not in ((), (self.in_features,)):
                raise ShapeError(f"features: {name}: expected ({self.in_features},), found {np.shape(value)}")

    @classmethod
    def of(cls, source: Run | Model) -> Model:
        """A run as a model; a model is one."""
        if isinstance(source, Model):
            return source
        return cls(
            network=source.config.network,
            theta=source.theta,
            in_features=source.data["in_features"],
            loss=source.objective.loss,
            target=source.target,
            features=source.features,
            feature_names=source.feature_names,
        )

    @cached_property
    def layout(self) -> ParameterLayout:
        """Where each parameter lies in theta."""
        return ParameterLayout.of(self.network)

    @property
    def out_features(self) -> int:
        """k, the columns of an output."""
        columns = self.network.output_features(self.in_features)
        assert columns is not None, "for a number of columns in there is one out"
        return columns

    @property
    def answers(self) -> Answers:
        """What an output stands for: one of k classes, with a probability or a score alone, a yes or no in
        each column, rates, or numbers."""
        match self.loss:
            case SoftmaxCrossEntropy() | Focal():
                return "one of k"
            case Hinge():
                return "scores"
            case BinaryCrossEntropy():
                return "yes or no"
            case Poisson():
                return "rates"
        return "numbers"

    @property
    def classifies(self) -> bool:
        """Whether an answer is right or wrong."""
        return self.answers in ("one of k", "scores", "yes or no")

    @property
    def has_probabilities(self) -> bool:
        """Whether each class has one."""
        return self.answers in ("one of k", "yes or no")

    @property
    def labels(self) -> Labels | None:
        """The labels of the classes; None for a model that answers with numbers."""
        return self.target.labels

    @property
    def classes(self) -> tuple[int | str | bool, ...]:
        """The same as values; () where there are none."""
        return () if self.labels is None else self.labels.values

    def outputs(self, x: Array) -> Array:
        """The network's outputs (N, k) for rows (N, d) as they are stored."""
        inputs = self.features(x, self.theta.dtype)
        return self.network.forward(self.layout.tree(self.theta), inputs)[0]

    def results(self, outputs: Array) -> Array:
        """What other libraries put out for ``outputs`` (N, k): logits as they are, numbers in their units."""
        return outputs if self.classifies else self.target.affine.undo(decide(self.loss, outputs))

    def predict(self, x: Array) -> Array:
        """The answers for rows (N, d), as ``Run.predict`` gives them."""
        return self.target.answer(self.loss, self.outputs(x))

    def predict_proba(self, x: Array) -> Array:
        """The probability of each class, (N, k), as ``Run.predict_proba`` gives it.

        Raises ``ConfigError`` for a model without probabilities.
        """
        return class_probabilities(self.loss, self.outputs(x))

    def draw(self, seed: int = 0) -> Array:
        """Random rows (32, d) in float64 or int64, such as the network might be asked.

        They are normal where the network's inputs begin, and words of its vocabulary before an embedding.
        """
        rng, shape = np.random.default_rng(seed), (DRAWN, self.in_features)
        first = self.network
        while isinstance(first, Sequential):
            first = first.layers[0]
        if hasattr(first, "draw_input") and self.features.is_identity:
            drawn: Array = first.draw_input(rng, shape)
            return drawn
        return np.asarray(self.features.undo(rng.standard_normal(shape)))
