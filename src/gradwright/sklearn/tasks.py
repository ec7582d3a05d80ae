"""What the engine is asked to do, and at which rates: settings in the terms of ``engine`` and ``optim``."""

from __future__ import annotations

import warnings

from gradwright.data import Split
from gradwright.engine import Task
from gradwright.errors import ConfigError
from gradwright.nn import Layer
from gradwright.optim import Constant
from gradwright.sklearn.rates import Rate, Scheduled
from gradwright.sklearn.settings import Settings
from gradwright.sklearn.terms import Terms

BATCH = 200  # rows, by default at most


def task_of(settings: Settings, terms: Terms, network: Layer, train: Split, seed: int) -> Task:
    """Training of ``network`` on the rows ``train``, in their precision.

    Raises ``ConfigError`` for batch normalization with L-BFGS.
    """
    rows = len(train)
    batch = BATCH if settings.batch_size == "auto" else settings.batch_size
    if settings.solver == "lbfgs":
        batch = rows
    elif batch > rows:
        if settings.batch_size != "auto":
            warnings.warn(
                f"batch_size: expected at most {rows}, the rows, found {batch}; it is clipped",
                stacklevel=4,
            )
        batch = rows
    each = 1.0 if train.weights is None else float(train.weights.mean())
    objective = terms.objective(network, settings.alpha, batch * each)
    if settings.solver == "lbfgs" and objective.layout.statistics:
        raise ConfigError(
            "solver: 'lbfgs' needs one function, and batch normalization is another in each batch"
        )
    if settings.solver == "adam":
        optimizer = terms.adam(settings.beta_1, settings.beta_2, settings.epsilon)
    else:
        optimizer = terms.sgd(settings.momentum, settings.nesterovs_momentum)
    return Task(
        objective=objective,
        optimizer=optimizer,
        schedule=Constant(settings.learning_rate_init),
        batch_size=batch,
        seed=seed,
        dtype=train.x.dtype.name,
        precision="bf16" if settings.dtype == "bfloat16" else "float32",
    )


def rate_of(settings: Settings) -> Rate | Scheduled:
    """The rate before the first epoch."""
    if settings.schedule is not None:
        return Scheduled(settings.schedule)
    kind = settings.learning_rate if settings.solver == "sgd" else "constant"
    return Rate(kind, settings.learning_rate_init, settings.power_t)
