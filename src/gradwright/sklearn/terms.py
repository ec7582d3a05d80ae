"""scikit-learn's settings in gradwright's terms: the same descent, said in other units.

scikit-learn sums a loss over the outputs of an example, where gradwright takes the mean, and halves the
square. Its gradient is ``unit`` times that of the loss here: so a rate is multiplied by ``unit``, and what is
added to the gradient, or compared with its size, is divided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.nn import L2, Layer, Loss, Objective
from gradwright.optim import SGD, Adam, Optimizer, WholeData


@dataclass(frozen=True)
class Terms:
    """A loss, and by what its gradient here is multiplied in scikit-learn."""

    loss: Loss
    unit: float

    def objective(self, network: Layer, alpha: float, rows: float) -> Objective:
        """F = loss + alpha |W|^2 / (2 rows), in scikit-learn's units; ``rows`` is what a batch counts."""
        penalty = L2(alpha / (2 * rows * self.unit)) if alpha else None
        return Objective(network, self.loss, penalty)

    def sgd(self, momentum: float, nesterov: bool) -> Optimizer:
        """SGD, which knows the unit by its rate alone."""
        return SGD(momentum=momentum, nesterov=nesterov and momentum > 0)

    def adam(self, beta1: float, beta2: float, epsilon: float) -> Optimizer:
        """Adam, whose steps know the unit by epsilon alone."""
        return Adam(beta1=beta1, beta2=beta2, epsilon=epsilon / self.unit)

    def unit_of_rate(self, optimizer: Optimizer | WholeData) -> float:
        """By what a learning rate is multiplied: a step of Adam's has the unit of theta already."""
        return self.unit if isinstance(optimizer, SGD) else 1.0
