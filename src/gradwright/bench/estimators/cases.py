"""What the estimators are given: rows, and settings that make a fixed number of epochs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.nn.layer import Array

Rows = tuple[Array, Array]
ENDLESS = {"n_iter_no_change": math.inf, "tol": 0.0}  # so that all epochs are made
EVERYBODY = ("scikit-learn", "skorch")


@dataclass(frozen=True)
class Case:
    """``settings`` are scikit-learn's; ``rows`` draws what an estimator is fitted to.

    ``beside`` names those who can do it and are worth the minutes.
    """

    title: str
    rows: Callable[[np.random.Generator, bool], Rows]  # (generator, whether it is to be quick)
    settings: dict[str, Any]
    dtype: str = "float64"
    beside: tuple[str, ...] = ("scikit-learn",)


def digits(_rng: np.random.Generator, _quick: bool) -> Rows:
    """1,797 pictures of 8 x 8, as scikit-learn has them."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x / 16, y


def classes(rows: int, features: int, count: int) -> Callable[[np.random.Generator, bool], Rows]:
    """Rows around a centre for each class; a tenth as many where it is to be quick."""

    def draw(rng: np.random.Generator, quick: bool) -> Rows:
        n = rows // 10 if quick else rows
        y = rng.integers(count, size=n)
        centres = rng.normal(size=(count, features))
        return centres[y] + 2 * rng.normal(size=(n, features)), y

    return draw


CASES = {
    "digits": Case(
        "1,797 x 64, 100 hidden, 50 epochs", digits, {"max_iter": 50, **ENDLESS}, beside=EVERYBODY
    ),
    "digits32": Case("the same in float32", digits, {"max_iter": 50, **ENDLESS}, "float32", EVERYBODY),
    "wide": Case(
        "20,000 x 784, 256 hidden, 3 epochs",
        classes(20_000, 784, 10),
        {"hidden_layer_sizes": (256,), "max_iter": 3, **ENDLESS},
    ),
    "wide32": Case(
        "the same in float32",
        classes(20_000, 784, 10),
        {"hidden_layer_sizes": (256,), "max_iter": 3, **ENDLESS},
        "float32",
    ),
    "table": Case(
        "1,000,000 x 50, 50 hidden, 2 epochs",
        classes(1_000_000, 50, 5),
        {"hidden_layer_sizes": (50,), "max_iter": 2, **ENDLESS},
    ),
    "lbfgs": Case("digits, L-BFGS, 60 iterations", digits, {"solver": "lbfgs", "max_iter": 60, "tol": 0.0}),
}
