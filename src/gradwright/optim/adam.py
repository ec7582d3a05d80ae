"""Adam, and AdamW with its decoupled weight decay: steps scaled entry by entry by the size of gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gradwright.fields import Fraction, NonNegative, Positive, check_fields
from gradwright.optim.optimizer import Array, ByName, Rate, State, scaled


@dataclass(frozen=True, kw_only=True)
class Adam(ByName):
    """Adam, from m = v = 0 and t = 0; every operation is entry by entry:

        t     <- t + 1
        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2
        theta <- theta - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)

    The divisors 1 - beta^t undo the pull of the zeros that m and v start from.

    Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1.

    Args:
        beta1: the share of the old that the mean of gradients m keeps.
        beta2: the share of the old that the mean of squares v keeps.
        epsilon: what keeps the step finite where v is 0.

    Raises ``ConfigError`` for a setting outside its range.

    >>> optimizer = Adam()
    >>> theta = np.array([1.0, -1.0])
    >>> grad = np.array([1e-3, 1e3])  # the first step is lr against the sign of g, whatever its size
    >>> optimizer.update(theta, grad, optimizer.init(theta), learning_rate=0.1)[0].round(4)
    array([ 0.9, -1.1])
    """

    usual_rate: ClassVar[float] = 1e-3

    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Positive = 1e-8

    def __post_init__(self) -> None:
        check_fields(self)

    def init(self, theta: Array) -> State:
        return {"m": np.zeros_like(theta), "v": np.zeros_like(theta), "t": np.array(0, np.int64)}

    def update(self, theta: Array, grad: Array, state: State, learning_rate: Rate) -> tuple[Array, State]:
        t = int(state["t"]) + 1
        m = self.beta1 * state["m"] + (1 - self.beta1) * grad
        v = self.beta2 * state["v"] + (1 - self.beta2) * grad * grad
        scale = np.sqrt(v) / math.sqrt(1 - self.beta2**t) + self.epsilon
        step = scaled(learning_rate / (1 - self.beta1**t), m) / scale
        return theta - step, {"m": m, "v": v, "t": np.array(t, np.int64)}


@dataclass(frozen=True, kw_only=True)
class AdamW(ByName):
    """Adam whose parameters also shrink by themselves, and not through the gradient:

        theta <- theta - lr (Adam's direction) - lr weight_decay theta

    An L2 penalty in the loss goes through m and v, where Adam divides it by the size of the gradients; the
    decoupled decay does not. The rate multiplies it, so that a schedule scales both parts. In a run it acts
    on the arrays called ``weight``, and not on biases, nor on the gamma and beta of a norm; a
    ``ParameterGroup`` says otherwise. ``update`` by itself knows no names, and lets all of theta decay.

    Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019, algorithm 2.

    Args:
        beta1: the share of the old that the mean of gradients m keeps.
        beta2: the share of the old that the mean of squares v keeps.
        epsilon: what keeps the step finite where v is 0.
        weight_decay: the share of theta that a step at rate 1 takes away.

    Raises ``ConfigError`` for a setting outside its range.

    >>> optimizer = AdamW(weight_decay=0.5)
    >>> theta = np.array([1.0])
    >>> optimizer.update(theta, np.zeros(1), optimizer.init(theta), learning_rate=0.1)[0]
    array([0.95])
    """

    usual_rate: ClassVar[float] = 1e-3

    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Positive = 1e-8
    weight_decay: NonNegative = 0.01

    def __post_init__(self) -> None:
        check_fields(self)

    def init(self, theta: Array) -> State:
        return self._adam.init(theta)

    def update(
        self, theta: Array, grad: Array, state: State, learning_rate: Rate, decay: Rate = 1.0
    ) -> tuple[Array, State]:
        """As ``Adam`` does, with the decay beside it: ``decay`` is its factor, a number or (P,)."""
        stepped, state = self._adam.update(theta, grad, state, learning_rate)
        return stepped - scaled(learning_rate * self.weight_decay * decay, theta), state

    @property
    def _adam(self) -> Adam:
        return Adam(beta1=self.beta1, beta2=self.beta2, epsilon=self.epsilon)
