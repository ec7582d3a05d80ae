"""The order of samples looks random: statistics of many epochs, each in standard deviations from its mean.

The same statistics find fault with orders that are made in too few rounds or in a lazy way, so a pass means
something.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest

from gradwright.data import batches, epoch_order
from gradwright.data.batches import ROUNDS, order_keys
from gradwright.data.rows import Array
from gradwright.errors import ConfigError

EPOCHS = 2000
DEVIATIONS = (
    5.0  # by chance once in two million tests of a normal statistic; a chi-square tail is a little longer
)
SIZES = (16, 25, 64, 100, 1000, 1024)  # powers of two, where nothing is filtered out, and others

Orders: TypeAlias = Array  # int64 (epochs, n), one order in each row
Statistic: TypeAlias = Callable[[Orders], float]


def chi_square(counts: Array, freedom: int | None = None) -> float:
    """How far Pearson's statistic of counts that should be equal lies above its mean, in deviations."""
    expected = counts.mean()
    freedom = freedom or counts.size - 1
    return float((((counts - expected) ** 2).sum() / expected - freedom) / math.sqrt(2 * freedom))


def mean_deviation(values: Array, mean: float, variance: float) -> float:
    """How far the mean over the epochs lies from the one that is expected."""
    return float((values.mean() - mean) / math.sqrt(variance / len(values)))


def variance_deviation(values: Array, variance: float) -> float:
    """How far the variance over the epochs, of values that are nearly normal, lies from the expected one."""
    return float((values.var() / variance - 1) / math.sqrt(2 / len(values)))


def place_of_each_row(orders: Orders) -> float:
    n = orders.shape[1]
    counts = np.bincount((orders + n * np.arange(n)).ravel(), minlength=n * n)
    return chi_square(counts, freedom=(n - 1) ** 2)  # every row and column of the table has a fixed sum


def row_after_each_row(orders: Orders) -> float:
    n = orders.shape[1]
    counts = np.bincount((orders[:, :-1] * n + orders[:, 1:]).ravel(), minlength=n * n).reshape(n, n)
    return chi_square(counts[~np.eye(n, dtype=bool)])


def distances(orders: Orders, lag: int) -> float:
    """The rows that stand ``lag`` apart differ by 1 .. n - 1 modulo n, all equally often."""
    n = orders.shape[1]
    counts = np.bincount(((orders[:, lag:] - orders[:, :-lag]) % n).ravel(), minlength=n)
    return chi_square(counts[1:])


def fixed_points(orders: Orders) -> float:
    return mean_deviation((orders == np.arange(orders.shape[1])).sum(axis=1), 1, 1)


def descents(orders: Orders) -> Array:
    """One less than the number of ascending runs: mean (n - 1) / 2, variance (n + 1) / 12."""
    falls: Array = (np.diff(orders) < 0).sum(axis=1)
    return falls


def number_of_runs(orders: Orders) -> float:
    n = orders.shape[1]
    return mean_deviation(descents(orders), (n - 1) / 2, (n + 1) / 12)


def spread_of_runs(orders: Orders) -> float:
    return variance_deviation(descents(orders), (orders.shape[1] + 1) / 12)


def correlations(orders: Orders) -> Array:
    """Of the row with its place in each epoch: mean 0, variance 1 / (n - 1)."""
    centred = np.arange(orders.shape[1]) - (orders.shape[1] - 1) / 2
    values: Array = (orders - (orders.shape[1] - 1) / 2) @ centred / (centred @ centred)
    return values


def correlation(orders: Orders) -> float:
    return mean_deviation(correlations(orders), 0, 1 / (orders.shape[1] - 1))


def spread_of_correlation(orders: Orders) -> float:
    return variance_deviation(correlations(orders), 1 / (orders.shape[1] - 1))


def agreement_of_neighbouring_epochs(orders: Orders) -> float:
    return mean_deviation((orders[1:] == orders[:-1]).sum(axis=1), 1, 1)


