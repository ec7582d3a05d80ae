"""Networks that are one object with a loss, in the conventions of three courses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError

RNG = np.random.default_rng(11)
X, LABELS = RNG.normal(size=(7, 5)), RNG.integers(3, size=7)
COLUMNS, ONE_HOT = X.T, np.eye(3)[LABELS].T


class TwoLayerNet:
    """CS231n: a table ``params``; ``loss`` gives scores without labels, and loss and gradients with them."""

    of_bias = 1.0

    def __init__(self) -> None:
        self.params = {
            "W1": RNG.normal(size=(5, 6)),
            "b1": np.zeros(6),
            "W2": RNG.normal(size=(6, 3)),
            "b2": np.zeros(3),
        }
        self.reg = 0.1

    def loss(self, X: Any, y: Any = None, reg: Any = None) -> Any:
        reg = self.reg if reg is None else reg
        p = self.params
        hidden = np.maximum(X @ p["W1"] + p["b1"], 0)
        scores = hidden @ p["W2"] + p["b2"]
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(probs[np.arange(len(X)), y]).mean()
        loss += 0.5 * reg * sum((p[name] ** 2).sum() for name in ("W1", "W2"))
        d = probs.copy()
        d[np.arange(len(X)), y] -= 1
        d /= len(X)
        grads = {"W2": hidden.T @ d + reg * p["W2"], "b2": self.of_bias * d.sum(axis=0)}
        dh = (d @ p["W2"].T) * (hidden > 0)
        grads |= {"W1": X.T @ dh + reg * p["W1"], "b1": dh.sum(axis=0)}
        return loss, grads


class Classifier:
    """DD2424: samples are columns, ``W`` and ``b`` lists, predictions an argument of the gradients."""

    def __init__(self) -> None:
        self.W = [RNG.normal(size=(6, 5)), RNG.normal(size=(3, 6))]
        self.b = [RNG.normal(size=(6, 1)), RNG.normal(size=(3, 1))]

    def evaluate(self, X: Any) -> Any:
        h = np.maximum(self.W[0] @ X + self.b[0], 0)
        e = np.exp(self.W[1] @ h + self.b[1])
        return h, e / e.sum(axis=0)

    def compute_cost(self, X: Any, Y: Any, lambda_: Any) -> Any:
        entropy = -np.log((Y * self.evaluate(X)[1]).sum(axis=0)).mean()
        return entropy + lambda_ * sum((W**2).sum() for W in self.W)

    def compute_gradients(self, X: Any, Y: Any, P: Any, lambda_: Any) -> Any:
        h, n = self.evaluate(X)[0], X.shape[1]
        G = P - Y
        grad_W2, grad_b2 = G @ h.T / n + 2 * lambda_ * self.W[1], G.mean(axis=1, keepdims=True)
        G = (self.W[1].T @ G) * (h > 0)
        return [G @ X.T / n + 2 * lambda_ * self.W[0], grad_W2], [G.mean(axis=1, keepdims=True), grad_b2]


class FromScratch:
    """Deep Learning from Scratch: ``loss`` and ``gradient`` are two methods."""

    def __init__(self) -> None:
        self.params = {"W1": RNG.normal(size=(5, 3)), "b1": RNG.normal(size=3)}

    def predict(self, x: Any) -> Any:
        return np.tanh(x @ self.params["W1"] + self.params["b1"])

    def loss(self, x: Any, t: Any) -> Any:
        return ((self.predict(x) - t) ** 2).sum() / 2

    def gradient(self, x: Any, t: Any) -> Any:
        y = self.predict(x)
        d = (y - t) * (1 - y**2)
        return {"W1": x.T @ d, "b1": d.sum(axis=0)}


@pytest.mark.parametrize(
    ("net", "inputs", "names"),
    [
        (TwoLayerNet(), (X, LABELS), "W1 b1 W2 b2"),
        (TwoLayerNet(), (X, LABELS, 0.5), "W1 b1 W2 b2"),
        (TwoLayerNet, (X, LABELS), "W1 b1 W2 b2"),
        (Classifier(), (COLUMNS, ONE_HOT, 0.1), "W[0] W[1] b[0] b[1]"),
        (FromScratch(), (X, ONE_HOT.T), "W1 b1"),
    ],
    ids=["CS231n", "reg as an argument", "a class", "DD2424", "two methods"],
)
def test_a_network_with_a_loss_is_checked_in_one_line(net: Any, inputs: Any, names: str) -> None:
    report = gw.check_layer(net, *inputs)
    assert report.verdict == "correct", str(report)
    assert [each.name for each in report.parameters] == names.split()


def test_nothing_of_the_network_is_changed() -> None:
    net = TwoLayerNet()
    before = {name: each.copy() for name, each in net.params.items()}
    gw.check_layer(net, X, LABELS)
    assert all(np.array_equal(net.params[name], each) for name, each in before.items())


def test_a_wrong_gradient_is_told_by_the_name_in_its_table() -> None:
    net = TwoLayerNet()
    net.of_bias = 7.0
    report = gw.check_layer(net, X, LABELS)
    assert (report.verdict, report.location) == ("wrong", "b2")
    assert report.cause == "as if the division by the batch size were missing"


def test_a_gradient_that_is_not_returned_is_said_not_to_be_checked() -> None:
    class Without(FromScratch):
        def gradient(self, x: Any, t: Any) -> Any:
            return {"W1": super().gradient(x, t)["W1"]}

    report = gw.check_layer(Without(), X, ONE_HOT.T)
    assert report.gradient is not None
    assert report.gradient.unchecked == ("not checked, because it returns no gradient for them: b1",)


def test_a_loss_without_gradients_is_told_what_is_expected() -> None:
    class NoGradient:
        def __init__(self) -> None:
            self.W = np.ones(5)

        def loss(self, X: Any) -> Any:
            return (X @ self.W).sum()

    with pytest.raises(ConfigError, match=r"expected its loss to return \(loss, gradients\)"):
        gw.check_layer(NoGradient(), X)
