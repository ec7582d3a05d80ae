"""What choosing the best of many does to its value, seen by choosing again on other seeds.

Arrays hold a row for each configuration and a column for each repeat, higher being better; NaN marks a repeat
that is not there.
"""

from __future__ import annotations

import numpy as np

from gradwright.nn.layer import Array

RESAMPLES = 1000
AT_ONCE = 2**22  # means in memory, however many configurations there are


def winning_shares(values: Array) -> Array | None:
    """How often each row has the best mean when the columns are drawn again with replacement (k,).

    The bootstrap of Efron (Annals of Statistics 7, 1979), which needs no normal distribution. None for a
    single column.
    """
    repeats = values.shape[1]
    if repeats < 2:
        return None
    rng = np.random.default_rng(0)  # the same records make the same report
    weights = rng.multinomial(repeats, np.full(repeats, 1 / repeats), size=RESAMPLES).astype(np.float64)
    known = ~np.isnan(values)
    numbers, there = np.where(known, values, 0).T, known.T.astype(np.float64)
    wins = np.zeros(len(values), dtype=np.int64)
    step = max(1, AT_ONCE // len(values))
    for start in range(0, RESAMPLES, step):
        some = weights[start : start + step]
        with np.errstate(invalid="ignore", divide="ignore"):
            means = some @ numbers / (some @ there)
        first = np.argmax(np.where(np.isnan(means), -np.inf, means), axis=1)
        wins += np.bincount(first, minlength=len(values))
    shares: Array = wins / RESAMPLES
    return shares


def chosen_elsewhere(values: Array) -> float | None:
    """The best row by all columns but one, read in that one: the mean over the columns.

    The best of many noisy means lies above what it will give again; this does not, being read where nothing
    was chosen. It is what choosing with one repeat fewer gives in the mean. None for a single column.

    >>> chosen_elsewhere(np.array([[3.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))
    0.333...
    """
    read = []
    for column in range(values.shape[1]):
        others = np.delete(values, column, axis=1)
        rows = np.flatnonzero(~np.isnan(values[:, column]) & ~np.isnan(others).all(axis=1))
        if len(rows):
            best = rows[np.argmax(np.nanmean(others[rows], axis=1))]
            read.append(values[best, column])
    return float(np.mean(read)) if read else None
