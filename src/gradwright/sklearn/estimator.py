"""What both estimators are: rows in, a network trained by the engine, and what it answers."""

from __future__ import annotations

import copy
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
    check_array,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from gradwright.data import Dataset, Split
from gradwright.data.divide import take
from gradwright.engine import State, Task
from gradwright.errors import ConfigError, DivergenceError
from gradwright.nn import Layer, Objective, ParameterLayout
from gradwright.nn.layer import Array
from gradwright.optim import Constant, Optimizer
from gradwright.sklearn.beginnings import begin_with, named_so
from gradwright.sklearn.orders import RowOrders
from gradwright.sklearn.rates import Rate, Scheduled
from gradwright.sklearn.training import Training
from gradwright.training.agreement import require_weighable
from gradwright.training.measure import require_measurable

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
    """y = W_L s(... s(W_1 x + b_1)) + b_L or any other network, trained by epochs or by L-BFGS.

    A subclass says what its targets are.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Self:
        """Train on rows X (n, d) and targets y (n,) or (n, k): anew, or with ``warm_start`` from there on.

        Args:
            X: an array, a frame, or a sparse matrix, which is made dense.
            y: the targets.
            sample_weight: (n,), how much each row counts; by default all the same.
            eval_set: further rows ``(X, y)`` or ``(X, y, sample_weight)`` that are measured after each epoch
                (``eval_loss_curve_``, ``eval_scores_``, ``eval_metrics_``) and never trained on; early
                stopping looks at them, and holds out no others.

        Raises ``ValueError`` for settings and data that cannot be, and where training diverged.
        """
        return self._fit(X, y, sample_weight, eval_set, incremental=False)

    @available_if(goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Self:
        """One more epoch over rows X (n, d) and targets y (n,) or (n, k), from where the last call ended."""
        return self._fit(X, y, sample_weight, eval_set, incremental=True)

    @property
    def objective_(self) -> Objective:
        """The function that was made small: the network, its loss and the penalty."""
        self._require_fitted()
        return self._task.objective

    @property
    def parameters_(self) -> dict[str, Array]:
        """Every array of the network by its name, such as ``0.weight``."""
        return self.objective_.layout.named(self._state.theta)

    @property
    def coefs_(self) -> list[Array]:
        """W (inputs, outputs) of each layer."""
        return [self.parameters_[slot.name] for slot in named_so(self.objective_.layout, "weight")]

    @property
    def intercepts_(self) -> list[Array]:
        """b (outputs,) of each layer."""
        return [self.parameters_[slot.name] for slot in named_so(self.objective_.layout, "bias")]

    def _require_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"this {type(self).__name__} is not fitted yet")

    def __sklearn_is_fitted__(self) -> bool:
        return "_state" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @abstractmethod
    def _validated(self, X: Any, y: Any, incremental: bool, first: bool) -> tuple[Array, Array]:
        """Rows and what the loss compares with; the loss and ``n_outputs_`` are known then."""

    @abstractmethod
    def _encoded(self, y: Array, dtype: Any) -> Array:
        """What the loss compares outputs with, made of a user's further targets."""

    def _weighed(self, train: Split, _incremental: bool) -> Split:
        """The rows to train on, with what they count."""
        return train

    @abstractmethod
    def _strata(self, target: Array) -> Array | None:
        """What rows that are held out are drawn in the proportions of, if anything."""

    def _fit(self, X: Any, y: Any, sample_weight: Any, eval_set: Any, incremental: bool) -> Self:
        self._check_settings()
        if incremental and self.early_stopping and eval_set is None:
            raise ValueError(
                "partial_fit does not support early_stopping=True without eval_set: rows that one call held "
                "out might be trained on in the next"
            )
        if self.solver == "lbfgs" and eval_set is not None:
            raise ConfigError("eval_set: solver='lbfgs' makes no epochs, after which rows could be measured")
        first = not (self.__sklearn_is_fitted__() and (self.warm_start or incremental))
        X, target = self._validated(X, y, incremental, first)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype)
        rows = Split(X, target, weights)
        watched = None if eval_set is None else self._eval_rows(eval_set, rows)
        data = Dataset("X, y", "X, y", rows, watched)
        require_measurable(self._metrics(), self._terms.loss, data)
        require_weighable(self._terms.loss, data)
        anew = first or not incremental
        rng = check_random_state(self.random_state) if anew else self._orders.rng
        network = self._network_of(X.shape[1], self.n_outputs_)
        theta = self._theta(ParameterLayout.of(network), first, rng, X.dtype)
        if first:
            self._begin()
        train = rows
        if self.early_stopping and watched is None:
            train, watched = self._split(rows, rng)
        train = self._weighed(train, incremental)
        seed = copy.deepcopy(rng).randint(2**31 - 1) if anew else self._task.seed
        self._task = self._task_of(network, train, X.dtype.name, seed)
        self.n_layers_ = 1 + len(named_so(self._task.objective.layout, "weight"))
        if anew:
            self._state = State(theta, self._task.optimizer.init(theta), epoch=0, step=0)
            self._rate = self._first_rate()
            self._orders = RowOrders(rng, self.shuffle)
            self._best = theta
        try:
            if self.solver == "lbfgs":
                self._minimize(train)
            else:
                self._descend(train, watched, incremental)
        except DivergenceError as error:
            raise ValueError(f"{FAILED} {error}") from error
        if not incremental:
            self._orders.forget()
        return self

    def _checked_rows(self, X: Any, y: Any, first: bool, **how: Any) -> tuple[Array, Array]:
        """Rows as a dense array, and targets (n,) or (n, k)."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=self._dtypes(first),
            reset=first,
            **how,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X.toarray() if issparse(X) else X, y

    def _dtypes(self, first: bool) -> Any:
        """What rows are computed in: as ``dtype`` says, or once as they come and from then on alike."""
        if self.dtype is not None:
            return "float32" if self.dtype == "bfloat16" else self.dtype
        return (np.float64, np.float32) if first else self._task.dtype

    def _eval_rows(self, eval_set: Any, rows: Split) -> Split:
        """The rows to watch, encoded as those to train on are."""
        if not isinstance(eval_set, tuple) or len(eval_set) not in (2, 3):
            size = f" of {len(eval_set)}" if hasattr(eval_set, "__len__") else ""
            raise ConfigError(
                "eval_set: expected a tuple of further rows, (X, y) or (X, y, sample_weight), "
                f"found {type(eval_set).__name__}{size}"
            )
        X, y, *weights = eval_set
        try:
            X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=rows.x.dtype, reset=False)
            X = X.toarray() if issparse(X) else X
            y = check_array(y, dtype=None, ensure_2d=False)
            check_consistent_length(X, y)
            target = self._encoded(y[:, 0] if y.shape[1:] == (1,) else y, X.dtype)
            if target.shape[1:] != rows.y.shape[1:]:
                raise ConfigError(
                    f"y: expected rows of the shape {rows.y.shape[1:]}, found {target.shape[1:]}"
                )
            counts = _check_sample_weight(weights[0], X, dtype=X.dtype) if weights else None
            return Split(X, target, counts)
        except ValueError as error:
            raise type(error)(f"eval_set: {error}") from None

    def _theta(self, layout: ParameterLayout, first: bool, rng: np.random.RandomState, dtype: Any) -> Array:
        """The parameters to begin with, or to go on with."""
        if first:  # a user's network may draw what only newer generators have
            drawn_by: Any = rng if self.network is None else np.random.default_rng(rng.randint(2**31 - 1))
            theta = layout.initialize(drawn_by, dtype)
            return theta if self.init_params is None else begin_with(theta, layout, self.init_params)
        shapes, there = ([slot.shape for slot in of.slots] for of in (layout, self.objective_.layout))
        if shapes != there:
            raise ValueError(
                f"expected the network to go on with, whose arrays have the shapes {there}, found {shapes}; "
                "warm_start=False begins anew"
            )
        return self._state.theta.astype(dtype)

    def _split(self, rows: Split, rng: np.random.RandomState) -> tuple[Split, Split]:
        """The rows to train on, and those that early stopping holds out, drawn as scikit-learn draws them."""
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

    def _task_of(self, network: Layer, train: Split, dtype: str, seed: int) -> Task:
        """What the engine is asked to do."""
        rows = len(train)
        batch = BATCH if self.batch_size == "auto" else self.batch_size
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
        objective = self._terms.objective(network, self.alpha, batch * each)
        if self.solver == "lbfgs" and objective.layout.statistics:
            raise ConfigError(
                "solver: 'lbfgs' needs one function, and batch normalization is another in each batch"
            )
        return Task(
            objective=objective,
            optimizer=self._optimizer(),
            schedule=Constant(self.learning_rate_init),
            batch_size=batch,
            seed=seed,
            dtype=dtype,
            precision="bf16" if self.dtype == "bfloat16" else "float32",
        )

    def _optimizer(self) -> Optimizer:
        if self.solver == "adam":
            return self._terms.adam(self.beta_1, self.beta_2, self.epsilon)
        return self._terms.sgd(self.momentum, self.nesterovs_momentum)

    def _first_rate(self) -> Rate | Scheduled:
        if self.schedule is not None:
            return Scheduled(self.schedule)
        kind = self.learning_rate if self.solver == "sgd" else "constant"
        return Rate(kind, self.learning_rate_init, self.power_t)

    def _predicted(self, X: Any) -> Array:
        """The network's output (n, k) for a user's rows."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=self._task.dtype, reset=False)
        return self._output(X.toarray() if issparse(X) else X)
