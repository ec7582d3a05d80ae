"""What a mean over a batch does not notice: the order of its rows, their repetition, how they are grouped."""

from __future__ import annotations

import numpy as np

from gradwright.check.findings import finding
from gradwright.check.invariants.trial import Outcome, Trial
from gradwright.check.streams import Stream, own_generator


@finding("permuted batch")
def permuted_batch(trial: Trial, *, seed: int = 0) -> str:
    """The rows in another order give the same loss and gradient."""
    m = len(trial.x)
    rng = own_generator(seed, Stream.ROWS)
    order = rng.permutation(m)
    while (order == np.arange(m)).all():  # as it happens with small batches
        order = rng.permutation(m)
    trial.expect_same(trial.on(order), trial.on(slice(None)), "the rows in another order")
    return f"{m} rows in another order give the same to rounding"


@finding("duplicated batch")
def duplicated_batch(trial: Trial) -> str:
    """Every row twice gives the same loss and gradient: both are means, not sums."""
    m = len(trial.x)
    causes = {2.0: "a sum, not a mean", 0.5: "divided by the batch size twice"}
    trial.expect_same(trial.on(np.tile(np.arange(m), 2)), trial.on(slice(None)), "every row twice", causes)
    return f"{m} rows, each twice, give the same to rounding"


@finding("mean of single samples")
def mean_of_samples(trial: Trial) -> str:
    """The loss and the gradient of a batch of m are the means of those of its rows, each taken alone (m = 1).

    A gradient that is divided by m twice is right on a single sample and m times too small on m of them.
    A loss whose rows see each other, as by batch normalisation in training, has not this property.
    """
    m = len(trial.x)
    losses, gradients = zip(*trial.singles, strict=True)
    mean = Outcome(float(np.mean(losses)), np.mean(gradients, axis=0))
    causes = {float(m): "a sum, not a mean", 1 / m: f"divided by the batch size ({m}) twice"}
    what = f"a batch of {m} beside the mean of its single rows"
    trial.expect_same(trial.on(slice(None)), mean, what, causes)
    return f"a batch of {m} gives the mean of its rows one by one, to rounding"
