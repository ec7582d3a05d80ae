"""The temperature: that it finds what was planted, and does what it says at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.engine.metrics import probabilities
from gradwright.recipes.temperature import COLDEST, HOTTEST, temperature


def drawn(true_temperature: float, rows: int = 20_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn by them at that temperature."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(rows, 4))
    p = probabilities(logits / true_temperature)
    return logits, (p.cumsum(axis=1) > rng.random((rows, 1))).argmax(axis=1)


@pytest.mark.parametrize("planted", [0.5, 1.0, 3.0])
def test_a_planted_temperature_is_found(planted: float) -> None:
    """20,000 labels tell it to 5 %: over seeds it scatters by 1 %."""
    assert temperature(*drawn(planted)) == pytest.approx(planted, rel=0.05)


@given(seed=st.integers(0, 1000))
def test_no_other_temperature_has_a_smaller_loss(seed: int) -> None:
    logits, labels = drawn(2.0, rows=50, seed=seed)
    share = 1 / 51
    target = (1 - share) * np.eye(4)[labels] + share / 4

    def loss(t: float) -> float:
        return float(-(target * np.log(probabilities(logits / t))).sum(axis=1).mean())

    found = temperature(logits, labels)
    assert loss(found) <= min(loss(found * 1.01), loss(found / 1.01))


def test_a_weight_is_a_number_of_copies() -> None:
    """But for the share that is spread over the classes: of many rows it is small."""
    logits, labels = drawn(1.5, rows=2000)
    counts = np.where(logits.argmax(axis=1) == labels, 3, 1)  # they make it colder
    copied = temperature(logits.repeat(counts, axis=0), labels.repeat(counts))
    assert temperature(logits, labels, counts.astype(float)) == pytest.approx(copied, rel=5e-3)
    assert copied < 0.9 * temperature(logits, labels)


def test_rows_that_are_all_right_do_not_make_it_certain() -> None:
    logits = np.array([[2.0, 0.0], [0.0, 2.0]] * 5)
    p = probabilities(logits / temperature(logits, np.array([0, 1] * 5))).max(axis=1)
    assert p == pytest.approx(1 - 1 / 22)  # the target itself: 1 / (n + 1) is spread over two classes


def test_logits_that_are_all_wrong_are_made_as_flat_as_can_be() -> None:
    logits = np.array([[2.0, 0.0]] * 10)
    assert temperature(logits, np.ones(10, np.int64)) == pytest.approx(HOTTEST)
    assert COLDEST < 1 < HOTTEST


def test_a_constant_in_a_row_of_logits_makes_no_difference() -> None:
    logits, labels = drawn(2.0, rows=200)
    assert temperature(logits + 500, labels) == pytest.approx(temperature(logits, labels))
