"""What each array of a network has of the learning rate and of the weight decay, and optimizers with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradwright.nn import ParameterLayout
from gradwright.nn.layer import Array
from gradwright.nn.parameters import is_weight
from gradwright.optim import AdamW, Factors, Optimizer, ParameterGroup, WholeData, with_groups
from gradwright.optim import State as OptimizerState


def factors_of(
    layout: ParameterLayout, groups: Sequence[ParameterGroup], optimizer: Optimizer | WholeData
) -> dict[str, Factors]:
    """The factors of each array that is trained, in the order of theta; by themselves weights alone decay.

    Raises ``ConfigError`` for a group that fits no array, or not the optimizer.

    >>> from gradwright.nn import Linear
    >>> from gradwright.optim import SGD
    >>> factors_of(ParameterLayout.of(Linear(2, 1)), [ParameterGroup("bias", rate=0)], SGD())
    {'weight': Factors(rate=1.0, decay=1.0), 'bias': Factors(rate=0.0, decay=0.0)}
    """
    usual = {slot.name: Factors(decay=float(is_weight(slot.name))) for slot in layout.trained}
    return with_groups(groups, usual, optimizer)


def table_of(factors: Mapping[str, Factors]) -> Array:
    """(A, 2), of the rate and of the decay, as the compiled engine takes them."""
    return np.array([(each.rate, each.decay) for each in factors.values()], np.float64).reshape(-1, 2)


@dataclass(frozen=True, eq=False)
class Grouped:
    """``optimizer`` on the arrays of one network, each with its factors of the rate and of the decay.

    Entries whose factor of the rate is 0 keep their bits, in theta and in the vectors of the state.
    """

    optimizer: Optimizer
    rate: Array | float  # (P,); a number where all that moves has the rate itself
    decay: Array  # (P,)
    frozen: Array | None  # (P,) of truths; None where everything moves

    @classmethod
    def of(cls, optimizer: Optimizer, layout: ParameterLayout, factors: Mapping[str, Factors]) -> Grouped:
        """That of a layout; its statistics, which the network moves after each step, are not frozen."""
        rate, decay = np.ones(layout.size), np.zeros(layout.size)
        for slot in layout.trained:
            rate[slot.start : slot.stop] = factors[slot.name].rate
            decay[slot.start : slot.stop] = factors[slot.name].decay
        frozen = rate == 0
        at_one_rate = (frozen | (rate == 1)).all()
        return cls(optimizer, 1.0 if at_one_rate else rate, decay, frozen if frozen.any() else None)

    def init(self, theta: Array) -> OptimizerState:
        """The state before the first update."""
        return self.optimizer.init(theta)

    def update(
        self, theta: Array, grad: Array, state: OptimizerState, learning_rate: float
    ) -> tuple[Array, OptimizerState]:
        """The parameters and the state after one update, as new arrays."""
        rate = learning_rate * self.rate
        if isinstance(self.optimizer, AdamW):
            moved, after = self.optimizer.update(theta, grad, state, rate, self.decay)
        else:
            moved, after = self.optimizer.update(theta, grad, state, rate)
        kept = {name: self._kept(state[name], vector) for name, vector in after.items()}
        return self._kept(theta, moved), kept

    def _kept(self, before: Array, after: Array) -> Array:
        """What a step leaves of a vector; a count, which is of all entries, goes on."""
        if self.frozen is None or after.shape != self.frozen.shape:
            return after
        return np.where(self.frozen, before, after)
