"""What a run that diverged could be trained with: tried on a few steps before it is advised.

Each attempt is a short training from the run's own start on its first batches, so it comes out the same each
time and is soon over, however large the run is. Nothing is advised that did not hold where the run's rate
broke.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gradwright.data import Affine, standardize
from gradwright.optim import Constant
from gradwright.training.attempt import Attempt
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
    attempt = Attempt.of(job, STEPS, LARGEST_BATCH)
    given = job.data.features
    if _holds(attempt, rate, given):
        return (
            f"{STEPS} steps from the start hold at this rate, so no trial tells what broke it; "
            "that a lower rate or clip_norm = 1 helps is a suspicion."
        )
    rates = [float(f"{rate / 10**decade:.3g}") for decade in range(DECADES + 1)]
    lower = _best(attempt, rates[1:], given)
    setting = "Set learning_rate =" if isinstance(job.config.learning_rate, Constant) else "Stay at or below"
    largest = float(np.abs(given(attempt.split.x, job.config.dtype)).max())
    if largest > LARGE_INPUT:
        standardised = _best(attempt, rates, standardize(job.data).features)
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


def _best(attempt: Attempt, rates: Sequence[float], features: Affine) -> float | None:
    """The first of some falling rates that holds, or the next where that gets further; None if none does.

    The highest that holds may be at the brink.
    """
    for rate, lower in pairwise([*rates, 0.0]):
        if _holds(attempt, rate, features):
            return lower if attempt.reached(lower, features) < attempt.reached(rate, features) else rate
    return None


def _holds(attempt: Attempt, rate: float, features: Affine) -> bool:
    """Whether the objective is lower after a few steps at a rate."""
    return attempt.reached(rate, features) < attempt.before(features)
