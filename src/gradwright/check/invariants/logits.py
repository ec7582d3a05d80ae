"""What a softmax cross-entropy must be at any scale of its logits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.findings import UnmetError, finding
from gradwright.check.invariants.memory import leaves_alone
from gradwright.check.invariants.report import InvariantReport
from gradwright.check.points import Array
from gradwright.errors import ConfigError

LossAndGrad: TypeAlias = Callable[[Any, Any], tuple[Any, Any]]

SHIFTS = (1e-2, 1.0, 1e2)  # of whole rows, which no softmax notices
FAR = 1e4  # exp of it is no number that a computer has
# Adding a shift of 1e4 to a logit of 1 costs four digits of it; a softmax that notices shifts is off by all.
SHIFT_ROUNDING = {8: 1e-9, 4: 1e-2}


def check_logits(loss_and_grad: LossAndGrad, logits: Array, y: Array) -> InvariantReport:
    """The scale tests of a softmax with its loss        logits (m, k), y (m, ...) labels or one-hot rows

    ``loss_and_grad(logits, y)`` returns the mean loss and its gradient (m, k) with respect to the logits.

    - *logits untouched*: a maximum is not subtracted in place;
    - *shift invariance*: a constant added to a row changes neither loss nor gradient;
    - *a far row disturbs no other*: the same with 10,000, added to one row alone;
    - *finite at 1e4*: loss and gradient are finite numbers for logits of +-10,000;
    - *gradient sums to 0*: the entries of p - y of each row do.

    Raises ``ConfigError`` where logits is no float array (m, k) with at least two rows.

    >>> def cross_entropy(z, y):
    ...     z = z - z.max(axis=1, keepdims=True)
    ...     log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    ...     one_hot = np.eye(z.shape[1])[y]
    ...     return -(one_hot * log_p).sum() / len(z), (np.exp(log_p) - one_hot) / len(z)
    >>> check_logits(cross_entropy, np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([0, 1])).passed
    True
    """
    if not isinstance(logits, np.ndarray) or logits.dtype not in (np.float32, np.float64):
        raise ConfigError(f"logits: expected an array of floats, found {logits!r:.60}")
    if logits.ndim != 2 or len(logits) < 2:
        raise ConfigError(f"logits: expected the shape (m, k) with at least 2 rows, found {logits.shape}")
    own = logits.copy()
    at = partial(_at, loss_and_grad, y)
    findings = (
        leaves_alone(lambda: loss_and_grad(own, y.copy()), lambda: {"logits": own}, "logits untouched"),
        _shift_invariance(at, logits),
        _far_row(at, logits),
        _finite(at, logits),
        _sums_to_zero(at, logits),
    )
    name = getattr(loss_and_grad, "__name__", type(loss_and_grad).__name__)
    return InvariantReport(f"{name} on {len(logits)} rows of logits", findings)


_Call: TypeAlias = Callable[[Array], tuple[float, Array]]


def _at(loss_and_grad: LossAndGrad, y: Array, logits: Array) -> tuple[float, Array]:
    with np.errstate(all="ignore"):  # what is not finite is reported, in words
        loss, gradient = loss_and_grad(logits.copy(), y.copy())
    gradient = np.array(gradient)
    if gradient.shape != logits.shape:
        raise UnmetError(f"expected a gradient of the shape {logits.shape}, found {gradient.shape}")
    return float(loss), gradient


@finding("shift invariance")
def _shift_invariance(at: _Call, logits: Array) -> str:
    for shift in SHIFTS:
        signs = np.where(np.arange(len(logits)) % 2, -1, 1)[:, None]
        _expect_same(
            at, logits, (shift * signs).astype(logits.dtype), f"{shift:g} added to or taken from rows"
        )
    return f"up to {SHIFTS[-1]:g} added to or taken from each row changes nothing"


@finding("a far row disturbs no other")
def _far_row(at: _Call, logits: Array) -> str:
    for shift in (FAR, -FAR):
        one = np.zeros((len(logits), 1), logits.dtype)
        one[0] = shift
        _expect_same(at, logits, one, f"{shift:g} added to row 0")
    return f"{FAR:g} added to or taken from one row changes nothing"


@finding("finite at 1e4")
def _finite(at: _Call, logits: Array) -> str:
    largest = 0.0
    for far in (FAR, -FAR):
        for column in range(logits.shape[1]):
            moved = np.zeros_like(logits)
            moved[:, column] = far
            loss, gradient = at(moved)
            if not (np.isfinite(loss) and np.isfinite(gradient).all()):
                bad = loss if not np.isfinite(loss) else gradient[~np.isfinite(gradient)][0]
                raise UnmetError(
                    f"expected finite numbers with logits of {far:g} in column {column}, found {bad}"
                )
            largest = max(largest, loss)
    return f"finite with logits of +-{FAR:g} in any column; the largest loss is {largest:.6g}"


@finding("gradient sums to 0")
def _sums_to_zero(at: _Call, logits: Array) -> str:
    _, gradient = at(logits)
    sums, size = gradient.sum(axis=1), float(np.abs(gradient).max())
    worst = int(np.argmax(np.abs(sums)))
    if not abs(sums[worst]) <= SHIFT_ROUNDING[logits.itemsize] * size:
        raise UnmetError(f"expected rows that sum to 0, found {sums[worst]:.6g} in row {worst}")
    return f"each of {len(sums)} rows does, to rounding"


def _expect_same(at: _Call, logits: Array, shift: Array, what: str) -> None:
    (loss, gradient), (moved_loss, moved_gradient) = at(logits), at(logits + shift)
    tolerance = SHIFT_ROUNDING[logits.itemsize]
    if not abs(moved_loss - loss) <= tolerance * max(abs(loss), 1.0):
        raise UnmetError(f"{what}: expected the loss {loss:.6g}, found {moved_loss:.6g}")
    same = np.abs(moved_gradient - gradient) <= tolerance * np.abs(gradient).max()
    if not same.all():
        place = tuple(map(int, np.argwhere(~same)[0]))
        raise UnmetError(
            f"{what}: expected {gradient[place]:.6g} at {list(place)} of the gradient, "
            f"found {moved_gradient[place]:.6g}"
        )
