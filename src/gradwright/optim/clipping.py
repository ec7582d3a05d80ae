"""Gradient clipping: a bound on the length of a step that keeps its direction."""

from __future__ import annotations

import math

import numpy as np

from gradwright.errors import ConfigError
from gradwright.optim.optimizer import Array


def clip_by_norm(grad: Array, max_norm: float) -> Array:
    """g min(1, max_norm / ||g||_2), over all entries at once        grad (P,) -> (P,)

    A gradient within the bound, zero among them, is returned as it is. So is one with an infinity or a NaN:
    no scaling makes it a direction, and the caller should see it.

    Pascanu et al., On the difficulty of training recurrent neural networks, ICML 2013.

    Raises ``ConfigError`` where ``max_norm`` is not a finite number > 0.

    >>> clip_by_norm(np.array([3.0, 4.0]), max_norm=1.0)
    array([0.6, 0.8])
    """
    if not 0 < max_norm < math.inf:
        raise ConfigError(f"max_norm: expected a finite number > 0, found {max_norm!r}")
    largest = float(np.max(np.abs(grad), initial=0))
    if largest == 0 or not math.isfinite(largest):
        return grad
    scaled = grad / largest  # entries within [-1, 1]: their squares cannot overflow
    norm = float(np.linalg.norm(scaled))
    return grad if norm * largest <= max_norm else scaled * float(max_norm / norm)
