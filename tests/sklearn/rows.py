"""Small rows that the tests of the estimators share."""

from __future__ import annotations

import numpy as np

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
LABELS = np.where(X[:, 0] + X[:, 1] ** 2 > 1, "yes", "no")
KINDS = np.digitize(X[:, 0], [-0.5, 0.5])
SEVERAL = (X[:, :3] > 0).astype(int)
NUMBERS = X[:, 0] - 2 * X[:, 1]
FURTHER, FURTHER_LABELS, FURTHER_NUMBERS = X[80:], LABELS[80:], NUMBERS[80:]
