"""What an expert would say at a kink, a jump, of chance, of huge values, and of slight differences."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright.check import GradientReport, check_gradient
from gradwright.errors import ConfigError

X = np.random.default_rng(3).standard_normal(6)
P = np.array([0.2, 0.3, 0.5])
Function = Callable[[Any], Any]


def cross_entropy(p: Any) -> Any:
    return -np.log(p + 1e-7).sum()


def without_epsilon(p: Any) -> Any:
    return -1 / p


def test_a_jump_at_x_is_undecided_whatever_is_right_beside_it() -> None:
    report = check_gradient(lambda x: np.floor(x).sum() + (x**2).sum(), lambda x: 2 * x, np.array([1.0, 2.0]))
    told = "undecided: f has a jump at x, and no gradient there; beside it the claimed one is right."
    assert str(report).startswith(told)


def test_a_kink_at_x_is_said_in_the_headline() -> None:
    report = check_gradient(lambda x: np.abs(x).sum(), np.sign, np.zeros(4))
    assert str(report).startswith("correct: f has a kink at x, and no gradient there; beside it f and the")


def test_chance_in_f_is_told_with_the_remedy() -> None:
    rng = np.random.default_rng(5)
    report = check_gradient(lambda x: (x**2 * (rng.random(6) > 0.5)).sum(), lambda x: 2 * x, X)
    assert report.verdict == "undecided"
    assert "draw what is random in it once, such as a mask, or seed its generator inside f" in report.reason


def test_chance_in_the_gradient_alone_is_the_cause() -> None:
    rng = np.random.default_rng(5)
    report = check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x * (rng.random(6) > 0.5), X)
    assert (report.verdict, report.cause) == (
        "wrong",
        "it draws anew at each call what f does not, such as a mask",
    )


def test_a_constant_that_hides_f_is_to_be_left_out() -> None:
    report = check_gradient(lambda x: 1e12 + 1e-6 * (x**2).sum(), lambda x: 2e-6 * x, X)
    assert report.verdict == "undecided"
    assert "f is 1.0e+12: leave out of it what does not change with x" in report.reason


def test_no_gradient_of_an_f_that_does_not_move_is_told_with_its_rounding() -> None:
    report = check_gradient(lambda x: 1e12 + 1e-6 * (x**2).sum(), lambda x: 0 * x, X)
    assert report.reason == "the gradient is 0, and f does not change with x beyond its rounding, 1e-04"


# -- slight differences -------------------------------------------------------------------------------------


def test_a_slight_difference_is_not_called_a_penalty() -> None:
    for seed in range(8):
        z, y = np.random.default_rng(seed).standard_normal(3), np.array([0.0, 1.0, 1.0])

        def f(z: Any, y: Any = y) -> Any:
            p = 1 / (1 + np.exp(-z))
            return -np.log(np.where(y == 1, p, 1 - p) + 1e-7).mean()

        report = check_gradient(f, lambda z, y=y: (1 / (1 + np.exp(-z)) - y) / 3, z)
        assert (report.verdict, report.cause) == ("wrong", None)


def test_an_epsilon_is_suspected_and_no_factor_of_1_claimed() -> None:
    report = check_gradient(cross_entropy, without_epsilon, P)
    assert (report.verdict, report.cause, report.evidence) == ("wrong", None, None)
    assert report.suspicion is not None
    assert "epsilon" in report.suspicion
    assert "perhaps  " in str(report)


def test_a_gradient_of_float32_numbers_is_suspected_to_be_computed_so() -> None:
    def single(x: Any) -> Any:
        return (1 - np.tanh(x.astype(np.float32)) ** 2).astype(np.float64)

    report = check_gradient(lambda x: np.tanh(x).sum(), single, X)
    assert (report.verdict, report.cause) == ("wrong", None)
    assert report.suspicion == "the gradient is computed in float32: every entry of it is such a number"


def test_what_is_tolerated_is_correct_within_what_was_seen() -> None:
    report = check_gradient(cross_entropy, without_epsilon, P, tolerance=1e-6)
    assert re.match(r"correct: within [45]\.\de-07 of its size", str(report))
    assert report.suspicion is not None
    assert 4e-7 < report.parameters[0].difference < 6e-7


@pytest.mark.parametrize("share", [1e-4, 1e-3, 1e-2])
def test_more_than_is_tolerated_is_wrong(share: float) -> None:
    report = check_gradient(lambda x: np.exp(x).sum(), lambda x: (1 + share) * np.exp(x), X, tolerance=1e-5)
    assert report.verdict == "wrong"
    assert f"x is {1 + share:g} x the true gradient" in str(report.evidence)


def test_a_gradient_that_is_right_has_nothing_to_tolerate() -> None:
    strict, lenient = (check_gradient(lambda x: np.sin(x).sum(), np.cos, X, tolerance=t) for t in (0, 1e-3))
    assert strict == lenient


@pytest.mark.parametrize("tolerance", [-1e-6, 1.0, float("nan")])
def test_no_other_share_is_a_tolerance(tolerance: float) -> None:
    with pytest.raises(ConfigError, match="tolerance: expected 0 or more and less than 1"):
        check_gradient(lambda x: x.sum(), np.ones_like, X, tolerance=tolerance)


# -- what was not checked -----------------------------------------------------------------------------------


def report_with(*notes: str) -> GradientReport:
    return replace(check_gradient(lambda x: np.sin(x).sum(), np.cos, X), notes=notes)


def test_correct_without_reserve_covers_everything() -> None:
    told = "not checked, because no gradient is stored for them: W, b"
    assert str(report_with("another", told)).startswith(f"correct in x; {told}.")
    assert str(report_with("another")).startswith("correct: f and the gradient agree")
