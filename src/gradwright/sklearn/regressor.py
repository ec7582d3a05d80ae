"""``MLPRegressor``: one number for each row, or several."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import xlogy
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from gradwright.data import Split
from gradwright.engine.metrics import decide
from gradwright.nn import Poisson
from gradwright.nn.layer import Array
from gradwright.sklearn.estimator import MultilayerPerceptron
from gradwright.sklearn.losses import of_numbers
from gradwright.sklearn.rows import first_rows


@dataclass(eq=False, repr=False)
class MLPRegressor(RegressorMixin, MultilayerPerceptron):  # type: ignore[misc]
    """A multilayer perceptron that tells numbers, with the settings of scikit-learn's ``MLPRegressor``.

    Args:
        loss: "squared_error", half the square of the error, "absolute_error", or "poisson", half the deviance
            of counts or rates y >= 0, y log(y / p) - y + p, where p = e^output; each summed over the outputs
            of a row. Else one of ``nn`` for numbers, by name ("huber") or as ``Quantile(0.9)``, as it is
            there; or one's own.

    All other settings are those of ``MLPClassifier``. Equal seeds lead to the network that scikit-learn's
    leads to, to rounding.

    >>> from gradwright.sklearn import MLPRegressor
    >>> x = [[0.0], [0.25], [0.5], [0.75], [1.0]]
    >>> model = MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", alpha=0, random_state=0)
    >>> model.fit(x, [0.0, 0.5, 1.0, 1.5, 2.0]).predict([[0.6]]).round(1)
    array([1.2])
    """

    loss: Any = "squared_error"
    hidden_layer_sizes: Any = (100,)
    activation: Any = "relu"

    def predict(self, X: Any) -> Array:
        """The number, or numbers, of each row: (n,) or (n, k)."""
        return self._answers(self._predicted(X))

    def _validated(self, X: Any, y: Any, _incremental: bool, first: bool) -> tuple[Array, Array]:
        X, y = first_rows(self, X, y, self._dtypes(first), first, numeric=True)
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        self._terms = of_numbers(self.loss, self.n_outputs_)
        self.out_activation_ = "exp" if isinstance(self._terms.loss, Poisson) else "identity"
        return X, self._encoded(y, X.dtype)

    def _encoded(self, y: Array, dtype: Any) -> Array:
        if isinstance(self._terms.loss, Poisson) and y.min() < 0:
            raise ValueError(f"y: expected numbers >= 0 for loss={self.loss!r}, found {y.min():g}")
        return y.astype(dtype)

    def _answers(self, output: Array) -> Array:
        return self._given(decide(self._task.objective.loss, output))

    def _given(self, target: Array) -> Array:
        return target[:, 0] if target.shape[1:] == (1,) else target

    def _strata(self, _target: Array) -> Array | None:
        return None

    def _score(self, output: Array, rows: Split) -> float:
        answer = self._answers(output)
        if not np.isfinite(answer).all():
            return math.nan
        return float(r2_score(rows.y, answer, sample_weight=rows.weights))

    def _constant(self, rows: Split) -> float:
        """What brings the least loss that these targets could have to 0."""
        if self.loss != "poisson":
            return 0.0
        y = rows.y.astype(np.float64)
        return float(np.average(xlogy(y, y) - y, axis=0, weights=rows.weights).sum())
