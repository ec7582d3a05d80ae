"""Functions of many arguments, functions that return value and gradient, and names for arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import CheckError, ConfigError
from tests.check.course_layers import softmax_loss, svm_loss

RNG = np.random.default_rng(0)
W, X = RNG.standard_normal((4, 3)), RNG.standard_normal((10, 4))
y, REG = RNG.integers(3, size=10), 0.1


def loss(W: Any, X: Any, y: Any, reg: Any, factor: float = 2.0) -> Any:
    value, dscores = softmax_loss(X @ W, y)
    return value + reg * (W**2).sum(), X.T @ dscores + factor * reg * W


def one_layer(W: Any, b: Any, X: Any, y: Any) -> Any:
    value, dscores = svm_loss(X @ W + b, y)
    return value, (X.T @ dscores, dscores.sum(axis=0))


def names(report: Any) -> list[str]:
    return [each.name for each in report.parameters]


@pytest.mark.parametrize("arguments", [(W, X, y, REG), {"W": W, "X": X, "y": y, "reg": REG}])
def test_what_is_varied_is_told_by_name(arguments: Any) -> None:
    report = gw.check_gradient(value_and_grad=loss, x=arguments, wrt="W")
    assert (report.verdict, names(report)) == ("correct", ["W"])


def test_a_penalty_that_is_off_is_told_with_the_name_of_the_array() -> None:
    report = gw.check_gradient(
        value_and_grad=lambda W, X, y, reg: loss(W, X, y, reg, factor=1.0), x=(W, X, y, REG), wrt="W"
    )
    assert (report.verdict, report.location) == ("wrong", "W")
    assert "L2 term" in str(report.cause)


@pytest.mark.parametrize(
    "form", [tuple, list, lambda g: {"dW": g[0], "db": g[1]}, lambda g: {"W": g[0], "b": g[1]}]
)
def test_several_gradients_in_a_tuple_or_a_table(form: Any) -> None:
    def both(W: Any, b: Any, X: Any, y: Any) -> Any:
        value, gradients = one_layer(W, b, X, y)
        return value, form(gradients)

    report = gw.check_gradient(value_and_grad=both, x=(W, np.zeros(3), X, y), wrt=("W", "b"))
    assert (report.verdict, names(report)) == ("correct", ["W", "b"])


def test_gradients_that_follow_the_value() -> None:
    def flat(W: Any, b: Any, X: Any, y: Any) -> Any:
        value, (dW, db) = one_layer(W, b, X, y)
        return value, dW, db[None]

    report = gw.check_gradient(value_and_grad=flat, x=(W, np.zeros(3), X, y), wrt=("W", "b"))
    assert (report.location, report.cause) == ("b", "wrong shape (1, 3) for (3,); the numbers are right")


def test_two_functions_of_many_arguments() -> None:
    report = gw.check_gradient(
        lambda w, x: np.sin(x @ w).sum(), lambda w, x: x.T @ np.cos(x @ w), (W, X), wrt="w"
    )
    assert (report.verdict, names(report)) == ("correct", ["w"])


@pytest.mark.parametrize("function", [softmax_loss, svm_loss])
def test_a_loss_that_returns_its_gradient(function: Any) -> None:
    scores = RNG.standard_normal((6, 3))
    given = (scores, np.array([0, 1, 2, 2, 1, 0]))
    assert gw.check_gradient(value_and_grad=function, x=given, wrt="x").verdict == "correct"


def test_a_number_may_be_varied_too() -> None:
    def scaled(x: Any, rate: float) -> Any:
        return rate * (x**2).sum(), (2 * rate * x, (x**2).sum())

    report = gw.check_gradient(value_and_grad=scaled, x=(X, 0.5), wrt=("x", "rate"))
    assert (report.verdict, names(report)) == ("correct", ["x", "rate"])


def test_arrays_are_called_as_the_user_does() -> None:
    report = gw.check_gradient(lambda x: (x**2).sum(), lambda x: x, W, names="W1")
    assert (report.location, names(report)) == ("W1", ["W1"])
    point = [W, {"b": np.ones(2)}]
    report = gw.check_gradient(
        lambda p: (p[0] ** 2).sum() + (p[1]["b"] ** 3).sum(),
        lambda p: [2 * p[0], {"db": 2 * p[1]["b"] ** 2}],
        point,
        names=("kernel", "offset"),
    )
    assert (report.verdict, report.location, names(report)) == ("wrong", "offset", ["kernel", "offset"])


def test_float32_beside_float64_is_told_with_the_remedy() -> None:
    arguments = {"W": W.astype(np.float32), "X": X, "y": y, "reg": REG}
    report = gw.check_gradient(value_and_grad=loss, x=arguments, wrt="W")
    assert report.verdict == "correct"
    assert report.notes[0].startswith("W is float32 beside X in float64")
    assert report.notes[0].endswith("make it float64, .astype(np.float64)")


def test_what_does_not_say_what_is_asked() -> None:
    with pytest.raises(ConfigError, match="expected f and grad, or value_and_grad"):
        gw.check_gradient(loss, x=W)
    with pytest.raises(ConfigError, match="expected f and grad, or value_and_grad"):
        gw.check_gradient(np.sum, np.ones_like, W, value_and_grad=loss)
    with pytest.raises(ConfigError, match="x: expected where to check"):
        gw.check_gradient(np.sum, np.ones_like)
    with pytest.raises(ConfigError, match="there is no argument 'w'; did you mean 'W'"):
        gw.check_gradient(value_and_grad=loss, x=(W, X, y, REG), wrt="w")
    with pytest.raises(ConfigError, match="expected the arguments in a tuple, or a table by name"):
        gw.check_gradient(value_and_grad=loss, x=W, wrt="W")
    with pytest.raises(ConfigError, match=r"names: expected 2 that differ, for x\[0\], x\[1\]"):
        gw.check_gradient(lambda p: p[0] + p[1], lambda _: (1.0, 1.0), (1.0, 2.0), names="a")
    with pytest.raises(ConfigError, match=r"expected it to return \(value, gradient\), found the number"):
        gw.check_gradient(value_and_grad=np.sum, x=W)
    with pytest.raises(CheckError, match="the gradient has no b"):
        gw.check_gradient(
            value_and_grad=lambda W, b, X, y: (one_layer(W, b, X, y)[0], {"W": W}),
            x=(W, np.zeros(3), X, y),
            wrt=("W", "b"),
        )
