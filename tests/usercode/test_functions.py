"""Functions in a user's file, from their names to the verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check.conventions.calls import described
from gradwright.check.verdict.gradient import check_gradient
from gradwright.errors import ConfigError
from gradwright.usercode import Request
from gradwright.usercode.names import Name
from gradwright.usercode.target import a_loss

Checked = Callable[..., Any]
Failed = Callable[..., tuple[int, str]]

CUBE = """
point = np.array([0.5, -1.0, 2.0])
table = {"w": point, "rest": [np.ones((2, 2)), (np.array(3.0),)]}

def target(x): return np.sum(x**3), 3 * x**2
def wrong(x): return np.sum(x**3), 3.01 * x**2
def loss(x): return np.sum(x**3)
def grad(x): return 3 * x**2
def half(x): return 1.5 * x**2
def make(): return point
def needs(size): return np.ones(size)
def fails(): return 1 / 0

def of_table(p):
    w, (square, (one,)) = p["w"], p["rest"]
    loss = (w**2).sum() + (square**3).sum() + one**2
    return loss, {"w": 2 * w, "rest": [3 * square**2, (2 * one,)]}
"""


@pytest.mark.parametrize(("target", "verdict"), [("target", "correct"), ("wrong", "wrong")])
def test_a_function_that_returns_loss_and_gradient(checked: Checked, target: str, verdict: str) -> None:
    assert checked(CUBE, target).verdict == verdict


def test_two_functions(checked: Checked) -> None:
    assert checked(CUBE, "loss", gradient="my.py:grad").verdict == "correct"
    assert checked(CUBE, "loss", gradient="my.py:half").verdict == "wrong"


def test_a_point_may_be_made_by_a_function(checked: Checked) -> None:
    assert checked(CUBE, at="make") == checked(CUBE, at="point")


def test_a_point_may_be_nested(checked: Checked) -> None:
    report = checked(CUBE, "of_table", "table")
    assert report.verdict == "correct"
    assert [each.name for each in report.parameters] == ["w", "rest[0]", "rest[1][0]"]


def test_seed_budget_and_tolerance_reach_the_checker(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {}

    def spy(*arguments: Any, **given: Any) -> Any:
        options.update(given)
        return check_gradient(*arguments, **given)

    monkeypatch.setattr("gradwright.usercode.worker.check_gradient", spy)
    assert checked(CUBE, seed=7, max_evaluations=2000, tolerance=1e-6).seed == 7
    assert options == {"seed": 7, "max_evaluations": 2000, "tolerance": 1e-6}


WRONG_USE = {
    "arguments": ("def target(W, b): ...", ["target(point)", "found target(W, b)", "def target(W, b): ..."]),
    "no pair": ("def target(x): return x.sum()", ["(loss, gradient)", "found the number 2", "--gradient"]),
    "nothing": ("def target(x): x.sum()", ["(loss, gradient)", "found None"]),
    "a triple": ("def target(x): return 1, 2, 3", ["(loss, gradient)", "found a tuple of 3"]),
    "exchanged": ("def target(x): return x, x.sum()", ["one number as the loss", "an array of shape (2,)"]),
    "not callable": ("target = 3", ["expected a function, or a class", "found the number 3"]),
    "a missing name": ("def tarket(x): ...", ["has no 'target'; did you mean 'tarket'?"]),
}


@pytest.mark.parametrize(("text", "parts"), WRONG_USE.values(), ids=WRONG_USE)
def test_a_function_that_is_not_what_was_asked_for(failed: Failed, text: str, parts: list[str]) -> None:
    code, message = failed(f"point = np.ones(2)\n{text}")
    assert code == 2
    for part in ["my.py:target: ", *parts]:
        assert part in message


@pytest.mark.parametrize(
    ("target", "gradient", "part"),
    [
        ("loss", "point", "my.py:point: expected a function, found an array of shape (3,)"),
        ("loss", "make", "my.py:make: expected a function that can be called as make(point), found make()"),
        ("loss", "gradd", "has no 'gradd'; did you mean 'grad'?"),
        ("target", "grad", "my.py:target: expected one number as the loss, found a tuple of 2"),
    ],
)
def test_a_gradient_that_is_not_what_was_asked_for(
    failed: Failed, target: str, gradient: str, part: str
) -> None:
    code, message = failed(CUBE, target, gradient=f"my.py:{gradient}")
    assert (code, part in message) == (2, True), message


@pytest.mark.parametrize(
    ("point", "part"),
    [
        ("np.array([1, 2])", "my.py:point: x: expected an array of float64 or float32, found int64"),
        ("{'w': 'one'}", "my.py:point: w: expected"),
        ("np.array([1.0, np.nan])", "my.py:point: x: expected finite numbers, found nan"),
        ("[]", "my.py:point: x: expected at least one number, found none"),
        ("lambda n: np.ones(n)", "my.py:point: expected a function that can be called as <lambda>()"),
    ],
)
def test_a_point_that_is_none(failed: Failed, point: str, part: str) -> None:
    code, message = failed(f"def target(x): return 0.0, x\npoint = {point}")
    assert (code, part in message) == (2, True), message


RAISES = {
    "the function": (
        "def target(x):\n    y = 0\n    return 1 / y, x",
        "ZeroDivisionError",
        "return 1 / y, x",
    ),
    "one that it calls": (
        "def g(x):\n    assert x is None\ndef target(x): return g(x)",
        "AssertionError",
        "assert x is None",
    ),
    "NumPy below it": ("def target(x): return x @ np.ones(3), x", "ValueError", "return x @ np.ones(3), x"),
    "a script that leaves": ("def target(x): raise SystemExit('bye')", "SystemExit: bye", "raise SystemExit"),
    "Ctrl-C of its own": ("def target(x): raise KeyboardInterrupt", "KeyboardInterrupt", "raise Keyboard"),
    "input": ("def target(x): raise EOFError", "EOFError", "def target(x): raise EOFError"),
}


@pytest.mark.parametrize(("text", "error", "line"), RAISES.values(), ids=RAISES)
def test_an_exception_is_told_with_their_own_line(failed: Failed, text: str, error: str, line: str) -> None:
    code, message = failed(f"point = np.ones(2)\n{text}")
    first, place, source = message.splitlines()
    assert code == 1
    assert first.startswith(f"my.py:target raised {error}")
    assert place.startswith("  my.py:")
    assert line in source


def test_an_error_of_gradwright_that_their_code_causes_has_their_line(failed: Failed) -> None:
    code, message = failed(
        "import gradwright as gw\npoint = np.ones(2)\ndef target(x): return gw.SGD(momentum=9), x"
    )
    assert code == 1
    assert message.startswith("my.py:target raised ConfigError: ")
    assert message.endswith("def target(x): return gw.SGD(momentum=9), x")


def test_a_point_that_raises_is_told_with_its_own_line(failed: Failed) -> None:
    code, message = failed(CUBE, at="fails")
    assert code == 1
    assert message.startswith("my.py:fails raised ZeroDivisionError")
    assert message.endswith("def fails(): return 1 / 0")


def test_what_the_checker_cannot_work_with_has_failed(failed: Failed) -> None:
    code, message = failed("point = np.ones(2)\ndef target(x): return 0.0, None")
    assert code == 1
    assert "the gradient of x: expected real numbers, found object" in message


@pytest.mark.parametrize("loss", [1.0, 2, 1j, np.float32(1), np.array(1.0), np.array([[1.0]])])
def test_a_loss_is_one_number_of_any_kind(loss: Any) -> None:
    assert a_loss(loss, Name.parse("my.py:f")) is loss


def test_values_are_described_in_the_words_of_a_message() -> None:
    assert described("text") == "str 'text'"
    assert described(Name) == "the class Name"
    assert described({"a": 1}) == "a dict of 1"
    assert described(np.float64(0.5)) == "the number 0.5"
    assert described(np.str_("a")) == "str_ np.str_('a')"


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"at": None, "invariants": True}, "--at: expected where to check my.py:f"),
        ({"timeout": 0.0}, "--timeout: expected more than 0 seconds and at most a day, found 0"),
        ({"timeout": float("nan")}, "and at most a day, found nan"),
        ({"timeout": float("inf")}, "and at most a day, found inf"),
        ({"seed": -1}, "--seed: expected 0 or more, found -1"),
    ],
)
def test_a_request_that_cannot_be(options: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(part)):
        Request(**({"target": "my.py:f", "at": "my.py:x"} | options))
