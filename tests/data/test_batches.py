"""One order of samples for every engine, and the minibatches cut from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.data import Affine, Split, epoch_order, iterate
from gradwright.errors import ConfigError

SEEDS = st.integers(0, 2**63)
EPOCHS = st.integers(0, 10_000)


@given(seed=SEEDS, epoch=EPOCHS, n=st.integers(1, 200))
def test_an_epoch_visits_every_row_once(seed: int, epoch: int, n: int) -> None:
    order = epoch_order(seed, epoch, n)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))


@given(seed=SEEDS, epoch=EPOCHS, replace=st.booleans())
def test_the_order_is_a_function_of_its_arguments_alone(seed: int, epoch: int, replace: bool) -> None:
    first = epoch_order(seed, epoch, 20, replace)
    epoch_order(seed + 1, epoch, 7)
    np.testing.assert_array_equal(first, epoch_order(seed, epoch, 20, replace))


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    orders = {tuple(epoch_order(seed, epoch, 50)) for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25


def test_the_order_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert epoch_order(seed=0, epoch=0, n=8).tolist() == [0, 6, 3, 5, 1, 7, 4, 2]


def test_with_replacement_some_37_percent_of_the_rows_never_come() -> None:
    n = 10_000
    seen = len(np.unique(epoch_order(0, 0, n, replace=True))) / n
    five_deviations = 5 * np.sqrt(np.exp(-1) * (1 - 2 / np.e) / n)
    assert abs(1 - seen - np.exp(-1)) < five_deviations


@pytest.mark.parametrize(
    ("seed", "epoch", "n", "message"),
    [
        (-1, 0, 5, "seed: .* found -1"),
        (0, -1, 5, "epoch: .* found -1"),
        (0, 0, 0, "n: .* >= 1, found 0"),
    ],
)
def test_arguments_out_of_range_are_named(seed: int, epoch: int, n: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        epoch_order(seed, epoch, n)


@given(n=st.integers(1, 40), batch_size=st.integers(1, 50))
def test_batches_are_the_rows_in_order_and_the_last_partial_one_is_kept(n: int, batch_size: int) -> None:
    part = Split(np.arange(2 * n).reshape(n, 2), np.arange(n))
    order = epoch_order(0, 0, n)
    batches = list(iterate(part, Affine(scale=0.5), order, batch_size, np.float32))
    assert [len(batch.x) for batch in batches[:-1]] == [batch_size] * (len(batches) - 1)
    np.testing.assert_array_equal(np.concatenate([batch.y for batch in batches]), order)
    np.testing.assert_array_equal(np.concatenate([batch.x for batch in batches]), part.x[order] * 0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inputs_and_float_targets_take_the_dtype_and_labels_stay_int64(dtype: type[np.floating]) -> None:
    order = np.arange(2)
    for y, expected in ((np.array([0, 1]), np.int64), (np.array([0.5, 1.5]), dtype)):
        [batch] = iterate(Split(np.ones((2, 1), np.uint8), y), Affine(), order, 2, dtype)
        assert batch.x.dtype == np.dtype(dtype)
        assert batch.y.dtype == np.dtype(expected)


def test_a_batch_size_below_1_is_refused_before_the_first_batch_is_asked_for() -> None:
    with pytest.raises(ConfigError, match="batch_size: expected a whole number >= 1, found 0"):
        iterate(Split(np.ones((2, 1)), np.zeros(2, int)), Affine(), np.arange(2), 0, np.float32)
