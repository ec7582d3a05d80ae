"""RMSProp: each entry's step divided by the running root mean square of its gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gradwright.fields import Fraction, Positive, check_fields
from gradwright.optim.optimizer import Array, ByName, Rate, State, scaled


@dataclass(frozen=True, kw_only=True)
class RMSProp(ByName):
    """RMSProp, from v = 0; every operation is entry by entry:

        v     <- decay v + (1 - decay) g^2
        theta <- theta - lr g / (sqrt(v) + epsilon)

    v starts at zero and is not corrected for it, so the first step is lr / sqrt(1 - decay) in each entry.

    Tieleman and Hinton, Neural networks for machine learning, lecture 6e, 2012, where decay is 0.9.

    Args:
        decay: the share of the old that the mean of squares v keeps.
        epsilon: what keeps the step finite where v is 0.

    Raises ``ConfigError`` for a setting outside its range.

    >>> optimizer = RMSProp(decay=0.75)
    >>> theta = np.array([1.0, -1.0])
    >>> grad = np.array([1e-3, 1e3])
    >>> optimizer.update(theta, grad, optimizer.init(theta), learning_rate=0.1)[0].round(4)
    array([ 0.8, -1.2])
    """

    usual_rate: ClassVar[float] = 1e-3

    decay: Fraction = 0.9
    epsilon: Positive = 1e-8

    def __post_init__(self) -> None:
        check_fields(self)

    def init(self, theta: Array) -> State:
        return {"v": np.zeros_like(theta)}

    def update(self, theta: Array, grad: Array, state: State, learning_rate: Rate) -> tuple[Array, State]:
        v = self.decay * state["v"] + (1 - self.decay) * grad * grad
        return theta - scaled(learning_rate, grad) / (np.sqrt(v) + self.epsilon), {"v": v}
