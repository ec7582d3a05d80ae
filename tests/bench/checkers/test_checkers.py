"""Every public checker sees the question as it is: it passes a right gradient and fails a wrong one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.bench.checkers.checker import Checker, flatten
from gradwright.bench.checkers.frameworks import FRAMEWORKS
from gradwright.bench.checkers.model import Gradient, Point
from gradwright.bench.checkers.rules import RULES, course_notes, minimum_rate

CHECKERS = pytest.mark.parametrize("checker", [*RULES, *FRAMEWORKS], ids=lambda checker: checker.name)
DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def point(dtype: type = np.float64) -> Point:
    rng = np.random.default_rng(3)
    return {"a": rng.standard_normal((2, 3)).astype(dtype), "b": rng.standard_normal(2).astype(dtype)}


def value(p: Point) -> Any:
    return np.sin(p["a"]).sum() + (p["a"].sum(axis=1) * p["b"]).sum() + (p["b"] ** 3).sum()


def right(p: Point) -> Point:
    return {"a": np.cos(p["a"]) + p["b"][:, None], "b": p["a"].sum(axis=1) + 3 * p["b"] ** 2}


def off_by(factor: float) -> Gradient:
    return lambda p: right(p) | {"a": (factor * right(p)["a"]).astype(p["a"].dtype)}


def needed(checker: Checker) -> Checker:
    if not checker.installed:
        pytest.skip(f"needs {checker.needs}")
    return checker


@CHECKERS
def test_a_right_gradient_passes(checker: Checker) -> None:
    assert needed(checker).judge(value, right, point()).verdict == "correct"


@CHECKERS
@DTYPES
def test_a_gradient_that_is_half_as_large_again_fails(checker: Checker, dtype: type) -> None:
    assert needed(checker).judge(value, off_by(1.5), point(dtype)).verdict == "wrong"


@CHECKERS
def test_no_public_checker_names_a_cause_or_a_location(checker: Checker) -> None:
    answer = needed(checker).judge(value, off_by(-1.0), point())
    assert (answer.cause, answer.location) == (None, None)
    assert not checker.explains


def test_between_the_limits_the_course_notes_leave_it_to_the_eye() -> None:
    assert course_notes(value, off_by(1.001), point()).verdict == "undecided"


def test_the_minimum_rate_fails_an_exactly_linear_function() -> None:
    ones = {"a": np.zeros(2)}
    answer = minimum_rate(lambda p: float(p["a"].sum() * 0), lambda _: {"a": np.zeros(2)}, ones)
    assert answer.verdict == "wrong"


def test_a_package_that_is_not_there_is_not_installed() -> None:
    assert not Checker("nobody's", "none", course_notes, needs="no_such_package_anywhere").installed


def test_a_flat_question_keeps_the_order_of_the_parameters() -> None:
    x = point()
    flat = flatten(value, right, x)
    np.testing.assert_array_equal(flat.x, np.concatenate([x["a"].ravel(), x["b"]]))
    np.testing.assert_array_equal(flat.grad(flat.x), np.concatenate([right(x)["a"].ravel(), right(x)["b"]]))
    assert flat.f(flat.x) == value(x)