STATISTICS: dict[str, Statistic] = {
    "places": place_of_each_row,
    "pairs": row_after_each_row,
    "next rows": lambda orders: distances(orders, 1),
    "rows half an epoch apart": lambda orders: distances(orders, orders.shape[1] // 2),
    "fixed points": fixed_points,
    "runs": number_of_runs,
    "spread of runs": spread_of_runs,
    "correlation": correlation,
    "spread of correlation": spread_of_correlation,
    "epochs": agreement_of_neighbouring_epochs,
}


def failures(orders: Orders) -> dict[str, float]:
    """The statistics that are too far from what random permutations give."""
    found = {name: statistic(orders) for name, statistic in STATISTICS.items()}
    return {name: value for name, value in found.items() if abs(value) > DEVIATIONS}


def orders_of(n: int) -> Orders:
    return np.array([epoch_order(0, epoch, n) for epoch in range(EPOCHS)])


@pytest.mark.parametrize("n", SIZES)
def test_no_statistic_tells_the_orders_from_random_ones(n: int) -> None:
    assert failures(orders_of(n)) == {}


@pytest.mark.parametrize(
    ("rounds", "n", "caught"),
    [
        (3, 25, "pairs"),
        (3, 100, "rows half an epoch apart"),
        (4, 64, "pairs"),
        (4, 1024, "rows half an epoch apart"),
        (6, 64, "rows half an epoch apart"),
        (7, 16, "rows half an epoch apart"),
    ],
)
def test_fewer_rounds_are_found_out(
    rounds: int, n: int, caught: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert abs(STATISTICS[caught](orders_of(n))) < DEVIATIONS
    monkeypatch.setattr(batches, "order_keys", lambda seed, epoch: order_keys(seed, epoch)[:rounds])
    assert abs(STATISTICS[caught](orders_of(n))) > DEVIATIONS


@pytest.mark.parametrize(
    ("lazy", "caught"),
    [
        (lambda rng, n: (np.arange(n) + rng.integers(n)) % n, "next rows"),
        (lambda rng, n: np.concatenate([[0], 1 + rng.permutation(n - 1)]), "places"),
        (lambda rng, n: np.sort(rng.permutation(n).reshape(-1, 5)).ravel(), "runs"),
        (lambda rng, n: rng.permutation(n // 5).repeat(5) * 5 + np.tile(np.arange(5), n // 5), "pairs"),
    ],
    ids=["rotated", "first row first", "sorted in batches", "whole blocks"],
)
def test_a_lazy_order_is_found_out(lazy: Callable[[np.random.Generator, int], Orders], caught: str) -> None:
    rng = np.random.default_rng(0)
    assert caught in failures(np.array([lazy(rng, 25) for _ in range(EPOCHS)]))


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_all_orders_of_a_few_rows_come_equally_often(n: int) -> None:
    digits = n ** np.arange(n)
    _, counts = np.unique(
        np.array([epoch_order(0, e, n) @ digits for e in range(12_000)]), return_counts=True
    )
    assert len(counts) == math.factorial(n)
    assert abs(chi_square(counts)) < DEVIATIONS


@pytest.mark.parametrize("rows", ["sorted by class", "classes in turn"])
def test_classes_mix_in_the_batches_as_they_do_in_random_orders(rows: str) -> None:
    """How many of a class are in a batch of 32 is hypergeometric, though the rows are not mixed at all."""
    n, size, epochs = 25_000, 32, 100
    labels = np.arange(n) * 5 // n if rows == "sorted by class" else np.arange(n) % 5
    share, batches_each = 1 / 5, n // size
    mean, variance = size * share, size * share * (1 - share) * (n - size) / (n - 1)
    drawn = [labels[epoch_order(0, epoch, n)][: batches_each * size] for epoch in range(epochs)]
    counts = (np.array(drawn).reshape(-1, size) == 2).sum(axis=1)
    assert abs(mean_deviation(counts, mean, variance)) < DEVIATIONS
    assert abs(variance_deviation(counts, variance)) < DEVIATIONS


@pytest.mark.parametrize("n", [*range(1, 71), 255, 256, 257, 65_535, 65_536, 65_537, 1_000_003])
def test_every_size_is_a_permutation(n: int) -> None:
    order = epoch_order(1, 2, n)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(n))


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 200, 300, 65_537])
def test_the_order_is_the_recurrence_in_whole_numbers(n: int) -> None:
    """One row at a time, as another language would write it: so narrow words lose nothing."""
    keys = order_keys(seed=5, epoch=6).tolist()
    bits = max(1, math.ceil(math.log2(n)))
    expected = []
    for start in range(2**bits):
        x = start
        for flip, factor in keys:
            x = (x ^ flip) * (factor | 1) % 2**bits
            x ^= x >> max(1, (bits - 1) // 2)
        expected += [x] * (x < n)
    assert epoch_order(5, 6, n).tolist() == expected


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**32, 2**64 + 5, 2**96 + 1, 2**128 - 1])
@pytest.mark.parametrize("epoch", [0, 3, 63, 64, 65, 6400, 10**9])
def test_the_keys_are_the_seed_tree_and_know_nothing_of_n(seed: int, epoch: int) -> None:
    keys = order_keys(seed, epoch)
    assert keys.shape == (ROUNDS, 2)
    assert keys.dtype == np.uint32
    branch = np.random.SeedSequence(seed, spawn_key=(batches.ORDER, epoch))
    np.testing.assert_array_equal(keys.ravel(), branch.generate_state(2 * ROUNDS))


def test_the_keys_that_are_kept_for_later_epochs_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        order_keys(seed=7, epoch=3)[0] = 0


def test_more_rows_than_a_32_bit_number_counts_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"n: expected a whole number >= 1, of at most 2,147,483,647, found 2147483648"
    ):
        epoch_order(0, 0, 2**31)
