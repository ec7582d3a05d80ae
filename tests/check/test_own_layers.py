"""A layer of one's own, which is no more than two functions, is put through the battery as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.check import BatteryReport, check_layer, check_loss, check_penalty
from gradwright.nn import L2, Linear, Mode, SoftmaxCrossEntropy, mlp
from gradwright.nn.layer import Array

RNG = np.random.default_rng(3)
IMAGES = RNG.standard_normal((4, 5, 3))  # rows of two axes each


class Scale:
    """y = |a| x + b, on rows of any shape; np.abs does not carry complex numbers."""

    def forward(self, params: dict[str, Any], x: Array, _: Mode) -> tuple[Array, Array]:
        return np.abs(params["outer"]["a"]) * x + params["b"], x

    def backward(self, params: dict[str, Any], x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        a = params["outer"]["a"]
        da = (dy * x).sum(axis=0) * np.sign(a)
        return np.abs(a) * dy, {"outer": {"a": da}, "b": dy.sum(axis=0)}


class ScaleWrong(Scale):
    def backward(self, params: dict[str, Any], x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        dparams["outer"]["a"][2, 1] *= 1.5
        return dx, dparams


class Embedding:
    """y = table[x] for whole numbers x."""

    def forward(self, params: dict[str, Any], x: Array, _: Mode) -> tuple[Array, tuple[Array, Array]]:
        return params["table"][x], (x, params["table"])

    def backward(self, _: dict[str, Any], cache: Any, dy: Array) -> tuple[None, dict[str, Any]]:
        x, table = cache
        d = np.zeros_like(table)
        np.add.at(d, x, dy)
        return None, {"table": d}


class RealOnly:
    """tanh in a library that takes real numbers alone."""

    def forward(self, _: dict[str, Any], x: Array, __: Mode) -> tuple[Array, Array]:
        if np.iscomplexobj(x):
            raise TypeError("real numbers only")
        y = np.tanh(x)
        return y, y

    def backward(self, _: dict[str, Any], y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return (1 - y * y) * dy, {}


def params(dtype: Any = np.float64) -> dict[str, Any]:
    a, b = np.random.default_rng(3).standard_normal((2, 5, 3)).astype(dtype)
    return {"outer": {"a": a}, "b": b}


def names(report: BatteryReport) -> list[str]:
    return [row.name for row in report.rows]


def verdicts(report: BatteryReport) -> dict[str, str]:
    assert report.gradient is not None
    return {each.name: each.verdict for each in report.gradient.parameters}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_layer_that_declares_nothing_is_given_its_x_and_parameters(dtype: Any) -> None:
    report = check_layer(Scale(), IMAGES.astype(dtype), params(dtype))
    assert report.passed, str(report)
    assert verdicts(report) == {"x": "correct", "outer.a": "correct", "b": "correct"}
    assert "output features" not in names(report)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_its_fault_is_placed_by_the_name_that_it_gave(dtype: Any) -> None:
    report = check_layer(ScaleWrong(), IMAGES.astype(dtype), params(dtype))
    assert report.gradient is not None
    assert (report.gradient.verdict, report.gradient.location) == ("wrong", "outer.a[2, 1]")


def test_where_imaginary_parts_are_dropped_the_last_digits_are_not_asked_for() -> None:
    assert "right to rounding" not in names(check_layer(Scale(), IMAGES, params()))


def test_a_forward_that_refuses_complex_numbers_is_judged_by_real_steps() -> None:
    report = check_layer(RealOnly(), 3)
    assert report.passed, str(report)
    assert "right to rounding" not in names(report)


def test_an_input_of_whole_numbers_is_held_fixed() -> None:
    x = np.array([1, 0, 1, 3])
    report = check_layer(Embedding(), x, {"table": RNG.standard_normal((4, 2))})
    assert report.passed, str(report)
    assert verdicts(report) == {"table": "correct"}


def test_the_layers_of_gradwright_are_right_in_float32() -> None:
    for layer in (Linear(3, 2), mlp(3, 8, 2)):
        report = check_layer(layer, RNG.standard_normal((6, 3)).astype(np.float32))
        assert report.passed, str(report)
        assert "right to rounding" not in names(report)


def test_losses_and_penalties_are_right_in_float32() -> None:
    output = RNG.standard_normal((6, 4)).astype(np.float32)
    report = check_loss(SoftmaxCrossEntropy(), output, np.array([0, 1, 2, 3, 1, 0]))
    assert report.passed, str(report)
    report = check_penalty(L2(0.01), output.ravel(), np.ones(24, bool))
    assert report.passed, str(report)
