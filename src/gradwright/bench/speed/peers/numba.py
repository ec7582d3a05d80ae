"""numba: the loops written out and compiled; one call of a compiled function for many batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload

Function = TypeVar("Function", bound=Callable[..., Any])
WIDEST = 64  # beyond it one would call a matrix product


class Numba:
    """One model: the arrays of its maps, a residual block's two in a row, and a buffer for every result."""

    def __init__(self, problem: Problem, _threads: int) -> None:
        work = problem.workload
        self.x, self.y, (self.rate,) = problem.x, problem.y, problem.rates
        (self.params,) = ([array.copy() for array in arrays] for arrays in problem.initial())
        weights, biases = tuple(self.params[0::2]), tuple(self.params[1::2])
        widths, maps = work.widths, 2 if work.residual else 1
        self.inputs = tuple(np.empty((work.batch_size, width), np.float32) for width in widths)
        self.deltas = tuple(np.empty_like(array) for array in self.inputs)
        self.inner = tuple(np.empty_like(array) for array in self.inputs)
        self.epoch, self.maps = epochs(maps, work.activation), (weights, biases)

    def train(self, order: NDArray[np.int64]) -> Trained:
        buffers = self.inputs, self.deltas, self.inner
        loss = self.epoch(self.x, self.y, order[0], *self.maps, *buffers, np.float32(self.rate))
        return Trained(order.shape[1], loss)

    def parameters(self) -> list[list[Array]]:
        return [self.params]


