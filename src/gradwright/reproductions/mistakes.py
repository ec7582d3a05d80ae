"""The reports' mistakes, so that their figures come out again; nothing outside this room uses them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gradwright.engine import State, Task
from gradwright.nn import L2
from gradwright.nn.layer import Array


@dataclass(frozen=True)
class CompoundDecay:
    """S1: ``lr *= factor ** i`` in epoch i decays the decayed rate: lr = start factor^(i (i + 1) / 2)

    With 0.9 all epochs together are worth 3.9 of the first one; after ten nothing moves.

    >>> schedule = CompoundDecay(1.0, 0.9)
    >>> round(sum(schedule.rate(0, epoch) for epoch in range(200)), 2)
    3.91
    """

    start: float
    factor: float
    per: str = "epoch"

    def rate(self, step: int, epoch: int) -> float:  # noqa: ARG002
        return float(self.start * self.factor ** (epoch * (epoch + 1) / 2))


def forget_velocity(task: Task, state: State) -> State:
    """S1: momentum begins at 0 again in every epoch."""
    return replace(state, optimizer=task.optimizer.init(state.theta))


@dataclass(frozen=True)
class SameSeedUniform:
    """S0: ``np.random.seed(0)`` before every draw of U(-1, 1), so layers of one shape begin equal."""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:  # noqa: ARG002
        out_in = shape[::-1]  # the report's samples are columns
        return np.random.RandomState(0).uniform(-1, 1, out_in).T.copy()


def divided_twice(learning_rate: float, decay: float, batch_size: int) -> tuple[float, L2]:
    """S3: a gradient divided by the batch size once more than it should be, its decay not.

    The step lr (g / m + decay W) is the right step with the rate lr / m and the decay m times as strong.

    >>> divided_twice(0.5, 1e-3, 100)
    (0.005, L2(factor=0.05))
    """
    return learning_rate / batch_size, L2(decay * batch_size / 2)


@dataclass(frozen=True)
class Trace:
    """Mean losses of S2's training on its synthetic set, by epoch, on the rows as they were visited."""

    training: list[float]


def accumulating_buffer(
    x: Array, labels: Array, w: Array, v: Array, learning_rate: float, epochs: int, *, resets: bool
) -> Trace:
    """S2: single-sample descent of a 2-3-2 sigmoid network whose hidden sums are kept between samples.

    ``k1[j] += w[i][j] x[i]`` adds to what the last sample left there; with ``resets`` it begins at the bias,
    as it should. Plain Python, as the report's is: the arrays are too small for anything else.
    """
    W, V = w.tolist(), v.tolist()
    hidden, outputs = range(len(V)), range(len(V[0]))
    b, c, k1 = [0.0] * len(V), [0.0] * len(V[0]), [0.0] * len(V)
    training = []
    for _ in range(epochs):
        total = 0.0
        for (x0, x1), label in zip(x.tolist(), labels.tolist(), strict=True):
            for j in hidden:
                k1[j] = (0.0 if resets else k1[j]) + W[0][j] * x0 + W[1][j] * x1 + b[j]
            h = [_sigmoid(k) for k in k1]
            y = _softmax([c[m] + sum(h[j] * V[j][m] for j in hidden) for m in outputs])
            total -= math.log(max(y[label], 1e-300))
            dk2 = [y[m] - (m == label) for m in outputs]
            dk1 = [sum(V[j][m] * dk2[m] for m in outputs) * h[j] * (1 - h[j]) for j in hidden]
            for j in hidden:
                for m in outputs:
                    V[j][m] -= learning_rate * h[j] * dk2[m]
                W[0][j] -= learning_rate * x0 * dk1[j]
                W[1][j] -= learning_rate * x1 * dk1[j]
                b[j] -= learning_rate * dk1[j]
            for m in outputs:
                c[m] -= learning_rate * dk2[m]
        training.append(total / len(labels))
    return Trace(training)


BLOCK = 64  # samples whose products with the first weight are made at once


def through_the_diagonal(
    x: Array, labels: Array, w: Array, v: Array, learning_rate: float
) -> Iterator[tuple[Array, Array]]:
    """S2: single-sample descent of 784-300-10 sigmoid units, as its figures say that it was done.

    h = sigmoid(x W), y = softmax(h V), and the error of the output is

        dk2 = 2 (y - t) / 10 * y (1 - y)

    the gradient of a mean squared error through the diagonal of the softmax's Jacobian alone, in place of
    y - t: some thirty times shorter. There are no biases, and the rows come in one order for ever. Yields
    W (784, 300) and V (300, 10) after each epoch; x (N, 784), labels (N,).

    The samples of a block share two products with W: the z of the t-th is x_t W less what the ones before it
    changed, sum_s (x_t x_s) rate dk1_s. That is single steps but for rounding.
    """
    targets = np.eye(v.shape[1])
    while True:
        for first in range(0, len(x), BLOCK):
            block = x[first : first + BLOCK]
            z, gram = block @ w, block @ block.T
            moves = np.zeros_like(z)
            for t in range(len(block)):
                h = 1 / (1 + np.exp(-(z[t] - gram[t, :t] @ moves[:t])))
                o = h @ v
                y = np.exp(o - o.max())
                y /= y.sum()
                dk2 = 2 * (y - targets[labels[first + t]]) / len(y) * y * (1 - y)
                moves[t] = learning_rate * (v @ dk2) * h * (1 - h)
                v = v - learning_rate * np.outer(h, dk2)
            w = w - block.T @ moves
        yield w, v


def _sigmoid(k: float) -> float:
    return 1 / (1 + math.exp(-k)) if k >= 0 else math.exp(k) / (1 + math.exp(k))


def _softmax(o: list[float]) -> list[float]:
    top = max(o)
    powers = [math.exp(value - top) for value in o]
    return [power / sum(powers) for power in powers]
