"""A gradient of another shape is wrong, and it is told what makes it right, and whether its numbers are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw

RNG = np.random.default_rng(2)
X, W, B = RNG.standard_normal((6, 4)), RNG.standard_normal((4, 3)), RNG.standard_normal(3)


def loss(p: Any) -> Any:
    return np.sin(X @ p["W"] + p["b"]).sum()


def gradient(p: Any) -> Any:
    dz = np.cos(X @ p["W"] + p["b"])
    return X.T @ dz, dz


MENDED: dict[str, tuple[Any, str, str]] = {
    "keepdims": (
        lambda dW, dz: {"W": dW, "b": dz.sum(axis=0, keepdims=True)},
        "(1, 3) for (3,)",
        "b once reshaped to (3,) (keepdims=False in its sum)",
    ),
    "not summed": (lambda dW, dz: {"W": dW, "b": dz}, "(6, 3) for (3,)", "b once summed over axis 0"),
    "transposed": (
        lambda dW, dz: {"W": dW.T, "b": dz.sum(axis=0)},
        "(3, 4) for (4, 3)",
        "W once transposed",
    ),
    "flat": (
        lambda dW, dz: {"W": dW.ravel(), "b": dz.sum(axis=0)},
        "(12,) for (4, 3)",
        "W once reshaped to (4, 3)",
    ),
}


@pytest.mark.parametrize(("form", "shapes", "remedy"), MENDED.values(), ids=MENDED)
def test_right_numbers_in_the_wrong_shape(form: Any, shapes: str, remedy: str) -> None:
    report = gw.check_gradient(loss, lambda p: form(*gradient(p)), {"W": W, "b": B})
    assert (report.verdict, report.location) == ("wrong", remedy[0])
    assert report.cause == f"wrong shape {shapes}; the numbers are right"
    name, _, how = remedy.partition(" once ")
    found = shapes.partition(" for ")[0]
    assert report.evidence == f"{name} has the shape {found}, and agrees with f's once {how}"
    assert [each.name for each in report.parameters if each.verdict == "wrong"] == [remedy[0]]


def test_keepdims_the_other_way() -> None:
    point = {"W": W, "b": B[None]}
    report = gw.check_gradient(loss, lambda p: (gradient(p)[0], gradient(p)[1].sum(axis=0)), point)
    assert report.cause == "wrong shape (3,) for (1, 3); the numbers are right"
    report = gw.check_gradient(loss, gradient, point)
    assert report.cause == "wrong shape (6, 3) for (1, 3); the numbers are right"
    assert "summed over axis 0 with keepdims=True" in str(report.evidence)


def test_wrong_numbers_in_the_wrong_shape_are_both_told() -> None:
    def twice(p: Any) -> Any:
        dW, dz = gradient(p)
        return dW, 2 * dz.sum(axis=0, keepdims=True)

    report = gw.check_gradient(loss, twice, {"W": W, "b": B})
    assert (report.verdict, report.location) == ("wrong", "b")
    assert "a factor of 2 too many; and wrong shape (1, 3) for (3,)" in str(report.cause)


def test_a_fault_elsewhere_does_not_hide_a_wrong_shape() -> None:
    def wrong(p: Any) -> Any:
        dW, dz = gradient(p)
        return -dW, dz.sum(axis=0, keepdims=True)

    report = gw.check_gradient(loss, wrong, {"W": W, "b": B})
    assert {each.name: each.verdict for each in report.parameters} == {"W": "wrong", "b": "wrong"}
    assert "the sign is reversed; and wrong shape (1, 3) for (3,)" in str(report.cause)


def test_a_shape_that_nothing_mends() -> None:
    report = gw.check_gradient(loss, lambda p: (gradient(p)[0], np.ones(7)), {"W": W, "b": B})
    assert (report.verdict, report.cause) == ("wrong", "wrong shape (7,) for (3,)")
    assert {each.name: each.verdict for each in report.parameters} == {"W": "correct", "b": "wrong"}


def test_one_array_alone() -> None:
    report = gw.check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x[None], B)
    assert report.cause == "wrong shape (1, 3) for (3,); the numbers are right"
