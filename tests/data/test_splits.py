"""Rows set aside for validation, and smaller training sets."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.data import Dataset, Split, split_off, subset
from gradwright.errors import ConfigError


def numbered(n: int = 10) -> Dataset:
    """Row i holds i twice, so that rows and labels can be seen to stay together."""
    return Dataset("d", "here", Split(np.arange(n)[:, None], np.arange(n)))


def rows(data: Dataset, name: str) -> list[int]:
    part = data.splits[name]
    np.testing.assert_array_equal(part.x[:, 0], part.y)
    return [int(label) for label in part.y]


def test_a_count_is_taken_from_the_end_without_copying() -> None:
    data = split_off(numbered(), 3)
    assert rows(data, "train") == [0, 1, 2, 3, 4, 5, 6]
    assert rows(data, "validation") == [7, 8, 9]


def test_a_share_is_rounded_to_whole_rows() -> None:
    assert rows(split_off(numbered(), 0.25), "validation") == [8, 9]


def test_with_a_generator_the_rows_are_random_and_none_is_lost() -> None:
    numbers = Dataset("d", "here", Split(np.arange(100)[:, None], np.arange(100.0)))
    data = split_off(numbers, 30, np.random.default_rng(0))
    train, validation = rows(data, "train"), rows(data, "validation")
    assert sorted(train + validation) == list(range(100))
    assert validation != list(range(70, 100))
    assert validation == rows(split_off(numbers, 30, np.random.default_rng(0)), "validation")


def labelled(*counts: int) -> Dataset:
    """So many rows of each class, class by class."""
    y = np.repeat(np.arange(len(counts)), counts)
    return Dataset("d", "here", Split(np.arange(len(y))[:, None], y))


@pytest.mark.parametrize("seed", range(5))
def test_of_random_labelled_rows_each_class_gives_its_share(seed: int) -> None:
    data = split_off(labelled(600, 300, 100), 0.2, np.random.default_rng(seed))
    assert data.validation is not None
    counts = np.bincount(data.validation.y)
    assert counts.sum() == 200
    np.testing.assert_allclose(counts, [120, 60, 20], atol=1)  # whole rows


@pytest.mark.parametrize("seed", range(20))
def test_a_row_of_each_class_stays_for_training(seed: int) -> None:
    data = split_off(labelled(1, 2, 5), 5, np.random.default_rng(seed))
    assert np.bincount(data.train.y, minlength=3).min() == 1


def test_more_random_rows_than_the_classes_can_give_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"at most 5 rows, so that a row of each class stays .* found 6"):
        split_off(labelled(1, 2, 5), 6, np.random.default_rng(0))


@pytest.mark.parametrize("validation", [0, 10, -1, 0.0, 1.0, 0.01, -0.5, 1.5])
def test_neither_part_may_be_empty(validation: int | float) -> None:
    with pytest.raises(ConfigError, match=rf"expected 1 to 9 of the 10 .* found {validation}"):
        split_off(numbered(), validation)


def test_a_second_validation_split_is_refused() -> None:
    with pytest.raises(ConfigError, match="has 3 validation rows already"):
        split_off(split_off(numbered(), 3), 2)


def test_a_subset_draws_training_rows_once_each_and_leaves_the_rest() -> None:
    data = subset(split_off(numbered(), 3), 4, np.random.default_rng(1))
    assert len(set(rows(data, "train"))) == 4
    assert set(rows(data, "train")) <= set(range(7))
    assert rows(data, "validation") == [7, 8, 9]
    assert data.num_classes == 10


@pytest.mark.parametrize("count", [0, 11])
def test_a_subset_cannot_be_empty_or_larger_than_the_whole(count: int) -> None:
    with pytest.raises(ConfigError, match=f"expected 1 to 10 training rows of d, found {count}"):
        subset(numbered(), count, np.random.default_rng(0))
