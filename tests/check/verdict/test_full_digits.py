"""A function that computes in few digits is judged without its casts, where it is the same without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check import GradientReport, check_gradient

X = np.random.default_rng(5).normal(size=6)
U = np.random.default_rng(6).normal(size=6)
LEFT_OUT = "its slopes were taken with its casts left out"


def is_in_full_digits(report: GradientReport) -> bool:
    return any(LEFT_OUT in note for note in report.notes)


def half(x: Any) -> Any:
    return x.astype(np.float16).astype(np.float64)


def cubes(x: Any) -> Any:
    return (U * half(half(x) ** 3)).sum()


def slope_of_cubes(x: Any) -> Any:
    return 3 * U * half(half(x) ** 2)


def test_a_right_gradient_in_half_precision_is_correct_and_its_precision_told() -> None:
    report = check_gradient(cubes, slope_of_cubes, X)
    assert report.verdict == "correct"
    assert any(note.startswith("f computes in float16 inside") for note in report.notes)


@pytest.mark.parametrize("entry", [slice(None), 2])
def test_an_error_of_a_hundredth_is_found_behind_roundings_of_a_thousandth(entry: Any) -> None:
    def grad(x: Any) -> Any:
        g = np.array(slope_of_cubes(x))
        g[entry] *= 1.01
        return g

    report = check_gradient(cubes, grad, X)
    assert report.verdict == "wrong"
    assert is_in_full_digits(report)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (np.round(8 * x.astype(np.float32)) / 8 * U).sum(),  # quantised
        lambda x: ((half(x + 2048) - 2048) * U).sum(),  # rounded to whole numbers by what the cast does
    ],
)
def test_steps_that_are_meant_are_no_cast(f: Callable[[Any], Any]) -> None:
    assert not is_in_full_digits(check_gradient(f, lambda _: U, X))


def test_casts_of_which_some_are_out_of_reach_leave_the_steps_of_f() -> None:
    def f(x: Any) -> Any:
        return (half(np.asarray(half(x))) ** 3).sum()  # of which a plain array is made

    report = check_gradient(f, lambda x: 3 * x**2, X)
    assert report.verdict == "correct"
    assert not is_in_full_digits(report)


def test_constants_out_of_reach_may_be_rounded_in_one_of_the_two() -> None:
    class Layer:
        u = U

    layer = Layer()

    def grad(x: Any) -> Any:
        return 3 * half(layer.u) * half(x) ** 2

    assert check_gradient(lambda x: (layer.u * half(x) ** 3).sum(), grad, X).verdict == "correct"


def test_what_f_writes_for_its_gradient_is_read_by_it() -> None:
    cache: dict[str, Any] = {}

    def f(x: Any) -> Any:
        cache["x"] = half(x)
        return (cache["x"] ** 2).sum()

    report = check_gradient(f, lambda _: 2 * cache["x"], X)
    assert report.verdict == "correct"
    assert is_in_full_digits(report)
    assert type(cache["x"]) is np.ndarray
