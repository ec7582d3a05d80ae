"""The best of a linear classifier: softmax regression solved to its last digit by Newton's method."""

from __future__ import annotations

import numpy as np

from gradwright.data import Dataset
from gradwright.nn.layer import Array

ITERATIONS = 50
ENOUGH = 1e-10  # of the gradient's norm; losses are then right to their last digits
RIDGE = 1e-9  # the softmax does not see a shift of all logits: H has a null space


def softmax_optimum(data: Dataset, *, bias: bool) -> dict[str, dict[str, float]]:
    """Loss and accuracy on training and validation rows of the convex optimum over the training rows.

    For d features and k classes each step solves (k d) equations with the Hessian
    H = 1/N sum_n (diag(p_n) - p_n p_n') x (x_n x_n'); it is halved until the loss falls.

    >>> from gradwright.data import load
    >>> best = softmax_optimum(load("swiss-roll"), bias=True)
    >>> 0.4 < best["validation"]["accuracy"] < 0.7
    True
    """
    x, labels = _inputs(data, "train", bias), data.train.y
    n, d, k = len(x), x.shape[1], data.num_classes
    hot = np.eye(k)[labels]
    w = np.zeros((d, k))
    loss = _loss(x, labels, w)
    for _ in range(ITERATIONS):
        p = _softmax(x @ w)
        gradient = x.T @ (p - hot) / n
        if np.linalg.norm(gradient) < ENOUGH:
            break
        blocks = [[(x * (p[:, a] * ((a == b) - p[:, b]))[:, None]).T @ x for b in range(k)] for a in range(k)]
        hessian = np.block(blocks) / n + RIDGE * np.eye(k * d)
        step = np.linalg.solve(hessian, gradient.T.ravel()).reshape(k, d).T
        rate = 1.0
        while (lower := _loss(x, labels, w - rate * step)) > loss and rate > ENOUGH:
            rate /= 2
        w, loss = w - rate * step, lower
    reached = {"train": (x, labels)}
    if data.validation is not None:
        reached["validation"] = (_inputs(data, "validation", bias), data.validation.y)
    return {
        split: {"loss": _loss(rows, y, w), "accuracy": float(((rows @ w).argmax(1) == y).mean())}
        for split, (rows, y) in reached.items()
    }


def _inputs(data: Dataset, split: str, bias: bool) -> Array:
    x = data.inputs(split, np.float64)
    return np.column_stack([x, np.ones(len(x))]) if bias else x


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    normal: Array = powers / powers.sum(axis=1, keepdims=True)
    return normal


def _loss(x: Array, labels: Array, w: Array) -> float:
    logits = x @ w
    top = logits.max(axis=1)
    logs = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return float((logs - logits[np.arange(len(x)), labels]).mean())
