"""A network with a setting of its own, which searches may change."""

from __future__ import annotations

from sklearn.base import BaseEstimator

from gradwright.nn import Layer, mlp


class Tower(BaseEstimator):  # type: ignore[misc]
    """A function (inputs, outputs) that makes a network of one hidden layer."""

    def __init__(self, width: int = 8) -> None:
        self.width = width

    def __call__(self, inputs: int, outputs: int) -> Layer:
        return mlp(inputs, self.width, outputs, activation="ELU")
