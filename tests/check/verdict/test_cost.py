"""What a check costs: few calls of f, few copies of x, and it says on the way how far it is."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from gradwright.check import check_gradient
from gradwright.check.points import PackedPoint

COPIES = 6  # of x at most, all that the gradient returns among them
RNG = np.random.default_rng(0)


def squares(p: Any) -> float:
    return sum(float(np.vdot(each, each)) for each in p.values())


def doubles(p: Any) -> Any:
    return {name: 2 * each for name, each in p.items()}


def test_a_check_never_holds_more_than_six_copies_of_a_large_x() -> None:
    arrays = {"W1": RNG.normal(size=(300, 500)), "W2": RNG.normal(size=(500, 300)), "b": RNG.normal(size=300)}
    point = PackedPoint.of(arrays, np.float64)
    check_gradient(squares, doubles, {"b": arrays["b"]}, complex_step=False)  # what is imported on the way
    tracemalloc.start()
    report = check_gradient(squares, doubles, point, complex_step=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.verdict == "correct"
    assert peak < COPIES * point.vector.nbytes


@pytest.mark.parametrize(("arrays", "most"), [(1, 150), (10, 270), (40, 630)])
def test_a_right_gradient_takes_a_dozen_calls_of_f_for_each_array(arrays: int, most: int) -> None:
    point = {f"W{i}": RNG.normal(size=5) for i in range(arrays)}

    def f(p: Any) -> Any:
        return sum(np.sin(each).sum() for each in p.values())

    def grad(p: Any) -> Any:
        return {name: np.cos(each) for name, each in p.items()}

    report = check_gradient(f, grad, point, complex_step=False)
    assert report.verdict == "correct"
    assert report.evaluations <= most


def test_how_far_a_check_is_can_be_watched_and_it_can_be_left_at_any_call() -> None:
    seen: list[tuple[int, int]] = []

    def watch(calls: int, likely: int) -> None:
        seen.append((calls, likely))

    report = check_gradient(squares, doubles, {"w": np.ones(3)}, watch=watch)
    assert [calls for calls, _ in seen] == list(range(1, report.evaluations + 1))
    assert all(calls <= likely for calls, likely in seen)
    assert seen[-1][1] <= 1.2 * report.evaluations

    def leave(calls: int, _: int) -> None:
        if calls == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_gradient(squares, doubles, {"w": np.ones(3)}, watch=leave)
