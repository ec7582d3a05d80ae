"""The settings that both estimators have: scikit-learn's with its defaults, then gradwright's own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator

from gradwright.engine import EngineName
from gradwright.errors import ConfigError
from gradwright.fields import Count, Domain, Fraction, NonNegative, Positive, require, require_fields
from gradwright.nn import Layer
from gradwright.optim import Schedule
from gradwright.sklearn.networks import layered, own
from gradwright.specs import require_instance
from gradwright.training.metrics import Metric, as_metrics

SHAPING = ("hidden_layer_sizes", "activation", "dropout", "normalization")  # which a whole network replaces
WIDTH = Domain("whole numbers > 0", int, lambda n: n > 0, 10**9)


@dataclass(kw_only=True, eq=False, repr=False)
class Settings(BaseEstimator):  # type: ignore[misc]
    """What is set before any row is seen.

    A subclass has ``hidden_layer_sizes`` and ``activation``, which may be given by position.
    """

    solver: Literal["lbfgs", "sgd", "adam"] = "adam"
    alpha: NonNegative = 0.0001
    batch_size: Any = "auto"
    learning_rate: Literal["constant", "invscaling", "adaptive"] = "constant"
    learning_rate_init: Positive = 0.001
    power_t: NonNegative = 0.5
    max_iter: Count = 200
    shuffle: bool = True
    random_state: Any = None
    tol: NonNegative = 1e-4
    verbose: Any = False
    warm_start: bool = False
    momentum: Fraction = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: Fraction = 0.1
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999
    epsilon: Positive = 1e-8
    n_iter_no_change: Any = 10
    max_fun: Count = 15000

    dropout: Any = 0.0
    normalization: Literal["batch", "layer"] | None = None
    network: Any = None
    init_params: Any = None
    schedule: Any = None
    dtype: Literal["float32", "float64", "bfloat16"] | None = None
    engine: EngineName = "auto"
    metrics: Any = ()
    monitor: str | None = None
    callbacks: Any = ()

    def _check_settings(self) -> None:
        """Raise ``ConfigError``, a ``ValueError``, for a setting that cannot be, or not beside another."""
        require_fields(self)
        if self.batch_size != "auto":
            require("batch_size", self.batch_size, Count)
        if self.n_iter_no_change != math.inf:
            require("n_iter_no_change", self.n_iter_no_change, Count)
        if self.schedule is not None:
            require_instance(self.schedule, Schedule, "schedule")
            self._refuse(("learning_rate", "learning_rate_init"), "schedule= has every rate")
        if self.network is not None:
            self._refuse(SHAPING, "network= has every layer")
        if self.solver == "lbfgs":
            self._refuse(("schedule", "callbacks"), "solver='lbfgs' makes no epochs")
            self._refuse(("dropout",), "solver='lbfgs' needs one function, not another in each step")
        if not self.early_stopping:
            self._refuse(("monitor",), "early_stopping=False looks at nothing")
        elif self.monitor is not None and self.monitor not in ("loss", *(m.name for m in self._metrics())):
            raise ConfigError(f"monitor: expected 'loss' or one of metrics, found {self.monitor!r}")
        for callback in self._listed("callbacks"):
            if not callable(callback):
                raise ConfigError(f"callbacks: expected functions of the estimator, found {callback!r}")

    def _refuse(self, names: tuple[str, ...], why: str) -> None:
        """Raise ``ConfigError`` for the first of these settings that is not its default."""
        defaults: dict[str, Any] = {field.name: field.default for field in fields(self)}
        for name in names:
            found = getattr(self, name)
            if not np.array_equal(found, defaults[name]):
                raise ConfigError(f"{name}: {why}; expected the default {defaults[name]!r}, found {found!r}")

    def _listed(self, name: str) -> list[Any]:
        value = getattr(self, name)
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{name}: expected a list, found {value!r}")
        return [*value]

    def _metrics(self) -> tuple[Metric, ...]:
        return as_metrics(self._listed("metrics"))

    def _hidden_widths(self) -> tuple[int, ...]:
        sizes = self.hidden_layer_sizes
        hidden = tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)
        return tuple(require("hidden_layer_sizes", size, WIDTH) for size in hidden)

    def _network_of(self, inputs: int, outputs: int) -> Layer:
        """The network from so many columns to so many outputs."""
        if self.network is not None:
            return own(self.network, inputs, outputs)
        widths = (inputs, *self._hidden_widths(), outputs)
        return layered(widths, self.activation, self.normalization, self.dropout)
