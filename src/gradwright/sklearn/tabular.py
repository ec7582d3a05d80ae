"""``TabularClassifier`` and ``TabularRegressor``: tables as they come, and networks that need no tuning."""

from __future__ import annotations

import os
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from gradwright.data import Dataset, Split, TableEncoding, standardize_targets, weigh_classes
from gradwright.data.table.encoding import encoded
from gradwright.errors import ConfigError
from gradwright.fields import Count, Positive, require, require_fields
from gradwright.nn.layer import Array
from gradwright.recipes.members import FEWEST, fit_members
from gradwright.recipes.recipe import EPOCHS
from gradwright.sklearn.table_rows import different_rows, first_table, more_table, row_counts
from gradwright.training import RunConfig


@dataclass(kw_only=True, eq=False, repr=False)
class Tabular(BaseEstimator):  # type: ignore[misc]
    """What both estimators are: a table in, an ensemble of networks, and what it answers."""

    n_cv: Count = 1
    time_limit: Positive | None = None
    epochs: Count = EPOCHS
    kinds: Any = None
    bins: Count | None = None
    random_state: Any = None
    n_jobs: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows of X and their targets y.

        Args:
            X: a frame of pandas or Polars, with numbers, texts, categories, booleans and gaps; or an array
                (n, d) of numbers, NaN where one is missing.
            y: the targets, (n,), of numbers also (n, k).
            sample_weight: (n,), how much each row counts; by default all the same.

        Raises ``ValueError`` for settings and data that cannot be.
        """
        self._check_settings()
        self.ensemble_ = fit_members(
            self._data(self._first_rows(X, y, sample_weight)),
            n_cv=self.n_cv,
            seed=check_random_state(self.random_state).randint(2**31 - 1),
            epochs=self.epochs,
            calibrate=getattr(self, "calibrate", False),  # of a classifier
            time_limit=self.time_limit,
            threads=self._threads(),
        )
        for remark in self.ensemble_.remarks:
            warnings.warn(remark, ConvergenceWarning, stacklevel=2)
        return self

    @property
    def config_(self) -> RunConfig:
        """The config of the first network."""
        check_is_fitted(self)
        return self.ensemble_.runs[0].config

    @abstractmethod
    def _encoded(self, y: Array) -> Array:
        """What the networks learn, of a user's targets."""

    @abstractmethod
    def _data(self, rows: Split) -> Dataset:
        """The rows as a data set."""

    def _first_rows(self, X: Any, y: Any, sample_weight: Any) -> Split:
        """A user's rows as the networks take them; what is done to each column is learned of them."""
        table, y = first_table(self, X, y, numbers=isinstance(self, RegressorMixin))
        table, y, weights = row_counts(table, y, sample_weight)
        table, y, weights = different_rows(table, y, weights, FEWEST)
        if len(y) < 2:
            raise ValueError(f"X: expected at least 2 different rows, found n_samples = {len(y)}")
        self.encoding_ = TableEncoding.fit(table, kinds=self.kinds, bins=self.bins)
        return Split(self.encoding_.encode(table), self._encoded(y), weights)

    def _rows(self, X: Any) -> Array:
        """A user's further rows as the networks take them."""
        check_is_fitted(self)
        return encoded("X", more_table(self, X), self.encoding_)

    def _check_settings(self) -> None:
        require_fields(self)
        if not isinstance(self.kinds, Mapping | None):
            raise ConfigError(f"kinds: expected a kind for columns by name, found {self.kinds!r}")

    def _threads(self) -> int | None:
        """As joblib counts: -1 for all cores, None for those that gradwright takes by itself."""
        if self.n_jobs is None:
            return None
        return os.cpu_count() or 1 if self.n_jobs == -1 else int(require("n_jobs", self.n_jobs, Count))

    def __sklearn_is_fitted__(self) -> bool:
        return "ensemble_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


