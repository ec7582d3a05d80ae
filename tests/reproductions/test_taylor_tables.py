"""Taylor tables along one direction: their orders, and the kinks that explain an odd ratio."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.check.points import Array
from gradwright.errors import CheckError, ConfigError
from gradwright.reproductions.taylor_tables import (
    Kink,
    along,
    jacobian_by_vjp,
    kinks_along,
    straightened,
    taylor_table,
)

STEPS = 0.2 * 0.5 ** np.arange(12)
ORDER = 0.01  # what the fitted orders of a smooth function are allowed to be off
SPACING = 1e-6  # of a length of 1: two thousand points and a straight line between them do better


def curve(t: float) -> Array:
    return np.array([np.exp(t), np.sin(2 * t), t**3])


def bent(t: float) -> float:
    return float(np.exp(t) + 0.7 * max(t - 0.15, 0.0))


def test_a_right_derivative_has_the_orders_1_and_2() -> None:
    table = taylor_table(curve, np.array([1.0, 2.0, 0.0]), STEPS)
    assert table.first_order == pytest.approx(1, abs=ORDER)
    assert table.second_order == pytest.approx(2, abs=ORDER)
    assert table.rows[-2].first_ratio == pytest.approx(2, abs=ORDER)
    assert table.rows[-2].second_ratio == pytest.approx(4, abs=ORDER)
    assert table.rows[-1].second_ratio is None


def test_a_derivative_that_is_wrong_in_one_component_has_order_1() -> None:
    table = taylor_table(curve, np.array([1.0, 2.0, 0.1]), STEPS)
    assert table.second_order == pytest.approx(1, abs=ORDER)


def test_the_orders_are_fitted_above_the_rounding() -> None:
    table = taylor_table(np.exp, 1.0, 0.5 ** np.arange(40))
    assert table.second_order == pytest.approx(2, abs=ORDER)
    assert table.rows[table.window[1]].second < 1e-13 < table.rows[table.window[0]].second


def test_a_linear_function_has_no_second_order() -> None:
    table = taylor_table(lambda t: 3.0 * t, 3.0, 0.5 ** np.arange(6))
    assert table.second_order is None
    assert "none" in str(table)


def test_the_orders_are_fitted_below_the_last_kink() -> None:
    """Where a step no longer crosses a kink, the remainder collapses faster than any smooth one falls."""
    table = taylor_table(lambda t: float(np.exp(t) + 100 * max(t - 0.1, 0.0)), 1.0, STEPS[:4])
    assert table.window == (1, 4)
    assert table.second_order == pytest.approx(2, abs=0.1)


def test_the_table_is_printed_with_the_fitted_rows_marked() -> None:
    lines = str(taylor_table(np.exp, 1.0, STEPS)).splitlines()
    assert len(lines) == len(STEPS) + 2
    assert [line[0] for line in lines[-6:]] == ["|"] * 6
    assert lines[-1].endswith("1.00 of the first remainder, 2.00 of the second")


def test_a_kink_is_found_and_its_jump_measured() -> None:
    (kink,) = kinks_along(bent, 1.0)
    assert kink.at == pytest.approx(0.15, abs=SPACING)
    assert kink.jump == pytest.approx(0.7, rel=1e-3)


def test_several_kinks_are_told_apart() -> None:
    found = kinks_along(lambda t: abs(t - 0.3) - 2 * abs(t - 0.31) + np.sin(t), 1.0)
    assert [round(kink.at, 4) for kink in found] == [0.3, 0.31]
    assert [round(kink.jump, 2) for kink in found] == [2.0, -4.0]


@pytest.mark.parametrize(
    "line", [np.exp, lambda t: 3 * t, lambda t: np.sin(20 * t), lambda t: np.exp(30 * t)]
)
def test_a_smooth_function_has_no_kinks(line: object) -> None:
    assert kinks_along(line, 1.0) == ()  # type: ignore[arg-type]


def test_two_kinks_that_undo_each_other_are_none() -> None:
    assert kinks_along(lambda t: abs(t - 0.3) - abs(t - 0.3001), 1.0) == ()


def test_a_ratio_far_from_4_is_the_work_of_a_kink() -> None:
    steps = 0.3 * 0.5 ** np.arange(8)
    ratio = taylor_table(bent, 1.0, steps).rows[0].second_ratio
    smooth = straightened(bent, kinks_along(bent, 0.3))
    without = taylor_table(smooth, 1.0, steps).rows[0].second_ratio
    assert ratio is not None
    assert without is not None
    assert ratio > 10
    assert without == pytest.approx(4, abs=0.5)


def test_what_a_kink_did_is_taken_back() -> None:
    smooth = straightened(bent, [Kink(0.15, 0.7)])
    assert smooth(0.5) == pytest.approx(np.exp(0.5))
    assert smooth(0.1) == np.exp(0.1)


def test_a_line_goes_through_arrays_by_name() -> None:
    line = along(
        lambda p: p["a"].sum() + p["b"][0], {"a": np.ones(2), "b": (3.0,)}, {"a": np.ones(2), "b": (-1.0,)}
    )
    assert [line(0.0), line(2.0)] == [5.0, 7.0]


def test_the_rows_of_a_jacobian_come_from_its_products() -> None:
    W = np.array([[1.0, -2.0, 0.5], [0.5, 3.0, 1.0]])
    point = {"x": np.array([0.3, -0.1]), "b": np.ones(3)}

    def vjp(p: dict[str, Array], u: Array) -> dict[str, Array]:
        slope = 1 - np.tanh(p["x"] @ W + p["b"]) ** 2
        return {"x": W @ (u * slope), "b": u * slope}

    y = np.tanh(point["x"] @ W + point["b"])
    jacobian = jacobian_by_vjp(vjp, point, y)
    np.testing.assert_allclose(jacobian[:, :2], (1 - y**2)[:, None] * W.T, rtol=1e-14)
    np.testing.assert_allclose(jacobian[:, 2:], np.diag(1 - y**2), rtol=1e-14)


def test_wrong_use_is_told() -> None:
    with pytest.raises(ConfigError, match="steps: expected at least 3 falling numbers"):
        taylor_table(np.exp, 1.0, [0.1, 0.2, 0.3])
    with pytest.raises(ConfigError, match="steps"):
        taylor_table(np.exp, 1.0, [0.2, 0.1])
    with pytest.raises(CheckError, match="finite"):
        taylor_table(lambda t: np.nan if t else 1.0, 1.0, STEPS)
