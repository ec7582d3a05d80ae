"""What a run that diverged could be trained with: tried on a few steps before it is advised.

Each attempt is a short training from the run's own start on its first batches, so it comes out the same each
time and is soon over, however large the run is. Nothing is advised that did not hold where the run's rate
broke.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gradwright.data import Affine, Split, standardize
from gradwright.data.batches import epoch_order
from gradwright.data.divide import take
from gradwright.engine import Rows
from gradwright.errors import DivergenceError
from gradwright.nn.layer import Array
from gradwright.optim import Constant
from gradwright.training.job import Job

STEPS = 50
LARGEST_BATCH = 128  # rows: more make a step slower, and hardly change which rates hold
DECADES = 12  # below the rate that broke: from 1e9 to 1e-3
WORTH_IT = 10.0  # times the rate that the inputs as they are allow: scaling is more work than a rate
LARGE_INPUT = 100.0  # standardised features stay within about 10, bytes scaled to 0..1 within 1


def advise(job: Job, rate: float) -> str:
    """What to do about a run that diverged at a learning rate, as far as short trials can tell.

    >>> from gradwright.data import load
    >>> from gradwright.nn import mlp
    >>> from gradwright.training import make_config
    >>> from gradwright.training.agreement import settle
    >>> config, data = make_config(network=mlp(2, 8, 2), learning_rate=1e9), load("swiss-roll")
    >>> advise(Job(settle(config, data), data), 1e9)
    'Tried on 50 steps: 1e+09 breaks them too, and 1 does not. Set learning_rate = 1.'
    """
    attempt = _Attempt.of(job)
    given = job.data.features
    if attempt.holds(rate, given):
        return (
            f"{STEPS} steps from the start hold at this rate, so no trial tells what broke it; "
            "that a lower rate or clip_norm = 1 helps is a suspicion."
        )
    rates = [float(f"{rate / 10**decade:.3g}") for decade in range(DECADES + 1)]
    lower = attempt.best(rates[1:], given)
    setting = "Set learning_rate =" if isinstance(job.config.learning_rate, Constant) else "Stay at or below"
    largest = float(np.abs(given(attempt.split.x, job.config.dtype)).max())
    if largest > LARGE_INPUT:
        standardised = attempt.best(rates, standardize(job.data).features)
        if standardised is not None and (lower is None or standardised >= WORTH_IT * lower):
            return (
                f"The inputs reach {largest:.4g}. Tried on {STEPS} steps: {standardised:g} holds on "
                "standardised inputs, and breaks on these. Standardise them (standardize = true in [data]). "
                f"{setting} {standardised:g}."
            )
    if lower is None:
        return (
            f"Tried on {STEPS} steps: no rate from {rate:g} down to {rates[-1]:g} holds, so the rate is not "
            "what is wrong. gradwright check CONFIG asks whether the gradient is right."
        )
    return f"Tried on {STEPS} steps: {rate:g} breaks them too, and {lower:g} does not. {setting} {lower:g}."


@dataclass(frozen=True, eq=False)
class _Attempt:
    """The rows of a run's first steps, on which rates and features are tried."""

    job: Job
    split: Split
    batch_size: int

    @classmethod
    def of(cls, job: Job) -> _Attempt:
        batch_size = min(job.config.batch_size, LARGEST_BATCH)
        train = job.data.train
        first = epoch_order(job.config.seed, 0, len(train))[: STEPS * batch_size]
        return cls(job, take(train, first), batch_size)

    def best(self, rates: Sequence[float], features: Affine) -> float | None:
        """The first of some falling rates that holds, or the next where that gets further; None if none does.

        The highest that holds may be at the brink.
        """
        for rate, lower in pairwise([*rates, 0.0]):
            if self.holds(rate, features):
                return lower if self.reached(lower, features) < self.reached(rate, features) else rate
        return None

    def holds(self, rate: float, features: Affine) -> bool:
        """Whether the objective is lower after a few steps at a rate."""
        start = self._objective(self.job.initial_state.theta, Rows(self.split, features))
        return self.reached(rate, features) < start

    def reached(self, rate: float, features: Affine) -> float:
        """The objective after a few steps at a rate; infinity where they break."""
        task = replace(self.job.task, schedule=Constant(rate), batch_size=self.batch_size)
        rows = Rows(self.split, features)
        state = self.job.initial_state
        try:
            while state.step < STEPS:  # an epoch of these rows has STEPS steps at most
                state = self.job.engine.train_epoch(task, state, rows, lambda *_: True).state
        except DivergenceError:
            return math.inf
        after = self._objective(state.theta, rows)
        return after if math.isfinite(after) else math.inf

    def _objective(self, theta: Array, rows: Rows) -> float:
        metrics = self.job.engine.evaluate(self.job.config.objective, theta, rows)
        return metrics.get("objective", metrics["loss"])