@dataclass(eq=False, repr=False)
class TabularClassifier(ClassifierMixin, Tabular):  # type: ignore[misc]
    """Classes of the rows of a table: RealMLP's simple form, without tuning.

    Args:
        n_cv: 1 for a single fit; else the number of folds, a network for each, whose answers are averaged.
        time_limit: seconds that training may take: fewer epochs are made where there is not time for all.
        epochs: passes over the rows.
        kinds: what columns of a frame are, by name, where it is not as it looks: "number", "category" or
            "boolean".
        bins: into how many bins of as many rows each a number is laid, beside itself; by default none.
        random_state: of the rows that are held out and of the networks.
        n_jobs: how many threads train, -1 for as many as there are cores; the result does not depend on it.
        calibrate: whether a temperature makes probabilities mean what they say, fitted on the rows held out.
        class_weight: how much the rows of each class count, as {label: number}, 1 where it is not named;
            "balanced" lets each class count the same.

    After ``fit`` there are ``encoding_``, which tells what is done to each column (``encoding_.words()``),
    ``config_``, the settings of a network, and ``ensemble_`` with the runs.

    >>> import pandas as pd
    >>> from gradwright.sklearn import TabularClassifier
    >>> X = pd.DataFrame({"size": [1.0, 2.0, None, 4.0] * 20, "colour": ["red", "blue", "blue", "red"] * 20})
    >>> model = TabularClassifier(epochs=20, random_state=0).fit(X, ["no", "yes", "yes", "no"] * 20)
    >>> model.predict(X.head(2)).tolist()
    ['no', 'yes']
    """

    calibrate: bool = True
    class_weight: Any = None

    def predict(self, X: Any) -> Array:
        """The likeliest class of each row, (n,)."""
        rows = self._rows(X)
        labels: Array = self.classes_[self.ensemble_.predict(rows)]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (n, k), in the order of ``classes_``."""
        rows = self._rows(X)
        return self.ensemble_.predict_proba(rows)

    def _encoded(self, y: Array) -> Array:
        check_classification_targets(y)
        self.classes_, encoded = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y: expected at least 2 classes, found 1 class alone: {y.tolist()[0]!r}")
        return np.asarray(encoded, np.int64)

    def _data(self, rows: Split) -> Dataset:
        names = {label: str(label) for label in self.classes_.tolist()}
        data = Dataset("X, y", "X, y", rows, classes=tuple(names.values()))
        if self.class_weight is None:
            return data
        weights: Any = self.class_weight
        if isinstance(weights, Mapping):
            weights = {names.get(label, label): weight for label, weight in weights.items()}
        data = weigh_classes(data, weights, "class_weight")
        counts = data.train.weights
        assert counts is not None
        there = counts > 0
        return replace(data, train=Split(data.train.x[there], data.train.y[there], counts[there]))


@dataclass(eq=False, repr=False)
class TabularRegressor(RegressorMixin, Tabular):  # type: ignore[misc]
    """Numbers for the rows of a table: RealMLP's simple form, without tuning.

    Targets are standardised, and no number is answered that lies beyond those seen in training. The settings
    are those of ``TabularClassifier``, but for ``calibrate`` and ``class_weight``.

    >>> import numpy as np
    >>> from gradwright.sklearn import TabularRegressor
    >>> x = np.linspace(-1, 1, 200).reshape(-1, 1)
    >>> model = TabularRegressor(epochs=60, random_state=0).fit(x, x[:, 0] ** 2)
    >>> bool(abs(model.predict([[0.5]])[0] - 0.25) < 0.05)
    True
    """

    def predict(self, X: Any) -> Array:
        """The number of each row, (n,), or the numbers, (n, k)."""
        rows = self._rows(X)
        answers = self._targets.undo(self.ensemble_.predict(rows))
        return answers[:, 0] if self._flat else answers

    def _encoded(self, y: Array) -> Array:
        self._flat = y.ndim == 1
        return y.astype(np.float64)

    def _data(self, rows: Split) -> Dataset:
        data = standardize_targets(Dataset("X, y", "X, y", rows))
        self._targets = data.targets
        return data
