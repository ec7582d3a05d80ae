"""A learning rate to begin with, found by short trainings that nobody has to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.data import Dataset, Rows, as_dataset
from gradwright.errors import ConfigError
from gradwright.nn import Layer
from gradwright.nn.layer import Array
from gradwright.optim import WholeData
from gradwright.training.agreement import settle
from gradwright.training.attempt import Attempt
from gradwright.training.config import RunConfig, make_config
from gradwright.training.job import Job

STEPS = (100, 400, 1600)  # at each rate, more where the objective hardly falls in fewer
ENOUGH = 0.2  # the share of the objective that steps take away at the best rate, to tell rates apart
LARGEST_BATCH = 1024  # rows: more make a step slower, and change what a rate comes to only slowly
STARTS = 5  # by seeds one after another: what one start likes need not suit the next
LOWEST, HIGHEST, PER_DECADE = -5, 1, 4  # powers of ten: rates that anybody uses, and how many are tried
NEARLY = 0.9  # of the largest fall: rates that come so far are as good as the best


@dataclass(frozen=True, eq=False)
class FoundRate:
    """What ``find_rate`` found, and what it tried.

    Args:
        rate: the one to begin with.
        lowest, highest: the ends of the range in which it is the middle.
        rates: all that were tried (R,), ascending.
        falls: the share of the objective at the start that the steps at each rate take away, the mean over
            the starts (R,): 1 is all of it, and -inf where a training broke.
        steps: those that were made at each rate.
    """

    rate: float
    lowest: float
    highest: float
    rates: Array
    falls: Array
    steps: int

    def __repr__(self) -> str:
        best = float(self.falls.max())
        return (
            f"learning_rate = {self.rate:.2g}: from {self.lowest:.2g} to {self.highest:.2g}, "
            f"{self.steps} steps take away nearly as much as at best, {best:.0%} of the objective"
        )


def find_rate(network: Layer, data: Dataset | Rows, **settings: Any) -> FoundRate:
    """The middle of the range of learning rates at which ``network`` learns ``data`` fastest at first.

    At each of 25 rates from 1e-5 to 10, four in a decade, 100 steps are made from a fresh start, on the same
    first batches; f is the share of the objective of their rows that is gone then, the mean over five starts.
    Where the largest f is above 0 and below 0.2 it is 400 steps, and then 1,600. With the rates around the
    best one at which f is at least 0.9 of the largest f,

        log rate = the mean of log r over these rates r

    A range test that raises the rate step by step (Smith, Cyclical learning rates, WACV 2017) reads a slope
    off a noisy curve, and what broke at one rate spoils all that follow; here each rate starts afresh, and
    the middle of a range moves less than the place of a minimum. docs/diagnosis.md says how far it moves.

    Args:
        network: as for ``fit``.
        data: as for ``fit``.
        settings: those of ``fit`` that say what a step is: ``optimizer``, ``batch_size``, ``loss``,
            ``penalty``, ``seed`` and so on. Of ``learning_rate`` and ``epochs`` there is nothing to say.

    Raises ``ConfigError`` where no rate makes the objective smaller, and what ``fit`` raises.

    >>> import gradwright as gw
    >>> found = find_rate(gw.mlp(5, 8, 5), gw.data.load("gmm"), optimizer="Adam")
    >>> found.lowest <= found.rate <= found.highest
    True
    """
    return rate_of(make_config(network=network, **settings), as_dataset(data))


def rate_of(config: RunConfig, data: Dataset) -> FoundRate:
    """As ``find_rate``, for the run that ``config`` describes."""
    config = settle(config, data)
    if isinstance(config.optimizer, WholeData):
        name = type(config.optimizer).__name__
        raise ConfigError(
            f"find_rate: expected an optimizer whose steps are as long as the rate says, found {name}"
        )
    rates = np.logspace(LOWEST, HIGHEST, (HIGHEST - LOWEST) * PER_DECADE + 1)
    for steps in STEPS:
        falls = _falls(config, data, rates, steps)
        if not 0 < falls.max() < ENOUGH:
            break
    best = int(falls.argmax())
    if not falls[best] > 0:
        raise ConfigError(
            f"find_rate: expected a rate from {rates[0]:g} to {rates[-1]:g} at which {steps} steps make the "
            "objective smaller, found none; gradwright check CONFIG asks whether the gradient is right"
        )
    poor = np.flatnonzero(falls < NEARLY * falls[best])
    first = poor[poor < best].max(initial=-1) + 1
    last = poor[poor > best].min(initial=len(rates)) - 1
    near = rates[first : last + 1]
    return FoundRate(float(np.exp(np.log(near).mean())), float(near[0]), float(near[-1]), rates, falls, steps)


def _falls(config: RunConfig, data: Dataset, rates: Array, steps: int) -> Array:
    """The share of the objective (R,) that so many steps take away at each rate, the mean over the starts."""
    falls = np.zeros(len(rates))
    for seed in range(config.seed, config.seed + STARTS):
        job = Job(config.model_copy(update={"seed": seed}), data)
        attempt = Attempt.of(job, steps, LARGEST_BATCH)
        before = attempt.before(data.features)
        reached = np.array([attempt.reached(rate, data.features) for rate in rates.tolist()])
        falls += (before - reached) / (before or 1.0) / STARTS
    return falls
