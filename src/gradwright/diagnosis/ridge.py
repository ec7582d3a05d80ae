"""The linear model that generalises best: its penalty is chosen on rows that it was not fitted to.

Without a penalty a linear model of many features fits its training rows better than any sound network does,
and says nothing of what can be learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.data.divide import take
from gradwright.diagnosis.linear import SPLITS, descend, scaling
from gradwright.engine import Metrics
from gradwright.errors import ConfigError
from gradwright.nn import Focal, Loss, MeanSquaredError
from gradwright.nn.layer import Array
from gradwright.training.constant_answer import ROWS_AT_ONCE, measure, outputs_of

PENALTIES = (1.0, 0.1, 0.01, 1e-3, 1e-4, 0.0)  # from stiff to free, of |W|^2 beside a mean loss
WORK = 2.5e7  # rows x features x outputs that are looked at: a pass over as many takes some milliseconds
FEWEST_ROWS = 1000  # where there are as many, however many features they have
PASSES, ENOUGH = (
    15,
    1e-5,
)  # for each penalty, from the weights of the one before: losses are right to three digits
HELD_OUT = 5  # every fifth row chooses, where there are no validation rows
TOO_FEW = 10  # rows, of which none can be spared


@dataclass(frozen=True)
class Ridge:
    """min over W, b of loss(x W + b, y) + penalty |W|^2, x standardised, on ``rows`` training rows.

    ``metrics`` are those on all rows of each split.
    """

    metrics: dict[str, Metrics]
    method: str
    penalty: float
    rows: int


def ridge(data: Dataset, loss: Loss) -> Ridge:
    """The best of six penalties: the one with the least loss on validation rows, or on every fifth training
    row where there are none.

    Least squares by its normal equations, any other loss by L-BFGS, each penalty from the weights of the one
    before. Of a large set some rows are looked at, at even distances, so that it takes less than a second.

    Raises ``ConfigError`` where L-BFGS is needed and SciPy is not installed, and for ``Focal``, which is not
    convex.

    >>> import gradwright as gw
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(60, 40))
    >>> noisy = gw.Dataset.from_arrays(x, x[:, 0] + rng.normal(size=60), validation=20)
    >>> ridge(noisy, gw.MeanSquaredError()).penalty
    1.0
    """
    if isinstance(loss, Focal):
        raise ConfigError("Focal is not convex, so that what a search finds need not be the least")
    k = outputs_of(data, loss)
    most = max(FEWEST_ROWS, int(WORK / (data.in_features * k)))
    fit, choose = _parts(data, most)
    x = data.features(fit.x, np.float32 if fit.x.size > 2**20 else np.float64)
    shift, scale = scaling(x, bias=True)
    x = (x - shift) * scale
    best: tuple[float, float, Array, Array] | None = None
    for penalty, W, b in _path(x, fit, loss, k):
        W = scale[:, None] * W
        b = b - shift @ W
        reached = _measured(data, choose, loss, W, b)["loss"]
        if best is not None and reached > best[0]:
            break  # what is freer yet fits these rows more and others less
        best = (reached, penalty, W, b)
    assert best is not None
    _, penalty, W, b = best
    splits = {name: data.splits[name] for name in SPLITS if name in data.splits}
    metrics = {name: _measured(data, split, loss, W, b) for name, split in splits.items()}
    method = "least squares" if isinstance(loss, MeanSquaredError) else "L-BFGS"
    return Ridge(metrics, method, penalty, len(fit))


def _parts(data: Dataset, most: int) -> tuple[Split, Split]:
    """The rows to fit and those that choose the penalty: neither of them more than ``most``."""
    rows = np.arange(len(data.train))[:: -(-len(data.train) // most)]
    if data.validation is not None:
        aside = np.arange(len(data.validation))[:: -(-len(data.validation) // most)]
        return take(data.train, rows), take(data.validation, aside)
    if len(rows) < TOO_FEW:
        return data.train, data.train  # which chooses none
    held = np.arange(len(rows)) % HELD_OUT == HELD_OUT - 1
    return take(data.train, rows[~held]), take(data.train, rows[held])


def _path(x: Array, fit: Split, loss: Loss, k: int) -> Iterator[tuple[float, Array, Array]]:
    """W and b of standardised features for each penalty."""
    if isinstance(loss, MeanSquaredError):
        yield from _least_squares(x, fit)
        return
    start = None
    for penalty in PENALTIES:
        W, b, _, _ = descend(x, fit, loss, k, True, PASSES, penalty, start, ENOUGH)
        start = (W, b)
        yield penalty, W, b


def _least_squares(x: Array, fit: Split) -> Iterator[tuple[float, Array, Array]]:
    """(x'x / N + penalty I) W = x'y / N, or in as many unknowns as there are rows, where these are fewer

    MeanSquaredError is a mean over rows of a sum over columns, so that both terms are of one scale.
    """
    w = np.ones(len(x)) if fit.weights is None else fit.weights
    w = (w / w.sum())[:, None]
    y = fit.y.reshape(len(x), -1).astype(np.float64)
    centre, middle = (w * x).sum(axis=0), (w * y).sum(axis=0)
    rows = np.sqrt(w) * (x - centre)
    t = np.sqrt(w) * (y - middle)
    n, d = rows.shape
    gram = (rows.T @ rows if d <= n else rows @ rows.T).astype(np.float64)
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0)
    along = vectors.T @ (rows.T @ t if d <= n else t)
    for penalty in PENALTIES:
        free = values + penalty > 1e-12 * values.max()
        solved = vectors @ (along * np.where(free, 1 / np.where(free, values + penalty, 1), 0)[:, None])
        W = solved if d <= n else rows.T @ solved
        yield penalty, W, middle - centre @ W


def _measured(data: Dataset, split: Split, loss: Loss, W: Array, b: Array) -> Metrics:
    """The metrics on all rows of a split, some thousands of them at a time."""
    W = W.astype(np.float32 if split.x.size > 2**20 else np.float64)
    parts = [slice(i, i + ROWS_AT_ONCE) for i in range(0, len(split), ROWS_AT_ONCE)]
    output = np.concatenate([data.features(split.x[part], W.dtype) @ W + b for part in parts])
    return measure(loss, output, split.y, split.weights)
