"""f and the gradient on vectors: an oracle stays what it is, and all that come from it share one meter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.check.points import Array
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.oracle import NoAnswerError, Oracle
from gradwright.errors import CheckError

X = {"a": np.array([1.0, 2.0]), "b": np.array([3.0])}


def squares(p: dict[str, Array]) -> Any:
    return (p["a"] ** 2).sum() + (p["b"] ** 2).sum()


def doubles(p: dict[str, Array]) -> dict[str, Array]:
    return {name: 2 * array for name, array in p.items()}


def test_an_oracle_elsewhere_is_another_one_on_the_same_meter() -> None:
    oracle = Oracle.of(squares, doubles, X, allowed=100)
    there = oracle.at(2 * oracle.x)
    assert (oracle.value, there.value) == (14.0, 56.0)
    assert there.gradient(there.x).tolist() == [4.0, 8.0, 12.0]
    assert oracle.meter is there.meter
    assert (oracle.meter.f, oracle.meter.gradient, oracle.meter.left) == (3, 1, 97)


def test_values_gradients_and_derivatives_are_scaled_alike() -> None:
    oracle = Oracle.of(squares, doubles, X, allowed=100).scaled(0.5)
    v = Direction.through(np.array([1.0, 0.0, 0.0]))
    assert oracle.value == 7.0
    assert oracle.gradient(oracle.x).tolist() == [1.0, 2.0, 3.0]
    assert oracle.complex_derivative(oracle.x, v) == 1.0
    assert oracle.change(v, 1.0) == 1.5


def test_functions_that_write_to_their_argument_get_copies_and_are_noticed() -> None:
    def in_place(p: dict[str, Array]) -> Any:
        p["a"] += 1
        return p["a"].sum()

    def zeroing(p: dict[str, Array]) -> dict[str, Array]:
        p["b"][:] = 0
        return doubles(p)

    oracle = Oracle.of(in_place, zeroing, X, allowed=100)
    assert oracle.changes_x
    assert oracle.at(2 * oracle.x).value == 8.0
    assert oracle.call_gradient(oracle.x).changed_x
    assert X["a"].tolist() == [1.0, 2.0]


def test_outside_its_domain_f_has_no_value_and_other_errors_are_the_users() -> None:
    def domain(p: dict[str, Array]) -> Any:
        if p["a"][0] > 1.5:
            raise ValueError("outside")
        if p["a"][0] < 0.5:
            raise RuntimeError("broken")
        return squares(p)

    oracle = Oracle.of(domain, doubles, X, allowed=100)
    move = Direction.through(np.array([1.0, 0.0, 0.0]))
    assert np.isnan(oracle.change(move, 1.0))
    with pytest.raises(RuntimeError, match="broken"):
        oracle.change(move, -1.0)


def test_guarded_functions_have_no_answer_where_they_raise() -> None:
    def broken(_: Any) -> Any:
        raise KeyError("W")

    oracle = Oracle.of(squares, broken, X, allowed=100).guarded()
    with pytest.raises(NoAnswerError, match="W"):
        oracle.gradient(oracle.x)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda p: p["a"], "expected one real number, found float64 of shape"),
        (lambda _: "14", "expected one real number, found str"),
        (lambda _: np.inf, "expected a finite number, found inf"),
    ],
)
def test_what_is_no_number_is_refused(f: Any, message: str) -> None:
    with pytest.raises(CheckError, match=message):
        Oracle.of(f, doubles, X, allowed=100)
