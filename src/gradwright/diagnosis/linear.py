"""The best linear model of the training rows: what a network must pass to be worth its hidden layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.engine import Metrics
from gradwright.errors import ConfigError
from gradwright.nn import Focal, Loss, MeanSquaredError, SoftmaxCrossEntropy
from gradwright.nn.layer import Array
from gradwright.nn.objective import measured
from gradwright.training.constant_answer import known_constant, measure, outputs_of

SPLITS = ("train", "validation")  # the test rows are none of a baseline's business
ENOUGH = 1e-8  # of the largest derivative: losses are then right to 1e-10, accuracies to a row or two
SETTLED = 1e-6  # what rounding may leave of it: losses are still right to 1e-7
FULL_PRECISION = 2**24  # entries of x: above, products are made in float32, at half the memory and time
# The number of passes is what a large problem can afford: rows x features x outputs x passes stays below WORK
WORK, FEWEST, MOST = 2e10, 30, 1000
CORRECTIONS = 20  # pairs that L-BFGS remembers: problems are small beside their rows, so memory is cheap


@dataclass(frozen=True)
class LinearOptimum:
    """The linear model of the least training loss: its metrics by split, and how well it was found.

    ``converged`` is False where the search ended at its bound on passes: the true optimum then has a loss
    that is a little lower. ``slope`` is the largest derivative that was left, of standardised features.
    """

    metrics: dict[str, Metrics]
    method: str
    passes: int
    slope: float
    converged: bool


def linear_optimum(data: Dataset, loss: Loss, *, bias: bool = True) -> LinearOptimum:
    """min over W, b of loss(x W + b, y) on the training rows        x (N, d), W (d, k), b (k,)

    Least squares by a factorisation; every other loss is convex in W and b too, and goes by L-BFGS (Liu and
    Nocedal, Mathematical Programming 45, 1989) on features of mean 0 and deviation 1, without penalty.

    Raises ``ConfigError`` where L-BFGS is needed and SciPy is not installed, and for ``Focal``, which is not
    convex.

    >>> from gradwright.data import load
    >>> best = linear_optimum(load("swiss-roll"), SoftmaxCrossEntropy())
    >>> best.converged, round(best.metrics["train"]["loss"], 3)
    (True, 0.693)
    """
    if isinstance(loss, Focal):
        raise ConfigError("Focal is not convex, so that what a search finds need not be the least")
    entries = data.train.x.size
    x = data.inputs("train", np.float64 if entries <= FULL_PRECISION else np.float32)
    shift, scale = scaling(x, bias)
    x -= shift
    x *= scale
    k = outputs_of(data, loss)
    if isinstance(loss, MeanSquaredError):
        W, b = _least_squares(x, data.train, bias)
        passes, slope, method = 1, 0.0, "least squares"
    else:
        most = int(min(MOST, max(FEWEST, WORK / (entries * k))))
        W, b, passes, slope = descend(x, data.train, loss, k, bias, most)
        method = "L-BFGS"
    metrics = {"train": measure(loss, x @ W.astype(x.dtype) + b, data.train.y, data.train.weights)}
    if data.validation is not None:
        x = (data.inputs("validation", np.float64) - shift) * scale
        metrics["validation"] = measure(loss, x @ W + b, data.validation.y, data.validation.weights)
    return LinearOptimum(metrics, method, passes, slope, slope <= SETTLED)


def softmax_optimum(data: Dataset, *, bias: bool) -> dict[str, Metrics]:
    """Loss and accuracy on training and validation rows of the best softmax regression.

    Raises ``ConfigError`` where SciPy is not installed.

    >>> from gradwright.data import load
    >>> best = softmax_optimum(load("swiss-roll"), bias=True)
    >>> 0.4 < best["validation"]["accuracy"] < 0.7
    True
    """
    return linear_optimum(data, SoftmaxCrossEntropy(), bias=bias).metrics


def best_constant(rows: Split, loss: Loss, k: int) -> Array:
    """The output (k,) that has the least mean loss when it is given for every row.

    >>> best_constant(Split(np.zeros((3, 1)), np.array([1.0, 2.0, 6.0])), MeanSquaredError(), 1)
    array([3.])
    """
    known = known_constant(rows.y, loss, k, rows.weights)
    if known is not None:
        return known
    nothing = np.zeros((len(rows), 1))  # no feature, so the bias alone answers
    return descend(nothing, rows, loss, k, True, MOST)[1]


def scaling(x: Array, bias: bool) -> tuple[Array, Array]:
    """Mean and 1 / deviation of each column; the mean is 0 where there is no bias to undo the shift."""
    shift = x.mean(axis=0, dtype=np.float64) if bias else np.zeros(x.shape[1])
    square = np.array([np.square(column - m).mean() for column, m in zip(x.T, shift, strict=True)])
    constant = x.min(axis=0) == x.max(axis=0)  # exact, where a variance would carry rounding errors
    return shift.astype(x.dtype), (1 / np.sqrt(np.where(constant, 1.0, square))).astype(x.dtype)


def _least_squares(x: Array, targets: Split, bias: bool) -> tuple[Array, Array]:
    y = targets.y.reshape(len(x), -1).astype(np.float64)
    rows = (np.column_stack([x, np.ones(len(x))]) if bias else x).astype(np.float64)
    if targets.weights is not None:  # what counts w times as much is sqrt(w) times as long
        root = np.sqrt(targets.weights)[:, None]
        rows, y = root * rows, root * y
    best = np.linalg.lstsq(rows, y, rcond=None)[0]
    return (best[:-1], best[-1]) if bias else (best, np.zeros(y.shape[1]))


def descend(
    x: Array,
    targets: Split,
    loss: Loss,
    k: int,
    bias: bool,
    most: int,
    penalty: float = 0.0,
    start: tuple[Array, Array] | None = None,
    enough: float = ENOUGH,
) -> tuple[Array, Array, int, float]:
    """W (d, k) and b (k,) of the least loss + penalty |W|^2, from W and b of a ``start`` or from 0; then the
    passes that it took, and the largest derivative that is left."""
    d = x.shape[1]

    def value_and_grad(theta: Array) -> tuple[float, Array]:
        W, b = theta[: d * k].reshape(d, k), theta[d * k :]
        output = (x @ W.astype(x.dtype)).astype(np.float64) + b
        value, cache = measured(loss, output, targets.y, targets.weights)
        slope = loss.backward(cache)
        dW = (x.T @ slope.astype(x.dtype)).astype(np.float64) + 2 * penalty * W
        value += penalty * np.square(W).sum()
        return float(value), np.concatenate([dW.ravel(), slope.sum(axis=0) * bias])

    options = {"maxiter": most, "maxfun": most, "gtol": enough, "ftol": 0.0, "maxcor": CORRECTIONS}
    begin = np.zeros((d + 1) * k) if start is None else np.concatenate([part.ravel() for part in start])
    found = _minimize()(value_and_grad, begin, jac=True, method="L-BFGS-B", options=options)
    theta: Array = found.x
    return theta[: d * k].reshape(d, k), theta[d * k :], int(found.nfev), float(np.abs(found.jac).max())


def _minimize() -> Callable[..., Any]:
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise ConfigError('the linear baseline needs SciPy: pip install "gradwright[studies]"') from None
    return minimize  # type: ignore[no-any-return]
