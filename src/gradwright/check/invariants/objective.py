"""Every invariant of a loss on batches, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradwright.check.invariants.batches import duplicated_batch, mean_of_samples, permuted_batch
from gradwright.check.invariants.memory import (
    after_another_batch,
    arguments_untouched,
    called_twice,
    fresh_memory,
)
from gradwright.check.invariants.report import InvariantReport
from gradwright.check.invariants.trial import LossAndGrad, Trial
from gradwright.check.points import Array
from gradwright.check.streams import Stream, own_generator

MOST_ROWS = 16  # of a batch: each of them is also called alone


def check_invariants(
    loss_and_grad: LossAndGrad, params: Any, x: Array, y: Array, *, seed: int = 0
) -> InvariantReport:
    """What a loss and its gradient must be beside right: the same for the same batch, and a mean over it.

    ``loss_and_grad(params, x, y)`` returns (loss, gradient), the gradient in the form of ``params``: an
    array, or a dictionary, list or tuple of arrays. x (m, ...) and y (m, ...) hold one sample in each row;
    of more than 16 rows, 16 random ones are used. The invariants:

    - *arguments untouched*: no byte of params, x and y changes;
    - *called twice*, *after another batch*: nothing accumulates, no cache is stale;
    - *fresh memory*: the gradient is nobody else's array;
    - *permuted batch*, *duplicated batch*: another order or every row twice gives the same;
    - *mean of single samples*: m = 1 agrees with m > 1, and so nothing is divided by m twice.

    For losses that lack one of these by their nature each is a function of its own, of a ``Trial``.

    Raises what ``Trial`` raises.

    >>> def half_squares(w, x, y):
    ...     error = x @ w - y
    ...     return 0.5 * (error**2).mean(), x.T @ error / len(x)
    >>> x, y = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]]), np.array([1.0, 0.0, 2.0])
    >>> check_invariants(half_squares, np.array([0.5, -1.0]), x, y).passed
    True
    >>> def divided_twice(w, x, y):
    ...     loss, gradient = half_squares(w, x, y)
    ...     return loss, gradient / len(x)
    >>> check_invariants(divided_twice, np.array([0.5, -1.0]), x, y).failed
    ('duplicated batch', 'mean of single samples')
    """
    whole = Trial(loss_and_grad, params, x, y)
    rng = own_generator(seed, Stream.ROWS)
    rows = np.sort(rng.permutation(len(x))[:MOST_ROWS])
    trial = Trial(loss_and_grad, params, whole.x[rows], whole.y[rows])
    findings = (
        arguments_untouched(trial),
        called_twice(trial),
        after_another_batch(trial),
        fresh_memory(trial),
        permuted_batch(trial, seed=seed),
        duplicated_batch(trial),
        mean_of_samples(trial),
    )
    return InvariantReport(f"{_name(loss_and_grad)} on {len(rows)} of {len(x)} rows", findings)


def as_loss(forward: Callable[[Any, Any], Any], vjp: Callable[[Any, Any, Any], Any]) -> LossAndGrad:
    """A layer as a loss on batches, for ``check_invariants``: the mean over the rows of <forward(x)_n, u_n>.

    ``forward(params, x)`` returns y, ``vjp(params, x, dy)`` the gradients of the parameters in the form of
    params. What then stands in the place of y is a covector u, a random array in the form of the output.

    >>> loss_and_grad = as_loss(lambda W, x: x @ W, lambda W, x, dy: x.T @ dy)
    >>> check_invariants(loss_and_grad, np.eye(2), np.ones((3, 2)), np.arange(6.0).reshape(3, 2)).passed
    True
    """

    def loss_and_grad(params: Any, x: Any, u: Any) -> tuple[Any, Any]:
        y = forward(params, x)
        return (y * u).sum() / len(x), vjp(params, x, u / len(x))

    return loss_and_grad


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
