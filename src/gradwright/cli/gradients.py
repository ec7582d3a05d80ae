"""The gradient check of a config: its own network, loss and penalty on the first batch of its own data."""

from __future__ import annotations

import numpy as np

from gradwright.check import NetworkCheck, check_network
from gradwright.cli.progress import evaluations
from gradwright.data import Dataset, epoch_order, iterate
from gradwright.fields import Count, require
from gradwright.training import RunConfig
from gradwright.training.agreement import settle
from gradwright.training.config import BATCH_SIZE
from gradwright.training.job import Job


def check_gradients(config: RunConfig, data: Dataset, samples: int | None = None) -> NetworkCheck:
    """Check the whole gradient where training will begin, in float64.

    theta are the initial parameters of the run, and the rows those of its first batch, or the ``samples``
    first ones in the order of the first epoch.

    Raises ``ConfigError`` for fewer than one sample, and where network and data do not meet.
    """
    if samples is not None:
        require("--samples", samples, Count)
    config = settle(config, data)
    theta = Job(config, data).initial_state.theta
    order = epoch_order(config.seed, 0, len(data.train), config.sampling == "replacement")
    rows = samples or config.batch_size or BATCH_SIZE
    x, target, _ = next(iterate(data.train, data.features, order, rows, np.float64))
    with evaluations("gradient of the network") as watch:
        return check_network(config.objective, theta, x, target, seed=config.seed, watch=watch)
