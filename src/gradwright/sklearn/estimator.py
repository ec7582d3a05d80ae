"""What both estimators are: rows in, a network trained by the engine, and what it answers."""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from gradwright.data import Dataset, Split
from gradwright.engine import State
from gradwright.errors import ConfigError, DivergenceError
from gradwright.nn import Objective, ParameterLayout
from gradwright.nn.layer import Array
from gradwright.sklearn.beginnings import begin_with, named_so
from gradwright.sklearn.orders import RowOrders
from gradwright.sklearn.rows import held_out, more_rows, row_weights, watched_rows
from gradwright.sklearn.tasks import rate_of, task_of
from gradwright.sklearn.training import Training
from gradwright.training.agreement import require_weighable
from gradwright.training.measure import require_measurable

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
        if self.metrics and eval_set is None and not self.early_stopping:
            raise ConfigError("metrics: expected rows to measure them on, eval_set= or early_stopping=True")
        first = not (self.__sklearn_is_fitted__() and (self.warm_start or incremental))
        X, target = self._validated(X, y, incremental, first)
        rows = Split(X, target, row_weights(sample_weight, X))
        watched = None if eval_set is None else watched_rows(self, eval_set, rows, self._encoded)
        data = Dataset("X, y", "X, y", rows, watched)
        require_measurable(self._metrics(), self._terms.loss, data)
        require_weighable(self._terms.loss, data)
        anew = first or not incremental
        rng = check_random_state(self.random_state) if anew else self._orders.rng
        network = self._network_of(X.shape[1], self.n_outputs_)
        theta = self._theta(ParameterLayout.of(network), first, rng, X.dtype)
        if first:
            self._begin()
        self._look()
        train = rows
        if self.early_stopping and watched is None:
            train, watched = held_out(rows, self.validation_fraction, self._strata(target), rng)
        train = self._weighed(train, incremental)
        seed = copy.deepcopy(rng).randint(2**31 - 1) if anew else self._task.seed
        self._task = task_of(self, self._terms, network, train, seed)
        self.n_layers_ = 1 + len(named_so(self._task.objective.layout, "weight"))
        if anew:
            self._state = State(theta, self._task.optimizer.init(theta), epoch=0, step=0)
            self._rate = rate_of(self)
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

    def _dtypes(self, first: bool) -> Any:
        """What rows are computed in: as ``dtype`` says, or once as they come and from then on alike."""
        if self.dtype is not None:
            return "float32" if self.dtype == "bfloat16" else self.dtype
        return (np.float64, np.float32) if first else self._task.dtype

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

    def _predicted(self, X: Any) -> Array:
        """The network's output (n, k) for a user's rows."""
        check_is_fitted(self)
        return self._output(more_rows(self, X, self._task.dtype))
