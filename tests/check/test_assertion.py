"""``assert_gradient``: silent where the gradient is right, and no frame of the checker where it is not."""

from __future__ import annotations

import traceback
from typing import Any

import numpy as np
import pytest

from gradwright.check import assert_gradient, assert_pair, assertion
from gradwright.errors import CheckError, ConfigError

X = np.array([0.5, -1.0, 2.0])


def cube(x: Any) -> Any:
    return (x**3).sum()


def right(x: Any) -> Any:
    return 3 * x**2


def wrong(x: Any) -> Any:
    return 3.003 * x**2


def frames(error: BaseException) -> list[str]:
    """The functions in a traceback, from the call to the exception."""
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_a_right_gradient_passes_and_gives_its_report() -> None:
    assert assert_gradient(cube, right, X).verdict == "correct"


def test_a_wrong_gradient_fails_with_the_verdict_first() -> None:
    with pytest.raises(CheckError, match=r"\Awrong: x is 1.001 x the true gradient in every entry") as caught:
        assert_gradient(cube, wrong, X)
    assert frames(caught.value) == ["test_a_wrong_gradient_fails_with_the_verdict_first"]


def test_what_cannot_be_decided_fails() -> None:
    noise = np.random.default_rng(0)
    with pytest.raises(CheckError, match=r"\Aundecided: "):
        assert_gradient(lambda x: cube(x) + noise.standard_normal(), right, X)


def test_an_exception_in_the_gradient_keeps_its_own_frames_and_cause() -> None:
    def fails(_: Any) -> Any:
        try:
            return dict[str, float]()["W"]
        except KeyError as error:
            raise RuntimeError("no W") from error

    with pytest.raises(RuntimeError, match="no W") as caught:
        assert_gradient(cube, fails, X)
    assert frames(caught.value) == [
        "test_an_exception_in_the_gradient_keeps_its_own_frames_and_cause",
        "fails",
    ]
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_point_that_cannot_be_checked_is_said_at_once() -> None:
    with pytest.raises(ConfigError, match="expected an array of float64 or float32") as caught:
        assert_gradient(cube, right, np.array([1, 2]))
    assert frames(caught.value) == ["test_a_point_that_cannot_be_checked_is_said_at_once"]


def test_the_seed_is_the_one_given_or_else_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert assert_gradient(cube, right, X).seed == 0
    monkeypatch.setattr(assertion, "default_seed", 5)
    assert assert_gradient(cube, right, X).seed == 5
    assert assert_gradient(cube, right, X, seed=3).seed == 3


def test_the_budget_reaches_the_checker() -> None:
    with pytest.raises(ConfigError, match="max_evaluations"):
        assert_gradient(cube, right, X, max_evaluations=1)


def test_a_pair_and_a_function_that_returns_both_are_asserted_alike() -> None:
    def both(x: Any) -> Any:
        return (x**3).sum(), 3 * x**2

    assert assert_gradient(value_and_grad=both, x=X, names="w").parameters[0].name == "w"
    assert assert_pair(lambda x: (np.sin(x), x), lambda dout, x: dout * np.cos(x), x=X).verdict == "correct"
    with pytest.raises(CheckError, match=r"\Awrong: x is") as caught:
        assert_pair(lambda x: (np.sin(x), x), lambda dout, x: 2 * dout * np.cos(x), x=X)
    assert frames(caught.value) == [
        "test_a_pair_and_a_function_that_returns_both_are_asserted_alike",
    ]
    assert "second remainder" in str(caught.value)
    assert "second remainder" not in str(caught.value.brief)
