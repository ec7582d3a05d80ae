"""A backward that is told again what forward knew: cells, and losses told their prediction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError

RNG = np.random.default_rng(4)
LABELS = np.array([0, 2, 1, 1, 0])
PREDICTIONS = RNG.dirichlet(np.ones(3), 5)


class Cell:
    """h' = tanh(W x + b + V h), whose gradients are means over the batch, as in CMU 11-785."""

    def __init__(self) -> None:
        self.W, self.V, self.b = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 4)), RNG.normal(size=4)

    def forward(self, x: Any, h_prev_t: Any) -> Any:
        return np.tanh(x @ self.W.T + self.b + h_prev_t @ self.V.T)

    def back(self, delta: Any, h_t: Any, h_prev_l: Any, h_prev_t: Any) -> Any:
        dz = delta * (1 - h_t**2)
        self.dW, self.dV, self.db = dz.T @ h_prev_l, dz.T @ h_prev_t, dz.sum(axis=0)
        return dz @ self.W, dz @ self.V


class ToldAllThree(Cell):
    def backward(self, delta: Any, h_t: Any, h_prev_l: Any, h_prev_t: Any) -> Any:
        return self.back(delta, h_t, h_prev_l, h_prev_t)


class ToldBothInputs(Cell):
    def backward(self, delta: Any, h_prev_l: Any, h_prev: Any) -> Any:
        return self.back(delta, self.forward(h_prev_l, h_prev), h_prev_l, h_prev)


class ToldTheState(Cell):
    def forward(self, x: Any, h_prev_t: Any) -> Any:
        self.x = x
        return super().forward(x, h_prev_t)

    def backward(self, delta: Any, h_prev_t: Any) -> Any:
        return self.back(delta, self.forward(self.x, h_prev_t), self.x, h_prev_t)


@pytest.mark.parametrize("cell", [ToldAllThree, ToldBothInputs, ToldTheState])
def test_a_cell_is_told_again_what_it_was_given(cell: type[Cell]) -> None:
    report = gw.check_layer(cell(), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 4)))
    assert report.verdict == "correct", str(report)
    assert [each.name for each in report.parameters] == ["x", "h_prev_t", "W", "V", "b"]


def test_a_cell_that_takes_the_slope_at_the_input_is_wrong() -> None:
    class Wrong(Cell):
        def backward(self, delta: Any, _h_t: Any, h_prev_l: Any, h_prev_t: Any) -> Any:
            return self.back(delta, h_prev_t, h_prev_l, h_prev_t)

    report = gw.check_layer(Wrong(), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 4)))
    assert report.verdict == "wrong"


class Loss:
    """One number for each sample, and the gradient of their mean, as in nnfs; it returns nothing."""

    def forward(self, y_pred: Any, y_true: Any) -> Any:
        return -np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)[np.arange(len(y_pred)), y_true])

    def backward(self, dvalues: Any, y_true: Any) -> None:
        one_hot = np.eye(dvalues.shape[1])[y_true]
        self.dinputs = -one_hot / dvalues / len(dvalues)


class OfTheSum(Loss):
    def backward(self, dvalues: Any, y_true: Any) -> None:
        super().backward(dvalues, y_true)
        self.dinputs *= len(dvalues)


class SoftmaxAndLoss(Loss):
    """A number, and a backward that is told the probabilities it has left as ``output``."""

    def forward(self, inputs: Any, y_true: Any) -> Any:
        e = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return super().forward(self.output, y_true).mean()

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = dvalues.copy()
        self.dinputs[np.arange(len(dvalues)), y_true] -= 1
        self.dinputs /= len(dvalues)


@pytest.mark.parametrize(("loss", "of"), [(Loss, "the mean"), (OfTheSum, "the sum"), (SoftmaxAndLoss, "")])
def test_a_loss_is_told_the_prediction_and_the_labels(loss: type[Loss], of: str) -> None:
    report = gw.check_layer(loss(), PREDICTIONS, LABELS)
    assert report.verdict == "correct", str(report)
    assert report.gradient is not None
    assert of in " ".join(report.gradient.notes)


def test_a_loss_without_its_minus_is_wrong() -> None:
    class Wrong(Loss):
        def backward(self, dvalues: Any, y_true: Any) -> None:
            super().backward(dvalues, y_true)
            self.dinputs *= -1

    report = gw.check_layer(Wrong(), PREDICTIONS, LABELS)
    assert (report.verdict, report.cause) == ("wrong", "the sign is reversed")


def test_a_backward_that_wants_something_else_is_told_what_is_expected() -> None:
    class Odd(Cell):
        def backward(self, delta: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
            return (*self.back(delta, a, b, c), d)

    with pytest.raises(ConfigError, match=r"can be called as backward\(dy\)"):
        gw.check_layer(Odd(), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 4)))
