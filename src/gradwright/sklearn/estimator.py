"""What both estimators are: the settings of scikit-learn's, and training by gradwright's engine."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from gradwright.data import Affine, Split
from gradwright.data.divide import take
from gradwright.engine import Rows, State, Task, choose_engine
from gradwright.errors import DivergenceError
from gradwright.fields import Count, Domain, Fraction, NonNegative, Positive, domain_of, field_types, require
from gradwright.interchange.scikit_learn import network
from gradwright.nn.layer import Array
from gradwright.optim import Constant, Optimizer
from gradwright.sklearn.descent import epochs, row_orders
from gradwright.sklearn.rates import Rate
from gradwright.sklearn.terms import Terms, first_parameters
from gradwright.sklearn.whole_data import minimized

Activation: TypeAlias = Literal["identity", "logistic", "tanh", "relu"]
WIDTH = Domain("whole numbers > 0", int, lambda n: n > 0, 10**9)
BATCH = 200  # rows, by default at most
FAILED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed."
)


def goes_on(estimator: MultilayerPerceptron) -> bool:
    if estimator.solver == "lbfgs":
        raise AttributeError("partial_fit is only available for sgd and adam, found solver='lbfgs'")
    return True


@dataclass(kw_only=True, eq=False, repr=False)
class MultilayerPerceptron(BaseEstimator):  # type: ignore[misc]
    """y = W_L s(... s(W_1 x + b_1)) + b_L, trained by epochs or by L-BFGS.

    A subclass has ``hidden_layer_sizes`` and ``activation``, and says what its targets are.
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
    def _terms(self) -> Terms:
        """The loss that the targets ask for."""

    def _constant(self, _rows: Split) -> float:
        """What scikit-learn's loss on these rows has beside, whatever the parameters are."""
        return 0.0

    @abstractmethod
    def _score(self, output: Array, split: Split) -> float:
        """The score of the network's output on rows held out."""

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
            self._state: State = State(theta, self._task.optimizer.init(theta), epoch=0, step=0)
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

    def _begin(self, widths: tuple[int, ...]) -> None:
        """What is told of a training that has not begun."""
        self._widths, self.n_layers_ = widths, len(widths)
        self.t_ = self._no_improvement_count = 0
        self.loss_curve_: list[float] = []
        early = self.early_stopping
        self.best_loss_: Any = None if early else math.inf
        self.best_validation_score_: Any = -math.inf if early else None
        self.validation_scores_: Any = [] if early else None

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

    def _minimize(self, train: Split) -> None:
        theta, self.loss_, self.n_iter_ = minimized(
            self._task,
            self._state.theta,
            Rows(train, Affine()),
            self._terms().unit,
            self._constant(train),
            maxfun=self.max_fun,
            maxiter=self.max_iter,
            gtol=self.tol,
        )
        self._state = replace(self._state, theta=theta)

    def _descend(
        self, train: Split, held_out: Split | None, rng: np.random.RandomState, incremental: bool
    ) -> None:
        """Epochs until nothing becomes better, or ``max_iter`` of them; one where ``incremental``."""
        terms, constant, best = self._terms(), self._constant(train), self._state.theta
        orders = row_orders(len(train), self.shuffle, rng)
        rows, unit = Rows(train, Affine()), terms.unit_of_rate(self._task.optimizer)
        self.n_iter_ = 0
        try:
            for state, objective in epochs(self._task, self._state, rows, orders, self._rate, unit):
                self._state = state
                self.n_iter_ += 1
                self.t_ += len(train)
                self.loss_ = terms.unit * objective + constant
                self.loss_curve_.append(self.loss_)
                self._say(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                if held_out is None:
                    self._count_loss()
                elif self._count_score(held_out):
                    best = self._state.theta
                self._rate.after(self.t_)
                if self._no_improvement_count > self.n_iter_no_change:
                    if not self._rate.divided():
                        self._say(f"{self._patience_is_over()} Stopping.")
                        break
                    self._say(f"{self._patience_is_over()} Setting learning rate to {self._rate.now:f}")
                    self._no_improvement_count = 0
                if incremental:
                    break
                if self.n_iter_ == self.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached "
                        "and the optimization hasn't converged yet.",
                        ConvergenceWarning,
                        stacklevel=4,
                    )
                    break
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        if held_out is not None:
            self._state = replace(self._state, theta=best)

    def _count_loss(self) -> None:
        """For how many epochs the loss has not become better than the best by ``tol``."""
        gained = self.loss_ <= self.best_loss_ - self.tol
        self._no_improvement_count = 0 if gained else self._no_improvement_count + 1
        self.best_loss_ = min(self.best_loss_, self.loss_)

    def _count_score(self, held_out: Split) -> bool:
        """The same of the score on rows held out; True where it is the best so far."""
        score = self._score(self._output(held_out.x), held_out)
        self.validation_scores_.append(score)
        self._say(f"Validation score: {score:f}")
        gained = score >= self.best_validation_score_ + self.tol
        self._no_improvement_count = 0 if gained else self._no_improvement_count + 1
        if not score > self.best_validation_score_:
            return False
        self.best_validation_score_ = score
        return True

    def _patience_is_over(self) -> str:
        what = "Validation score" if self.early_stopping else "Training loss"
        epochs = f"{self.n_iter_no_change} consecutive epochs"
        return f"{what} did not improve more than tol={self.tol:f} for {epochs}."

    def _say(self, text: str) -> None:
        if self.verbose:
            print(text)

    def _predicted(self, X: Any) -> Array:
        """The network's output (n, k) for a user's rows."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=self._task.dtype, reset=False)
        return self._output(X.toarray() if issparse(X) else X)

    def _output(self, x: Array) -> Array:
        engine = choose_engine("auto", self._task)
        return engine.predict(self._task.objective, self._state.theta, np.ascontiguousarray(x), Affine())
