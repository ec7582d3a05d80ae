"""A submission without a fault."""

import numpy as np


def loss_and_grad(W, b, x, labels, penalty):  # type: ignore[no-untyped-def]
    m = len(x)
    z = x @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(m), labels]).mean() + penalty * (W**2).sum()
    dz = p.copy()
    dz[np.arange(m), labels] -= 1
    dz /= m
    return loss, (x.T @ dz + 2 * penalty * W, dz.sum(axis=0))


class Linear:
    def __init__(self, i, o):  # type: ignore[no-untyped-def]
        self.W = np.zeros((i, o))
        self.b = np.zeros(o)

    def forward(self, x):  # type: ignore[no-untyped-def]
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):  # type: ignore[no-untyped-def]
        self.dW = self.x.T @ dy
        self.db = dy.sum(axis=0)
        return dy @ self.W.T
