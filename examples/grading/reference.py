"""The teacher's own values. No gradient is needed: a verdict on the students' is measured from these."""

from __future__ import annotations

import numpy as np


def softmax_loss(W, b, x, labels, penalty):  # type: ignore[no-untyped-def]
    """Mean cross-entropy over the rows of x, and penalty * sum(W^2)."""
    z = x @ W + b
    z = z - z.real.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(x)), labels].mean() + penalty * (W**2).sum()


def linear(x, W, b):  # type: ignore[no-untyped-def]
    """y = x W + b"""
    return x @ W + b
