"""NumPy as a good student writes it: vectorised over the batch, float32, one array operation at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import BETA1, BETA2, EPSILON

ACTIVATION: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
}
DERIVATIVE: dict[str, Callable[[Array], Array]] = {  # of what the activation put out
    "tanh": lambda h: 1 - h * h,
    "sigmoid": lambda h: h * (1 - h),
    "relu": lambda h: h > 0,
}


class Student:
    """One model as a list of arrays, and the chain rule written out."""

    def __init__(self, problem: Problem, _threads: int) -> None:
        self.x, self.y, self.workload = problem.x, problem.y, problem.workload
        (self.params,) = ([array.copy() for array in arrays] for arrays in problem.initial())
        (self.rate,) = problem.rates
        self.loss = squared_error if self.workload.loss == "squared error" else softmax_cross_entropy
        self.update = self._adam if self.workload.optimizer == "Adam" else self._sgd
        self.m, self.v = ([np.zeros_like(param) for param in self.params] for _ in range(2))
        self.steps = 0

    def train(self, order: NDArray[np.int64]) -> Trained:
        gradients = self._residual_gradients if self.workload.residual else self._gradients
        total = 0.0
        for rows in order[0]:
            loss, grads = gradients(self.x[rows], self.y[rows])
            self.update(grads)
            total += float(loss)
        return Trained(order.shape[1], total / order.shape[1])

    def parameters(self) -> list[list[Array]]:
        return [self.params]

    def _sgd(self, grads: list[Array]) -> None:
        for param, grad in zip(self.params, grads, strict=True):
            if self.workload.l2 and param.ndim == 2:
                grad += 2 * self.workload.l2 * param
            param -= self.rate * grad

    def _adam(self, grads: list[Array]) -> None:
        self.steps += 1
        rate, scale = (
            self.rate / (1 - BETA1**self.steps),
            1 / np.sqrt(1 - BETA2**self.steps, dtype=np.float32),
        )
        for param, grad, m, v in zip(self.params, grads, self.m, self.v, strict=True):
            m += (1 - BETA1) * (grad - m)
            v += (1 - BETA2) * (grad * grad - v)
            param -= rate * m / (scale * np.sqrt(v) + EPSILON)

    def _gradients(self, x: Array, y: Array) -> tuple[Array, list[Array]]:
        act, derivative = ACTIVATION[self.workload.activation], DERIVATIVE[self.workload.activation]
        weights, biases = self.params[::2], self.params[1::2]
        outputs = [x]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            outputs.append(act(outputs[-1] @ weight + bias))
        loss, dz = self.loss(outputs[-1] @ weights[-1] + biases[-1], y)
        grads: list[Array] = []
        for layer in reversed(range(len(weights))):
            grads = [outputs[layer].T @ dz, dz.sum(axis=0), *grads]
            if layer > 0:
                dz = dz @ weights[layer].T * derivative(outputs[layer])
        return loss, grads

    def _residual_gradients(self, x: Array, y: Array) -> tuple[Array, list[Array]]:
        *blocks, weight, bias = self.params
        caches = []
        for k in range(0, len(blocks), 4):  # h = relu(x W2 + b2 + tanh(x W1 + b1))
            w2, b2, w1, b1 = blocks[k : k + 4]
            t = np.tanh(x @ w1 + b1)
            h = np.maximum(x @ w2 + b2 + t, 0)
            caches.append((x, t, h, w1, w2))
            x = h
        loss, dz = softmax_cross_entropy(x @ weight + bias, y)
        grads = [x.T @ dz, dz.sum(axis=0)]
        dh = dz @ weight.T
        for x, t, h, w1, w2 in reversed(caches):
            du = dh * (h > 0)
            dt = du * (1 - t * t)
            grads = [x.T @ du, du.sum(axis=0), x.T @ dt, dt.sum(axis=0), *grads]
            dh = du @ w2.T + dt @ w1.T
        return loss, grads


def softmax_cross_entropy(logits: Array, y: Array) -> tuple[Array, Array]:
    """The mean loss over the batch and its derivative with respect to the logits."""
    here = np.arange(len(y))
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[here, y]).mean()
    probabilities[here, y] -= 1
    probabilities /= len(y)
    return loss, probabilities


def squared_error(output: Array, target: Array) -> tuple[Array, Array]:
    """The mean square over all entries and its derivative with respect to the outputs."""
    off = output - target
    return (off * off).mean(), off * (2 / off.size)


PEERS = (Peer("numpy", "NumPy, a student's", Student, serves=frozenset({"Adam", "squared error"})),)
