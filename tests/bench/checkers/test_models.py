"""Each model is right without a fault: its gradient agrees with the complex step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.bench.checkers.architectures import ARCHITECTURES, RAW_DATA, Architecture
from gradwright.bench.checkers.model import Model
from gradwright.bench.checkers.models.lstm import LSTM
from gradwright.bench.checkers.models.pieces import cross_entropy, softmax
from gradwright.check import complex_step_gradient

ALL = (*ARCHITECTURES, RAW_DATA)
SEEDS = range(3)
ROUNDING = 1e-10  # of the largest entry; features of mean 300 leave twelve of the sixteen digits
SINGLE = 1e-3  # of the largest entry: float32 has seven digits, eight layers and cancellation take some

Array = np.ndarray[Any, Any]


def name(draw: Architecture) -> str:
    return draw(np.random.default_rng(0)).name


def true_gradient(model: Model) -> dict[str, Array]:
    def value_with(key: str, z: Array) -> Any:
        return model.value(model.point | {key: z})

    return {
        key: complex_step_gradient(lambda z, key=key: value_with(key, z), array)  # type: ignore[misc]
        for key, array in model.point.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("draw", ALL, ids=name)
def test_the_gradient_without_a_fault_agrees_with_the_complex_step(draw: Architecture, seed: int) -> None:
    model = draw(np.random.default_rng(seed))
    gradient = model.gradient(model.point)
    for key, true in true_gradient(model).items():
        np.testing.assert_allclose(gradient[key], true, rtol=0, atol=ROUNDING * np.abs(true).max())


@pytest.mark.parametrize("draw", ALL, ids=name)
def test_every_gradient_right_or_wrong_has_the_form_of_the_point(draw: Architecture) -> None:
    model = draw(np.random.default_rng(0))
    shapes = {key: array.shape for key, array in model.point.items()}
    for fault in ("", *(fault.name for fault in model.faults)):
        gradient = model.gradient(model.point, fault)
        assert {key: array.shape for key, array in gradient.items()} == shapes, fault
        assert list(gradient) == list(shapes), fault


@pytest.mark.parametrize("draw", ALL, ids=name)
def test_nothing_is_written_into_the_point(draw: Architecture) -> None:
    model = draw(np.random.default_rng(0))
    for array in model.point.values():
        array.flags.writeable = False
    model.value(model.point)
    for fault in ("", *(fault.name for fault in model.faults)):
        model.gradient(model.point, fault)


@pytest.mark.parametrize("draw", ARCHITECTURES, ids=name)
def test_a_model_drawn_in_float32_computes_in_float32(draw: Architecture) -> None:
    single, double = draw(np.random.default_rng(0), np.float32), draw(np.random.default_rng(0))
    assert np.asarray(single.value(single.point)).dtype == np.float32
    right = double.gradient(double.point)
    for key, array in single.gradient(single.point).items():
        assert array.dtype == np.float32, key
        np.testing.assert_allclose(array, right[key], rtol=0, atol=SINGLE * np.abs(right[key]).max())


def test_a_draw_repeats_itself() -> None:
    one, other = (LSTM.draw(np.random.default_rng(4)) for _ in range(2))
    assert one.value(one.point) == other.value(other.point)


def test_the_softmax_of_huge_logits_is_finite() -> None:
    assert softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]
    assert cross_entropy(np.array([[1e4, 0.0]]), np.array([1])) == 1e4
