"""The function that training makes small: a network, a loss and a penalty as one map of theta."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gradwright.nn.layer import EVAL, Array, Cache, Layer, Loss, Mode, Penalty, Scalar, updated
from gradwright.nn.parameters import ParameterLayout, is_weight


@dataclass(frozen=True)
class Objective:
    """F(theta) = loss(network(x; theta), target) + penalty(theta)        theta (P,), x (N, i) -> F ()

    The penalty acts on the arrays called ``weight``, not on biases.

    >>> import numpy as np
    >>> from gradwright.nn import Linear, SoftmaxCrossEntropy
    >>> objective = Objective(Linear(2, 3), SoftmaxCrossEntropy())
    >>> theta = objective.layout.initialize(np.random.default_rng(0))
    >>> value, grad = objective.value_and_grad(theta, np.zeros((4, 2)), np.array([0, 1, 2, 0]))
    >>> round(float(value), 6), grad.shape
    (1.098612, (9,))
    """

    network: Layer
    loss: Loss
    penalty: Penalty | None = None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Of the whole tree, which an engine looks up in each epoch."""
        return hash((self.network, self.loss, self.penalty))

    def __reduce__(self) -> tuple[type[Objective], tuple[Layer, Loss, Penalty | None]]:
        return Objective, (self.network, self.loss, self.penalty)  # a hash holds in its own process alone

    @cached_property
    def layout(self) -> ParameterLayout:
        """Where each parameter lies in theta."""
        return ParameterLayout.of(self.network)

    @cached_property
    def penalized(self) -> Array:
        """The entries of theta that the penalty sees, as a boolean vector (P,)."""
        return self.layout.mask(is_weight)

    def predict(self, theta: Array, x: Array) -> Array:
        """The network's output (N, o) in evaluation."""
        return self.network.forward(self.layout.tree(theta), x, EVAL)[0]

    def value(self, theta: Array, x: Array, target: Array, mode: Mode = EVAL) -> Scalar:
        """F(theta)."""
        output, _ = self.network.forward(self.layout.tree(theta), x, mode)
        value, _ = self.loss.forward(output, target)
        return value if self.penalty is None else value + self.penalty.forward(theta, self.penalized)

    def value_and_grad(
        self, theta: Array, x: Array, target: Array, mode: Mode = EVAL, weights: Array | None = None
    ) -> tuple[Scalar, Array]:
        """F(theta) and its gradient (P,) in the dtype of theta; ``weights`` (N,) say what each row counts."""
        value, grad, _ = self.value_grad_and_cache(theta, x, target, mode, weights)
        return value, grad

    def updated(self, theta: Array, before: Array, cache: Cache) -> Array:
        """theta after a step, its statistics being those in ``before`` and the batch of ``cache`` together.

        Without layers that keep statistics it is theta itself.
        """
        if not self.layout.statistics:
            return theta
        return self.layout.with_statistics(theta, updated(self.network, self.layout.tree(before), cache))

    def value_grad_and_cache(
        self, theta: Array, x: Array, target: Array, mode: Mode = EVAL, weights: Array | None = None
    ) -> tuple[Scalar, Array, Cache]:
        """F(theta), its gradient, and the network's cache of this batch."""
        params = self.layout.tree(theta)
        output, cache = self.network.forward(params, x, mode)
        value, loss_cache = measured(self.loss, output, target, weights)
        _, dparams = self.network.backward(params, cache, self.loss.backward(loss_cache))
        grad = self.layout.pack(dparams)
        if self.penalty is None:
            return value, grad, cache
        return (
            value + self.penalty.forward(theta, self.penalized),
            grad + self.penalty.backward(theta, self.penalized),
            cache,
        )


def measured(loss: Loss, output: Array, target: Array, weights: Array | None) -> tuple[Scalar, Cache]:
    """The loss of an output (N, k), rows counting as ``weights`` (N,) say, and its cache."""
    if weights is None:
        return loss.forward(output, target)
    return loss.forward(output, target, weights)  # type: ignore[call-arg]
