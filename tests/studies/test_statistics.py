"""Intervals hold what they promise, tests err as rarely as they say, and so many seeds are enough."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.studies.estimate import Estimate
from gradwright.studies.statistics import (
    MOST_SEEDS,
    differences,
    moderated_differences,
    paired_differences,
    seeds_to_tell,
)

STUDIES = 2000
LEVEL = 0.05
SAMPLING = 3 * math.sqrt(LEVEL * (1 - LEVEL) / STUDIES)  # three standard errors of a share near 5 %


def noise(rows: int, columns: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal((rows, columns))


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_an_interval_of_95_per_cent_holds_the_truth_that_often(seeds: int) -> None:
    intervals = [Estimate.of(row + 0.9).interval or (1.0, 1.0) for row in noise(STUDIES, seeds)]
    held = np.mean([low <= 0.9 <= high for low, high in intervals])
    assert held == pytest.approx(1 - LEVEL, abs=SAMPLING)


def test_an_interval_that_forgets_how_few_its_values_are_is_caught() -> None:
    rows = noise(STUDIES, 3)
    half = 1.96 * rows.std(axis=1, ddof=1) / math.sqrt(3)  # the normal quantile in place of Student's
    assert np.mean(np.abs(rows.mean(axis=1)) <= half) < 1 - LEVEL - SAMPLING


def test_a_single_value_has_no_interval() -> None:
    assert Estimate.of([0.9]) == Estimate(0.9)
    assert Estimate(0.9).interval is None


@pytest.mark.parametrize("test", [paired_differences, moderated_differences])
def test_equal_rows_are_called_different_in_one_case_of_twenty(test: object) -> None:
    assert callable(test)
    wrong = np.mean([test(noise(2, 5, seed), 0).p[1] < LEVEL for seed in range(STUDIES)])
    assert wrong <= LEVEL + SAMPLING


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_the_choice_between_two_tests_errs_no_more_often_than_one(shared: float) -> None:
    def rows(seed: int) -> Array:
        both = noise(3, 4, seed)
        mixed: Array = math.sqrt(shared) * both[2] + math.sqrt(1 - shared) * both[:2]
        return mixed

    wrong = np.mean([differences(rows(seed), 0, paired=True).p[1] < LEVEL for seed in range(STUDIES)])
    assert wrong <= LEVEL + SAMPLING


def test_pairing_by_seed_removes_what_seeds_share() -> None:
    luck = 10 * noise(1, 6)
    values = luck + np.array([[0.0], [1.0]]) + 0.1 * noise(2, 6, 1)
    assert moderated_differences(values, 0).p[1] > 0.5
    assert differences(values, 0, paired=True).p[1] < 1e-4


def test_a_repeat_that_is_missing_is_left_out_of_its_pair_alone() -> None:
    values = np.array([[1.0, 2.0, 4.0, np.nan], [0.5, 1.0, 2.0, 9.0]])
    found = paired_differences(values, 0)
    assert found.mean[1] == pytest.approx(3.5 / 3)


def test_without_spread_or_with_a_single_seed_nothing_is_told_apart() -> None:
    for values in (np.array([[1.0], [0.0]]), np.array([[1.0, 1.0], [0.0, 0.0]])):
        found = differences(values, 0, paired=True)
        assert found.p.tolist() == [1, 1]
        assert not found.testable.any()


@pytest.mark.parametrize(("effect", "level"), [(1.0, 0.05), (2.0, 0.005)])
def test_so_many_seeds_are_enough_and_fewer_are_not(effect: float, level: float) -> None:
    """The formula for the power, held against tests of drawn numbers."""
    (needed,) = seeds_to_tell(np.array([effect]), np.array([1.0]), level).tolist()

    def power(seeds: int) -> float:
        values = np.stack([noise(STUDIES, seeds) + effect, np.zeros((STUDIES, seeds))])
        found = [paired_differences(values[:, i], 0).p[1] < level for i in range(STUDIES)]
        return float(np.mean(found))

    error = 3 * math.sqrt(0.8 * 0.2 / STUDIES)
    assert power(needed) >= 0.8 - error
    assert power(needed - 1) < 0.8 + error


def test_no_difference_would_take_more_seeds_than_anybody_has() -> None:
    assert seeds_to_tell(np.zeros(1), np.ones(1), LEVEL).tolist() == [MOST_SEEDS + 1]


def test_a_missing_scipy_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    monkeypatch.delattr(sys.modules["scipy"], "special", raising=False)
    with pytest.raises(ConfigError, match=r"gradwright\[studies\]"):
        assert Estimate.of([1.0, 2.0]).interval
