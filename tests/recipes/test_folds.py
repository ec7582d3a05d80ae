"""Folds: every row is held out once, every class keeps its share, and what stands alone is trained on."""

from __future__ import annotations

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.errors import DataError
from gradwright.recipes.folds import folds
from tests.recipes.tables import numbers


def of_labels(counts: list[int]) -> Dataset:
    """Rows that know their number, so many of each class."""
    y = np.repeat(np.arange(len(counts)), counts)
    return Dataset("counted", "made for a test", Split(np.arange(len(y), dtype=float)[:, None], y))


def test_every_row_is_held_out_of_one_part_and_trained_on_in_the_others() -> None:
    parts = folds(of_labels([30, 21]), 5, 5, seed=0)
    held_out = np.concatenate([part.validation.x[:, 0] for part in parts if part.validation])
    assert sorted(held_out) == list(range(51))
    for part in parts:
        assert part.validation is not None
        assert not {*part.train.x[:, 0]} & {*part.validation.x[:, 0]}
        assert len(part.train) + len(part.validation) == 51


@pytest.mark.parametrize("seed", range(5))
def test_each_class_has_its_share_of_every_part(seed: int) -> None:
    for part in folds(of_labels([40, 10, 5]), 5, 5, seed):
        assert part.validation is not None
        assert np.bincount(part.validation.y).tolist() == [8, 2, 1]


def test_the_only_row_of_a_class_is_never_held_out() -> None:
    for part in folds(of_labels([20, 1, 20]), 5, 5, seed=0):
        assert part.validation is not None
        assert 1 in part.train.y
        assert 1 not in part.validation.y


def test_a_seed_decides_which_rows() -> None:
    first, again, other = (folds(numbers(), 5, 1, seed)[0].train.x for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_weights_go_with_their_rows() -> None:
    data = of_labels([10, 10])
    rows = data.train
    weighed = Dataset("w", "made for a test", Split(rows.x, rows.y, rows.x[:, 0] + 1))
    for part in folds(weighed, 4, 2, seed=0):
        for split in part.splits.values():
            np.testing.assert_array_equal(split.weights, split.x[:, 0] + 1)


def test_more_parts_than_rows_are_refused() -> None:
    with pytest.raises(DataError, match="at least 8 rows that can be held out, one for each part, found 6"):
        folds(of_labels([3, 3, 1]), 8, 8, seed=0)


def test_what_a_data_set_says_beside_is_kept() -> None:
    x, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]
    [part] = folds(gw.Dataset.from_arrays(x, y), 2, 1, seed=0)
    assert part.classes == ("no", "yes")
