"""Stochastic gradient descent: plain, with momentum, and with Nesterov's momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gradwright.errors import ConfigError
from gradwright.fields import Fraction, check_fields
from gradwright.optim.optimizer import Array, ByName, Rate, State, scaled


@dataclass(frozen=True, kw_only=True)
class SGD(ByName):
    """Gradient descent, and with ``momentum`` mu > 0 its heavy-ball or Nesterov form, from m = 0:

        plain       theta <- theta - lr g
        momentum    m <- mu m + g,    theta <- theta - lr m
        nesterov    m <- mu m + g,    theta <- theta - lr (g + mu m)

    The learning rate is applied after the momentum, so that a change of rate acts at once on the whole step.

    Nesterov's method is often written with a look-ahead: v <- mu v + lr g(w - mu v), w <- w - v. At a
    constant rate that is the form above: put v = lr m and call the point of the look-ahead
    theta = w - mu v, which is also where the gradient is taken.

    Polyak, Some methods of speeding up the convergence of iteration methods, 1964. Nesterov, A method of
    solving a convex programming problem with convergence rate O(1/k^2), 1983. Sutskever et al., ICML 2013.

    Args:
        momentum: mu, the share of the old that m keeps.
        nesterov: whether the step looks ahead along m.

    Raises ``ConfigError`` for a setting outside its range, and for ``nesterov`` without momentum.

    >>> optimizer = SGD(momentum=0.5)
    >>> theta = np.array([1.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(2):  # the gradient of theta^2: m = 2, then 0.5 * 2 + 1.6
    ...     theta, state = optimizer.update(theta, 2 * theta, state, learning_rate=0.1)
    >>> theta.round(12), state["m"].round(12)
    (array([0.54]), array([2.6]))
    """

    usual_rate: ClassVar[float] = 0.1

    momentum: Fraction = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        if self.nesterov and not self.momentum:
            raise ConfigError("SGD.momentum: expected a number in (0, 1) with nesterov, found 0.0")

    def init(self, theta: Array) -> State:
        return {"m": np.zeros_like(theta)} if self.momentum else {}

    def update(self, theta: Array, grad: Array, state: State, learning_rate: Rate) -> tuple[Array, State]:
        if not self.momentum:
            return theta - scaled(learning_rate, grad), {}
        m = self.momentum * state["m"] + grad
        step = grad + self.momentum * m if self.nesterov else m
        return theta - scaled(learning_rate, step), {"m": m}
