"""What both estimators are: rows in, a network trained by the engine, and what it answers."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from gradwright.data import Split
from gradwright.data.divide import take
from gradwright.engine import State, Task
from gradwright.errors import DivergenceError
from gradwright.interchange.scikit_learn import network
from gradwright.nn.layer import Array
from gradwright.optim import Constant, Optimizer
from gradwright.sklearn.rates import Rate
from gradwright.sklearn.terms import Terms, first_parameters
from gradwright.sklearn.training import Training

BATCH = 200  # rows, by default at most
FAILED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed."
)


def goes_on(estimator: MultilayerPerceptron) -> bool:
    if estimator.solver == "lbfgs":
        raise AttributeError("partial_fit is only available for sgd and adam, found solver='lbfgs'")
    return True


class MultilayerPerceptron(Training):
    """y = W_L s(... s(W_1 x + b_1)) + b_L, trained by epochs or by L-BFGS.

    A subclass says what its targets are.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows X (n, d) and targets y (n,) or (n, k): anew, or with ``warm_start`` from there on.

        Args:
            X: an array, a frame, or a sparse matrix, which is made dense.
            y: the targets.
            sample_weight: (n,), how much each row counts; by default all the same.

        Raises ``ValueError`` for settings and data that cannot be, and where training diverged.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    @available_if(goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One more epoch over rows X (n, d) and targets y (n,) or (n, k), from where the last call ended."""
        return self._fit(X, y, sample_weight, incremental=True)

    @property
    def coefs_(self) -> list[Array]:
        """W (inputs, outputs) of each layer."""
        return [array for array in self._arrays() if array.ndim == 2]

    @property
    def intercepts_(self) -> list[Array]:
        """b (outputs,) of each layer."""
        return [array for array in self._arrays() if array.ndim == 1]

    def _arrays(self) -> list[Array]:
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"this {type(self).__name__} is not fitted yet")
        return [*self._task.objective.layout.named(self._state.theta).values()]

    def _checked_rows(self, X: Any, y: Any, first: bool, **how: Any) -> tuple[Array, Array]:
        """Rows as a dense array of float64 or float32, and targets (n,) or (n, k)."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=(np.float64, np.float32),
            reset=first,
            **how,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X.toarray() if issparse(X) else X, y

    def __sklearn_is_fitted__(self) -> bool:
        return "_state" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @abstractmethod
    def _validated(self, X: Any, y: Any, incremental: bool, first: bool) -> tuple[Array, Array]:
        """Rows and what the loss compares with; ``n_outputs_`` and ``out_activation_`` are known then."""

    @abstractmethod
    def _strata(self, target: Array) -> Array | None:
        """What rows that are held out are drawn in the proportions of, if anything."""

    def _fit(self, X: Any, y: Any, sample_weight: Any, incremental: bool) -> Self:
        hidden = self._checked()
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        first = not (self.__sklearn_is_fitted__() and (self.warm_start or incremental))
        X, target = self._validated(X, y, incremental, first)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype)
        rng = check_random_state(self.random_state)
        widths = (X.shape[1], *hidden, self.n_outputs_)
        if first:
            theta = first_parameters(widths, self.activation, rng).astype(X.dtype)
            self._begin(widths)
        elif widths != self._widths:
            raise ValueError(
                f"hidden_layer_sizes: expected the network to go on with, of the widths {self._widths}, "
                f"found {widths}; warm_start=False begins anew"
            )
        else:
            theta = self._state.theta
        train, held_out = self._split(Split(X, target, weights), rng)
        self._task = self._task_of(widths, train, X.dtype.name)
        if first or not incremental:
            self._state = State(theta, self._task.optimizer.init(theta), epoch=0, step=0)
            kind = self.learning_rate if self.solver == "sgd" else "constant"
            self._rate = Rate(kind, self.learning_rate_init, self.power_t)
        try:
            if self.solver == "lbfgs":
                self._minimize(train)
            else:
                self._descend(train, held_out, rng, incremental)
        except DivergenceError as error:
            raise ValueError(f"{FAILED} {error}") from error
        return self

    def _split(self, rows: Split, rng: np.random.RandomState) -> tuple[Split, Split | None]:
        """The rows to train on, and those that early stopping holds out, drawn as scikit-learn draws them."""
        if not self.early_stopping:
            return rows, None
        train, held_out = train_test_split(
            np.arange(len(rows)),
            random_state=rng,
            test_size=self.validation_fraction,
            stratify=self._strata(rows.y),
        )
        if len(held_out) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return take(rows, train), take(rows, held_out)

    def _task_of(self, widths: tuple[int, ...], train: Split, dtype: str) -> Task:
        """What the engine is asked to do."""
        rows = len(train)
        terms, batch = self._terms(), BATCH if self.batch_size == "auto" else self.batch_size
        if self.solver == "lbfgs":
            batch = rows
        elif batch > rows:
            if self.batch_size != "auto":
                warnings.warn(
                    f"batch_size: expected at most {rows}, the rows, found {batch}; it is clipped",
                    stacklevel=4,
                )
            batch = rows
        each = 1.0 if train.weights is None else float(train.weights.mean())
        return Task(
            objective=terms.objective(network(widths, self.activation), self.alpha, batch * each),
            optimizer=self._optimizer(terms),
            schedule=Constant(self.learning_rate_init),
            batch_size=batch,
            seed=0,
            dtype=dtype,
        )

    def _optimizer(self, terms: Terms) -> Optimizer:
        if self.solver == "adam":
            return terms.adam(self.beta_1, self.beta_2, self.epsilon)
        return terms.sgd(self.momentum, self.nesterovs_momentum)

    def _predicted(self, X: Any) -> Array:
        """The network's output (n, k) for a user's rows."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=self._task.dtype, reset=False)
        return self._output(X.toarray() if issparse(X) else X)