@cache
def epochs(maps: int, activation: str) -> Any:
    """The compiled epoch of networks with so many maps in a hidden layer: one, or a residual block's two."""
    from math import exp, log, tanh

    from numba import njit

    def compiled(function: Function) -> Function:
        made: Function = njit(fastmath=True)(function)
        return made

    @compiled
    def affine(x: Any, weight: Any, bias: Any, z: Any) -> None:  # z (B, o) = x (B, i) W + b
        for s in range(x.shape[0]):
            for o in range(weight.shape[1]):
                z[s, o] = bias[o]
            for i in range(weight.shape[0]):
                for o in range(weight.shape[1]):
                    z[s, o] += x[s, i] * weight[i, o]

    @compiled
    def add_back(d: Any, weight: Any, dx: Any) -> None:  # dx (B, i) += d (B, o) W'
        for s in range(d.shape[0]):
            for i in range(weight.shape[0]):
                total = np.float32(0)
                for o in range(weight.shape[1]):
                    total += d[s, o] * weight[i, o]
                dx[s, i] += total

    @compiled
    def descend(x: Any, d: Any, weight: Any, bias: Any, rate: Any) -> None:  # W -= rate x' d, b -= rate sum d
        for s in range(d.shape[0]):
            for o in range(d.shape[1]):
                bias[o] -= rate * d[s, o]
        for i in range(weight.shape[0]):
            for s in range(d.shape[0]):
                for o in range(d.shape[1]):
                    weight[i, o] -= rate * x[s, i] * d[s, o]

    @compiled
    def activate(z: Any) -> None:
        for s in range(z.shape[0]):
            for o in range(z.shape[1]):
                if activation == "tanh":
                    z[s, o] = tanh(z[s, o])
                elif activation == "sigmoid":
                    z[s, o] = 1 / (1 + exp(-z[s, o]))
                else:
                    z[s, o] = max(z[s, o], np.float32(0))

    @compiled
    def through(d: Any, y: Any) -> None:  # dz = dy f'(z), in place, by y = f(z)
        for s in range(d.shape[0]):
            for o in range(d.shape[1]):
                if activation == "tanh":
                    d[s, o] *= 1 - y[s, o] * y[s, o]
                elif activation == "sigmoid":
                    d[s, o] *= y[s, o] * (1 - y[s, o])
                else:
                    d[s, o] *= y[s, o] > 0

    @compiled
    def softmax_cross_entropy(z: Any, labels: Any, d: Any) -> Any:
        loss, batch = 0.0, z.shape[0]
        for s in range(batch):
            most, total = z[s].max(), np.float32(0)
            for c in range(z.shape[1]):
                d[s, c] = exp(z[s, c] - most)
                total += d[s, c]
            loss += log(total) + most - z[s, labels[s]]
            for c in range(z.shape[1]):
                d[s, c] /= total * batch
            d[s, labels[s]] -= np.float32(1 / batch)
        return loss / batch

    @compiled
    def plain(h: Any, d: Any, _inner: Any, labels: Any, weights: Any, biases: Any, rate: Any) -> Any:
        last = len(weights) - 1
        for k in range(last + 1):
            affine(h[k], weights[k], biases[k], h[k + 1])
            if k < last:
                activate(h[k + 1])
        loss = softmax_cross_entropy(h[last + 1], labels, d[last + 1])
        for k in range(last, -1, -1):
            if k > 0:
                d[k][:] = 0
                add_back(d[k + 1], weights[k], d[k])
                through(d[k], h[k])
            descend(h[k], d[k + 1], weights[k], biases[k], rate)
        return loss

    @compiled
    def residual(h: Any, d: Any, t: Any, labels: Any, weights: Any, biases: Any, rate: Any) -> Any:
        last = len(h) - 2  # blocks, of the maps W2 and W1, before the last map
        for k in range(last):
            affine(h[k], weights[2 * k], biases[2 * k], h[k + 1])
            affine(h[k], weights[2 * k + 1], biases[2 * k + 1], t[k + 1])
            for s in range(h[k + 1].shape[0]):
                for o in range(h[k + 1].shape[1]):
                    t[k + 1][s, o] = tanh(t[k + 1][s, o])
                    h[k + 1][s, o] = max(h[k + 1][s, o] + t[k + 1][s, o], np.float32(0))
        affine(h[last], weights[2 * last], biases[2 * last], h[last + 1])
        loss = softmax_cross_entropy(h[last + 1], labels, d[last + 1])
        d[last][:] = 0
        add_back(d[last + 1], weights[2 * last], d[last])
        descend(h[last], d[last + 1], weights[2 * last], biases[2 * last], rate)
        for k in range(last - 1, -1, -1):
            for s in range(h[k + 1].shape[0]):
                for o in range(h[k + 1].shape[1]):  # du in d, and in t what was tanh becomes dt
                    d[k + 1][s, o] *= h[k + 1][s, o] > 0
                    t[k + 1][s, o] = d[k + 1][s, o] * (1 - t[k + 1][s, o] * t[k + 1][s, o])
            if k > 0:
                d[k][:] = 0
                add_back(d[k + 1], weights[2 * k], d[k])
                add_back(t[k + 1], weights[2 * k + 1], d[k])
            descend(h[k], d[k + 1], weights[2 * k], biases[2 * k], rate)
            descend(h[k], t[k + 1], weights[2 * k + 1], biases[2 * k + 1], rate)
        return loss

    step = plain if maps == 1 else residual

    @compiled
    def epoch(
        x: Any, y: Any, order: Any, weights: Any, biases: Any, h: Any, d: Any, t: Any, rate: Any
    ) -> Any:
        total, labels = 0.0, np.empty(order.shape[1], np.int64)
        for n in range(order.shape[0]):
            for s in range(order.shape[1]):
                labels[s] = y[order[n, s]]
                for i in range(x.shape[1]):
                    h[0][s, i] = x[order[n, s], i]
            total += step(h, d, t, labels, weights, biases, rate)
        return total / order.shape[0]

    return epoch


def _narrow_only(workload: Workload) -> str | None:
    return "plain loops are for narrow layers" if max(workload.widths) > WIDEST else None


PEERS = (Peer("numba", "numba, loops", Numba, package="numba", refuses=_narrow_only),)
