"""Faults are planted in data, and found with their numbers; sound neighbours are not accused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Dataset, Split
from gradwright.data.divide import take
from gradwright.diagnosis import Finding
from gradwright.diagnosis.labels import of_labels
from gradwright.diagnosis.signs import of_data
from gradwright.diagnosis.targets import of_target_size

D = 6


def blobs(rows: int = 400, seed: int = 0, classes: int = 3, spread: float = 1.0) -> Split:
    """Classes around points of R^6, of which neighbours tell most."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(classes, D)) * 1.5
    labels = rng.integers(classes, size=rows)
    x = (centres[labels] + spread * rng.normal(size=(rows, D))) / 2
    return Split(x, labels)


def dataset(train: Split, validation: Split | None = None) -> Dataset:
    return Dataset("made", "made for a test", train, validation)


def kinds(data: Dataset) -> list[str]:
    return [finding.kind for finding in of_data(data)]


def found(data: Dataset, kind: str) -> Finding:
    [finding] = [finding for finding in of_data(data) if finding.kind == kind]
    return finding


# Sound data


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
def test_blobs_are_sound_however_much_they_overlap(seed: int, spread: float) -> None:
    data = dataset(blobs(600, 2 * seed, spread=spread), blobs(200, 2 * seed + 1, spread=spread))
    assert kinds(data) == []


@pytest.mark.parametrize("name", ["peaks", "gmm", "swiss-roll", "quadratic"])
def test_the_generated_sets_are_sound(name: str) -> None:
    assert kinds(gw.data.load(name)) == []


def test_a_circle_is_explained_though_no_feature_correlates() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    assert kinds(dataset(Split(x, (np.square(x).sum(axis=1) > 1.4).astype(int)))) == []


