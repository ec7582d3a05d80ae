"""The mean of the parameters over the steps, recent ones counting most: what is then evaluated and kept."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.fields import OpenFraction, check_fields
from gradwright.optim.optimizer import Array


@dataclass(frozen=True)
class EMA:
    """An exponential moving average of theta, from the parameters after the first step on:

        mean <- mean + (1 - decay) / (1 - decay^t) (theta_t - mean)        t = 1, 2, ... steps

    which is sum_s decay^(t - s) theta_s / sum_s decay^(t - s) over the steps s = 1 .. t: the start, which
    nobody has trained, has no part in it. About the last 1 / (1 - decay) steps count. Gradients are taken at
    theta, and never at the mean.

    Polyak and Juditsky, Acceleration of stochastic approximation by averaging, SIAM J. Control Optim. 30,
    1992. Kingma and Ba, Adam, ICLR 2015, section 7.2, with the same correction.

    Args:
        decay: how much a step counts beside the next one; 0.99 averages about a hundred steps.

    >>> import numpy as np
    >>> mean = np.zeros(1)
    >>> for step, theta in enumerate([4.0, 7.0], start=1):      # (0.5 * 4 + 7) / 1.5
    ...     mean = EMA(0.5).update(mean, np.array([theta]), step)
    >>> mean
    array([6.])
    """

    decay: OpenFraction = 0.999

    def __post_init__(self) -> None:
        check_fields(self)

    def update(self, mean: Array, theta: Array, steps: int) -> Array:
        """The mean over so many steps, of which theta (P,) is the last, from that before it."""
        return mean + (1 - self.decay) / (1 - self.decay**steps) * (theta - mean)
