"""Small tables that the tests of the recipes share."""

from __future__ import annotations

import numpy as np

from gradwright.data import Dataset, Split, standardize_targets


def classes(rows: int = 120, seed: int = 0) -> Dataset:
    """Three round classes in the plane, a little mixed."""
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=rows)
    centres = np.array([[0.0, 1.5], [1.5, -1.0], [-1.5, -1.0]])
    x = centres[y] + 0.7 * rng.standard_normal((rows, 2))
    return Dataset("classes", "made for a test", Split(x.astype(np.float32), y))


def numbers(rows: int = 120, seed: int = 0) -> Dataset:
    """A parabola with noise, standardised."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (rows, 1)).astype(np.float32)
    y = 100 + 10 * x[:, 0].astype(np.float64) ** 2 + 0.1 * rng.standard_normal(rows)
    return standardize_targets(Dataset("numbers", "made for a test", Split(x, y)))