def test_a_slight_relation_of_many_rows_is_seen() -> None:
    """R2 is 4 %: neighbours hardly show it, the correlation does."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 10))
    assert kinds(dataset(Split(x, 0.2 * x[:, 0] + rng.normal(size=1000)))) == []


def test_digits_are_sound(real_data: Path) -> None:
    """Of their 784 pixels 67 are black in every row."""
    assert kinds(gw.data.split_off(gw.data.load("mnist", data_dir=str(real_data)), 12_000)) == []


# Features


@pytest.mark.parametrize("stretch", [100.0, 255.0])
def test_features_that_are_large_are_named(stretch: float) -> None:
    rows = blobs()
    x = rows.x.copy()
    x[:, 2] *= stretch
    finding = found(dataset(Split(x, rows.y)), "inputs not scaled")
    assert finding.places == ("2",)
    assert finding.numbers["features"] == 1


def test_bytes_divided_twice_are_too_small() -> None:
    rows = blobs()
    assert "too little" in found(dataset(Split(rows.x / 255, rows.y)), "inputs not scaled").message


def test_features_that_are_drowned_are_named() -> None:
    rows = blobs()
    assert (
        "drowned"
        in found(dataset(Split(rows.x * [1, 1, 1e-5, 1e-5, 1e-5, 1e-5], rows.y)), "inputs not scaled").message
    )


def test_the_map_to_inputs_is_what_counts() -> None:
    rows = blobs()
    large = dataset(Split(rows.x * 255, rows.y))
    assert kinds(replace(large, features=Affine(0.0, 1 / 255))) == []


def test_a_constant_feature_is_named_and_what_it_is_in_validation() -> None:
    rows, aside = blobs(), blobs(100, 1)
    x = rows.x.copy()
    x[:, 4] = 0.5
    finding = found(dataset(Split(x, rows.y), aside), "constant feature")
    assert finding.places == ("4",)
    assert "validation rows have other values" in finding.message


def test_empty_pixels_are_no_constant_features() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=200)
    x = rng.integers(256, size=(200, 12)) * (rng.random((200, 12)) < 0.6) / 255
    x[:, 0] = labels * 0.5
    x[:, 5] = 0
    x[:, 1] = x[:, 0] * rng.random(200)
    assert "constant feature" not in kinds(dataset(Split(x, labels)))


@pytest.mark.parametrize(
    "spoil", [lambda x: x / 255, lambda x: x * 255, lambda x: x + 5, lambda x: (x - x.mean()) / 0.1]
)
def test_a_split_on_another_scale_is_found(spoil: Any) -> None:
    rows, aside = blobs(), blobs(200, 1)
    assert "splits scaled differently" in kinds(dataset(rows, Split(spoil(aside.x), aside.y)))


def test_a_few_validation_rows_may_lie_as_they_will() -> None:
    assert "splits scaled differently" not in kinds(dataset(blobs(), blobs(5, 1)))


# Targets


def test_a_rare_class_is_named_with_its_share() -> None:
    rows = blobs(2000, classes=2)
    kept = np.flatnonzero((rows.y == 0) | (np.arange(2000) % 40 == 0))
    finding = found(dataset(take(rows, kept)), "imbalance")
    assert finding.places == ("0", "1")
    assert finding.numbers["ratio"] > 10


def test_classes_that_were_weighed_are_balanced() -> None:
    rows = blobs(2000, classes=2)
    kept = np.flatnonzero((rows.y == 0) | (np.arange(2000) % 40 == 0))
    assert "imbalance" not in kinds(gw.data.weigh_classes(dataset(take(rows, kept)), "balanced"))


def test_the_last_rows_of_a_sorted_file_are_other_classes() -> None:
    rows = blobs(600)
    ordered = dataset(take(rows, np.argsort(rows.y, kind="stable")))
    finding = found(gw.data.split_off(ordered, 100), "rows not shuffled")
    assert "class by class" in finding.message
    drawn = gw.data.split_off(ordered, 100, np.random.default_rng(0))
    assert "rows not shuffled" not in kinds(drawn)


@pytest.mark.parametrize("stretch", [1e4, 1e-4])
def test_targets_on_another_scale_are_found_where_there_are_hidden_layers(stretch: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    data = dataset(Split(x, stretch * x[:, 0]))
    assert [each.kind for each in of_target_size(data, gw.mlp(2, 8, 1))] == ["target not scaled"]
    assert list(of_target_size(data, gw.Linear(2, 1))) == []  # one factor in the weights
    assert list(of_target_size(gw.data.standardize_targets(data), gw.mlp(2, 8, 1))) == []


def test_few_rows_are_named() -> None:
    rows = blobs(60)
    assert kinds(dataset(take(rows, slice(5)))) == ["few rows"] * 2  # for six features, and of each class
    assert "few rows" not in kinds(dataset(rows))


# Features and targets together


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_labels_are_not_explained(seed: int) -> None:
    """The test lets one in a hundred pass, and none of these ten."""
    rows, aside = blobs(600, 1), blobs(200, 2)
    rng = np.random.default_rng(seed)
    shuffled = dataset(Split(rows.x, rng.permutation(rows.y)), Split(aside.x, rng.permutation(aside.y)))
    finding = found(shuffled, "features say nothing")
    assert finding.numbers["p"] > 0.01
    assert "level of 0.01" in finding.message


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_labels_that_are_wrong_in_training_alone_are_found(share: float) -> None:
    rows, aside = blobs(800, 1), blobs(400, 2)
    rng = np.random.default_rng(0)
    wrong = np.where(rng.random(800) < share, rng.integers(3, size=800), rows.y)
    assert found(dataset(Split(rows.x, wrong), aside), "labels wrong").places == ("train",)
    assert found(dataset(aside, Split(rows.x, wrong)), "labels wrong").places == ("validation",)


def test_noise_that_is_in_both_splits_is_the_nature_of_the_data() -> None:
    rng = np.random.default_rng(0)

    def noisy(rows: Split) -> Split:
        return Split(rows.x, np.where(rng.random(len(rows)) < 0.4, rng.integers(3, size=len(rows)), rows.y))

    assert kinds(dataset(noisy(blobs(800, 1)), noisy(blobs(400, 2)))) == []


def test_a_feature_that_gives_the_label_away_is_a_suspicion() -> None:
    rows = blobs(600, spread=3.0)
    x = np.column_stack([rows.x, rows.y + 0.01 * np.random.default_rng(0).normal(size=600)])
    finding = found(dataset(Split(x, rows.y)), "leaking feature")
    assert finding.places == ("6",)
    assert "suspicion" in finding.message
    assert finding.numbers["others"] < 0.8


def test_a_feature_that_is_the_label_is_a_fact() -> None:
    rows = blobs(600)
    values = np.array([4.0, -1.0, 0.5])
    leaked = np.column_stack([rows.x, values[rows.y]])
    finding = found(dataset(Split(leaked, rows.y)), "leaking feature")
    assert finding.fact
    assert finding.places == ("6",)
    almost = leaked.copy()
    almost[0, 6] += 1e-3  # a class with two values
    assert not any(each.fact for each in of_labels(dataset(Split(almost, rows.y))))
    two_alike = np.column_stack([rows.x, np.array([4.0, 4.0, 0.5])[rows.y]])  # it tells one class from two
    assert "leaking feature" not in kinds(dataset(Split(two_alike, rows.y)))


def test_a_target_that_stands_among_the_features_is_a_suspicion() -> None:
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(600, 4)), rng.normal(size=600)
    y = x[:, 0] + noise
    leaked = Dataset.from_arrays(np.column_stack([x, 3 * y]), y)
    assert found(leaked, "leaking feature").places == ("4",)
    assert "leaking feature" not in kinds(Dataset.from_arrays(x, y))


def test_a_feature_that_is_good_among_good_ones_is_no_leak() -> None:
    rows = blobs(600, spread=0.1)  # far apart in every feature
    assert "leaking feature" not in kinds(dataset(rows))


def test_rows_in_two_splits_are_counted_and_their_labels_compared() -> None:
    rows = blobs(600)
    aside = take(rows, slice(50))
    finding = found(
        dataset(rows, Split(aside.x, np.where(np.arange(50) < 10, (aside.y + 1) % 3, aside.y))),
        "duplicates across splits",
    )
    assert (finding.numbers["rows"], finding.numbers["agree"]) == (50, 0.8)


def test_a_share_of_rows_in_two_splits_is_a_fact_unless_training_rows_are_equal_too() -> None:
    def share(train: Split, rows: int) -> Finding:
        other = blobs(100, 1)
        both = take(train, slice(rows))
        aside = Split(np.vstack([other.x, both.x]), np.concatenate([other.y, both.y]))
        return found(dataset(train, aside), "duplicates across splits")

    rows = blobs(600)
    assert share(rows, 50).fact
    assert not share(rows, 5).fact  # 5 of 105 rows
    twice = Split(np.vstack([rows.x] * 2), np.concatenate([rows.y] * 2))
    assert not share(twice, 50).fact


def test_a_pair_in_two_splits_is_chance() -> None:
    rows, other = blobs(600), blobs(40, 1)
    aside = Split(np.vstack([other.x, rows.x[:2]]), np.concatenate([other.y, rows.y[:2]]))
    assert "duplicates across splits" not in kinds(dataset(rows, aside))


def test_equal_rows_of_a_table_with_few_values_are_its_nature() -> None:
    rng = np.random.default_rng(0)

    def rows(n: int) -> Split:
        x = rng.integers(3, size=(n, 3)).astype(float)
        return Split(x, (x.sum(axis=1) > 3).astype(int))

    assert "duplicates across splits" not in kinds(dataset(rows(500), rows(100)))


def test_the_test_rows_stay_sealed() -> None:
    rows = blobs(200)
    sealed = Split(np.full((20, D), 1e9), np.zeros(20, int))
    assert list(of_data(Dataset("sealed", "", rows, None, sealed))) == []
