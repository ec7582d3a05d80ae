"""Rows that the usual learning rates do not suit are said to be so."""

from __future__ import annotations

import numpy as np

from gradwright.data import Affine, Dataset, scale_notes

X = np.random.default_rng(0).standard_normal((50, 2))


def test_the_largest_column_is_named_with_what_to_do() -> None:
    (note,) = scale_notes(Dataset.from_arrays(X * [1, 300], X[:, 0]))
    assert note.startswith("features: column 1 is about 3")
    assert note.endswith("standardize=True in Dataset.from_arrays, or gradwright.data.standardize(data)")


def test_targets_are_looked_at_too_but_not_labels() -> None:
    (note,) = scale_notes(Dataset.from_arrays(X, 150 + X[:, 0]))
    assert note.startswith("targets: what is to be learned is about 15")
    assert scale_notes(Dataset.from_arrays(X, np.arange(50) % 2 * 1000)) == ()


def test_nothing_is_said_of_what_is_near_one_or_was_brought_there() -> None:
    assert scale_notes(Dataset.from_arrays(X, X[:, 0])) == ()
    far = Dataset.from_arrays(X * 300, 150 + X[:, 0], standardize=True, standardize_targets=True)
    assert scale_notes(far) == ()
    pixels = Dataset.from_arrays(np.full((9, 2), 255, np.uint8), X[:9, 0])
    assert scale_notes(Dataset("p", "here", pixels.train, features=Affine(scale=1 / 255))) == ()
