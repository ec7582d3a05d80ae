"""A gradient that only the pieces of f active at x make right is not called correct without more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gradwright.check import check_gradient, check_pair
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array
from gradwright.check.present.report import GradientReport

RNG = np.random.default_rng(7)
POSITIVE = RNG.random((4, 5)) + 0.6
PROBABILITIES = RNG.dirichlet(np.ones(3), 5)
ONE_HOT = np.eye(3)[RNG.integers(3, size=5)]
ROWS, LABELS = RNG.standard_normal((10, 6)), RNG.integers(3, size=10)


def relu(x: Array) -> tuple[Array, Array]:
    return np.maximum(x, 0), x


def unmasked(dout: Array, _cache: Array) -> Array:
    return dout


def masked(dout: Array, x: Array) -> Array:
    return dout * (x > 0)


def hinge(w: Array) -> float:
    scores = ROWS @ w
    margins = np.maximum(0, scores - scores[np.arange(10), LABELS][:, None] + 1)
    return float(margins.sum() / 10 - 1)


def hinge_gradient(w: Array, *, of_all: bool) -> Array:
    scores = ROWS @ w
    counted = (scores - scores[np.arange(10), LABELS][:, None] + 1 > 0) | of_all
    counts = counted.astype(float)
    counts[np.arange(10), LABELS] -= counts.sum(axis=1)
    return np.asarray(ROWS.T @ counts / 10)


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def fixed_point(w: Array) -> Array:
    z = np.zeros(4)
    for _ in range(100):
        z = np.tanh(w @ z + ROWS[:4, 0])
    return z


def implicit(w: Array) -> Array:
    z = fixed_point(w)
    slope = 1 - z**2
    back = np.linalg.solve((np.eye(4) - slope[:, None] * w).T, np.ones(4))
    return np.outer(back * slope, z)


def test_a_relu_without_its_mask_is_wrong_where_x_is_negative() -> None:
    report = check_pair(relu, unmasked, x=POSITIVE)
    assert (report.verdict, report.location, report.cause) == ("wrong", "x", str(Cause.ACTIVE_SET))
    assert "right at x, and where x < 0 it differs" in report.reason
    assert report.parameters[0].verdict == "wrong"


def test_a_winner_that_never_changes_at_x_is_another_one_elsewhere() -> None:
    def first(dout: Array, _cache: Array) -> Array:
        return np.stack([dout, 0 * dout, 0 * dout], axis=1)

    x = RNG.standard_normal((4, 3)) + np.array([6, 0, 0])
    report = check_pair(lambda x: (x.max(axis=1), x), first, x=x)
    assert (report.verdict, report.cause) == ("wrong", str(Cause.ACTIVE_SET))


def test_the_array_that_was_moved_is_named_beside_those_that_are_wrong() -> None:
    hidden = np.abs(RNG.standard_normal((6, 4)))
    report = check_gradient(
        lambda p: np.maximum(np.abs(ROWS) @ p["W"], 0).sum() + (p["b"] ** 2).sum(),
        lambda p: {"W": np.abs(ROWS).T @ np.ones((10, 4)), "b": 2 * p["b"]},
        {"W": 1 + hidden, "b": np.array([1.0, -2.0])},
    )
    assert (report.verdict, report.location) == ("wrong", "W")
    assert "where W < 0" in report.reason
    assert {each.name: each.verdict for each in report.parameters} == {"W": "wrong", "b": "correct"}


@pytest.mark.parametrize(
    ("f", "gradient", "x", "where"),
    [
        (lambda x: np.maximum(x, 0).sum(), np.ones_like, RNG.random(6), "where x < 0"),
        (hinge, lambda w: hinge_gradient(w, of_all=True), 1e-4 * ROWS[:6, :3], "30 times as large"),
        (lambda x: (np.clip(x, -9, 9) ** 2).sum(), lambda x: 2 * x, ROWS[0], "30 times as large"),
    ],
    ids=["x may be probabilities", "margins", "a clip may be a guard"],
)
def test_where_x_may_be_limited_on_purpose_it_is_correct_and_told_how_far(
    f: Callable[[Array], float], gradient: Callable[[Array], Array], x: Array, where: str
) -> None:
    report = check_gradient(f, gradient, x)
    assert report.verdict == "correct"
    assert where in report.reason


@pytest.mark.parametrize(
    "report",
    [
        lambda: check_pair(relu, masked, x=POSITIVE),
        lambda: check_gradient(hinge, lambda w: hinge_gradient(w, of_all=False), 0.1 * ROWS[:6, :3]),
        lambda: check_gradient(
            lambda p: -(ONE_HOT * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(),
            lambda p: -ONE_HOT / p,
            PROBABILITIES,
        ),
        lambda: check_gradient(
            lambda z: -(ONE_HOT * np.log(softmax(z) + 1e-15)).sum(),
            lambda z: softmax(z) - ONE_HOT,
            ROWS[:5, :3],
        ),
        lambda: check_gradient(lambda v: np.log(v).sum(), lambda v: 1 / v, POSITIVE),
        lambda: check_gradient(lambda v: np.log(np.maximum(v, 1e-8)).sum(), lambda v: 1 / v, 2 * POSITIVE),
        lambda: check_gradient(lambda v: np.sqrt(v).sum(), lambda v: 0.5 / np.sqrt(v), POSITIVE),
        lambda: check_gradient(lambda w: fixed_point(w).sum(), implicit, 0.3 * ROWS[:4, :4]),
        lambda: check_gradient(
            lambda r: np.where(np.abs(r) < 1, r**2 / 2, np.abs(r) - 0.5).sum(),
            lambda r: np.clip(r, -1, 1),
            0.3 * ROWS[0],
        ),
    ],
    ids=["mask", "margins", "clip", "epsilon", "log", "guarded log", "root", "fixed point", "huber"],
)
def test_a_right_gradient_is_correct_without_a_word_on_elsewhere(
    report: Callable[[], GradientReport],
) -> None:
    found = report()
    assert (found.verdict, found.cause) == ("correct", None)
    assert "near it" not in found.reason
