"""The settings that both estimators have, with scikit-learn's defaults, and what each may hold."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sklearn.base import BaseEstimator

from gradwright.fields import Count, Domain, Fraction, NonNegative, Positive, domain_of, field_types, require

Activation: TypeAlias = Literal["identity", "logistic", "tanh", "relu"]
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

    def _checked(self) -> tuple[int, ...]:
        """The hidden widths.

        Raises ``ConfigError``, a ``ValueError``, for a setting that cannot be.
        """
        cls: type = type(self)
        for name, hint in field_types(cls).items():
            if domain_of(hint) is not None:
                require(name, getattr(self, name), hint)
        if self.batch_size != "auto":
            require("batch_size", self.batch_size, Count)
        if self.n_iter_no_change != math.inf:
            require("n_iter_no_change", self.n_iter_no_change, Count)
        sizes = self.hidden_layer_sizes
        hidden = tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)
        return tuple(require("hidden_layer_sizes", size, WIDTH) for size in hidden)
