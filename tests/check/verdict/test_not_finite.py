"""Where f or its gradient is NaN or infinite the report says in which entries, where it began, what helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check import check_gradient, check_layer, check_pair

Function = Callable[[Any], Any]
THIS_FILE = "test_not_finite.py"


def softmax_with_overflow(x: Any) -> Any:
    e = np.exp(x)
    return (e / e.sum()) @ np.arange(len(x))


@pytest.mark.parametrize(
    ("f", "x", "value", "began", "remedy"),
    [
        (
            lambda x: np.log(x).sum(),
            [1.0, 0.0],
            "-inf",
            "divide by zero encountered in log",
            "add an epsilon",
        ),
        (
            lambda x: np.log(x).sum(),
            [1.0, -1.0],
            "nan",
            "invalid value encountered in log",
            "negative number",
        ),
        (lambda x: (x / x).sum(), [1.0, 0.0], "nan", "invalid value encountered in divide", "0 / 0"),
        (
            lambda x: (1 / x).sum(),
            [1.0, 0.0],
            "inf",
            "divide by zero encountered in divide",
            "add an epsilon",
        ),
        (lambda x: np.sqrt(x).sum(), [-1.0, 1.0], "nan", "invalid value encountered in sqrt", "a root of"),
        (softmax_with_overflow, [1.0, 1e3], "nan", "overflow encountered in exp", "subtract the largest"),
    ],
)
def test_an_f_that_is_not_finite_is_undecided_with_the_line_and_the_remedy(
    f: Function, x: list[float], value: str, began: str, remedy: str
) -> None:
    report = check_gradient(f, np.ones_like, np.array(x))
    assert report.verdict == "undecided"
    assert report.reason.startswith(f"f(x) is {value}, and has no gradient there; {began}: ")
    assert remedy in report.reason
    assert THIS_FILE in report.reason


def test_a_silent_library_is_told_by_its_value_alone() -> None:
    report = check_gradient(lambda _: float("nan"), np.ones_like, np.ones(2))
    assert (report.verdict, report.reason) == ("undecided", "f(x) is nan, and has no gradient there")


def test_a_nan_in_a_gradient_is_wrong_at_its_entry() -> None:
    def grad(p: Any) -> Any:
        g = {name: 2 * each for name, each in p.items()}
        g["W"][2, 1] = np.nan
        return g

    point = {"W": np.ones((3, 2)), "b": np.ones(2)}
    report = check_gradient(lambda p: sum((each**2).sum() for each in p.values()), grad, point)
    assert (report.verdict, report.location) == ("wrong", "W[2, 1]")
    assert report.reason == "f is finite, and the gradient NaN in W[2, 1]"
    assert [each.verdict for each in report.parameters] == ["wrong", "undecided"]


def test_where_a_gradient_divides_by_zero_is_told() -> None:
    report = check_gradient(lambda x: np.abs(x).sum(), lambda x: x / np.abs(x), np.array([1.0, 0.0, 0.0]))
    assert report.reason.startswith(
        "f is finite, and the gradient NaN in 2 of 3 entries of x, x[1] the first; "
    )
    assert "invalid value encountered in divide: 0 / 0" in report.reason


def test_a_gradient_that_is_not_finite_beside_x_says_so() -> None:
    def grad(x: Any) -> Any:
        return np.where(x == 1.0, 2 * x, np.nan)

    report = check_gradient(lambda x: (x**2).sum(), grad, np.ones(2))
    assert report.verdict == "wrong"
    assert "a little away from x" in report.reason


def test_pairs_and_layers_say_the_same() -> None:
    class Log:
        def forward(self, x: Any) -> Any:
            self.x = x
            return np.log(x)

        def backward(self, dout: Any) -> Any:
            return dout / self.x

    at = np.array([[0.0, 1.0]])
    pair = check_pair(lambda x: (np.log(x), x), lambda dout, x: dout / x, x=at)
    layer = check_layer(Log(), at).gradient
    assert layer is not None
    for report in (pair, layer):
        assert report.verdict == "undecided"
        assert "divide by zero encountered in log" in report.reason
