"""A scalar automatic differentiation engine, its operations with backward closures, a small expression on top."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import math


class Value:
    def __init__(self, data, _children=()):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = tuple(_children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, other):
        out = Value(self.data ** other, (self,))

        def _backward():
            self.grad += other * self.data ** (other - 1) * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,))

        def _backward():
            self.grad += (1 - t ** 2) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def backward(self):
        topo, visited = [], set()

        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)

        build_topo(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


def neuron(w, x, b):
    a = b
    for wi, xi in zip(w, x):
        a = a + wi * xi
    return a.tanh()


def loss(w1, b1, w2, x, y):
    w1, w2 = [[Value(a) for a in row] for row in w1], [Value(a) for a in w2]
    b1 = [Value(a) for a in b1]
    hidden = [neuron(row, x, b) for row, b in zip(w1, b1)]
    s = hidden[0] * w2[0]
    for h, w in zip(hidden[1:], w2[1:]):
        s = s + h * w
    out = (s + -y) ** 2 + (s * 0.3).exp() + s * s
    out.backward()
    grads = [[v.grad for v in row] for row in w1], [v.grad for v in b1], [v.grad for v in w2]
    return out.data, grads
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    x, y = list(rng.standard_normal(3)), 0.7

    def value_and_grad(w1: Any, b1: Any, w2: Any) -> Any:
        value, grads = code.loss(w1.tolist(), b1.tolist(), w2.tolist(), x, y)
        return value, *(np.array(g) for g in grads)

    arguments = rng.standard_normal((4, 3)), rng.standard_normal(4), rng.standard_normal(4)
    return check_gradient(value_and_grad=value_and_grad, x=arguments, wrt=("w1", "b1", "w2"))


ALL = "w1 b1 w2"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "a value used twice is overwritten",
            "self.grad += other.data * out.grad\n            other.grad += self.data * out.grad",
            "self.grad = other.data * out.grad\n            other.grad = self.data * out.grad",
            ALL,
            "OVERWRITTEN",
            "BRANCH_DROPPED",
        ),
        fault(
            "sums overwrite",
            "self.grad += out.grad\n            other.grad += out.grad",
            "self.grad = out.grad\n            other.grad = out.grad",
            ALL,
            "OVERWRITTEN",
            "BRANCH_DROPPED",
        ),
        fault(
            "the power not lowered",
            "other * self.data ** (other - 1) * out.grad",
            "other * self.data ** other * out.grad",
            ALL,
            "OTHER_VALUES",
            "OTHER_LOSS",
        ),
        fault(
            "the exponent forgotten",
            "other * self.data ** (other - 1) * out.grad",
            "self.data ** (other - 1) * out.grad",
            ALL,
            "FACTOR_INSIDE",
            "HALF",
            "OTHER_LOSS",
            "FACTOR_DROPPED",
        ),
        fault(
            "tanh with its input",
            "(1 - t ** 2) * out.grad",
            "(1 - self.data ** 2) * out.grad",
            "w1 b1",
            "ACTIVATION_AT_INPUT",
        ),
        fault(
            "tanh's square forgotten",
            "(1 - t ** 2) * out.grad",
            "(1 - t) * out.grad",
            "w1 b1",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the exponential of its input",
            "self.grad += out.data * out.grad",
            "self.grad += self.data * out.grad",
            ALL,
            "OTHER_VALUES",
            "ACTIVATION_AT_INPUT",
            "OTHER_ACTIVATION",
        ),
        fault(
            "one's own value in a product",
            "self.grad += other.data * out.grad",
            "self.grad += self.data * out.grad",
            ALL,
            "OTHER_VALUES",
            "EXCHANGED",
        ),
        fault(
            "in the order of the graph's growth",
            "for v in reversed(topo):",
            "for v in topo[::-1][:1] + topo[::-1][2:]:",
            ALL,
            "PART_MISSING",
            "BRANCH_DROPPED",
        ),
    ),
)
