"""How an estimator trains: by L-BFGS, or in epochs until nothing becomes better; its history of them."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from gradwright.data import Affine, Split
from gradwright.engine import Engine, Rows, State, Task, choose_engine
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.nn.objective import measured
from gradwright.sklearn.descent import epochs
from gradwright.sklearn.orders import RowOrders
from gradwright.sklearn.rates import Rate, Scheduled
from gradwright.sklearn.settings import Settings
from gradwright.sklearn.terms import Terms
from gradwright.sklearn.whole_data import minimized
from gradwright.training.history import EpochRecord
from gradwright.training.measure import measure, value_of
from gradwright.training.metrics import Metric, as_monitor
from gradwright.training.progress import ProgressLine, progress_line


class Training(Settings):
    """A task, where its training stands, and the history of it so far."""

    _task: Task
    _state: State
    _best: Array  # theta after the epoch that early stopping likes best
    _rate: Rate | Scheduled
    _orders: RowOrders
    _terms: Terms

    def _constant(self, _rows: Split) -> float:
        """What scikit-learn's loss on these rows has beside, whatever the parameters are."""
        return 0.0

    @abstractmethod
    def _score(self, output: Array, rows: Split) -> float:
        """The score of the network's output on rows that are watched."""

    @abstractmethod
    def _answers(self, output: Array) -> Array:
        """What an output says, in the user's own terms."""

    @abstractmethod
    def _given(self, target: Array) -> Array:
        """What the user's y was of which ``target`` was made."""

    def _begin(self) -> None:
        """What is told of a training that has not begun."""
        self.t_ = self._no_improvement_count = 0
        self.loss_curve_: list[float] = []
        early = self.early_stopping
        self.best_loss_: Any = None if early else math.inf
        self.best_validation_score_: Any = -math.inf * self._monitor_sign() if early else None
        self.validation_scores_: Any = [] if early else None
        self.eval_loss_curve_: list[float] = []
        self.eval_scores_: list[float] = []
        self.eval_metrics_: dict[str, list[float]] = {metric.name: [] for metric in self._metrics()}

    def _monitor_sign(self) -> float:
        """1 where what early stopping looks at is best high, -1 where it is best low."""
        return 1.0 if self.monitor is None else as_monitor(f"validation.{self.monitor}", self._metrics()).sign

    def _minimize(self, train: Split) -> None:
        rows = Rows(train, Affine())
        theta, self.loss_, self.n_iter_ = minimized(
            self._engine_for(rows),
            self._task,
            self._state.theta,
            rows,
            self._terms.unit,
            self._constant(train),
            maxfun=self.max_fun,
            maxiter=self.max_iter,
            gtol=self.tol,
        )
        self._state = replace(self._state, theta=theta)

    def _descend(self, train: Split, watched: Split | None, incremental: bool) -> None:
        """Epochs until nothing becomes better, or ``max_iter`` of them; one where ``incremental``."""
        constant, rows = self._constant(train), Rows(train, Affine())
        self.n_iter_, self.stopped_ = 0, False
        engine = self._engine_for(rows)
        orders, unit = self._orders.of(len(train)), self._terms.unit_of_rate(self._task.optimizer)
        try:
            with self._progress() as line:
                for state, objective in epochs(
                    engine, self._task, self._state, rows, orders, self._rate, unit
                ):
                    self._state = state
                    self.n_iter_ += 1
                    self.t_ += len(train)
                    self.loss_ = self._terms.unit * objective + constant
                    self.loss_curve_.append(self.loss_)
                    self._say(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                    self._watch(watched)
                    if line is not None:
                        line.epoch(self._record())
                    self._rate.after(self.t_)
                    over = self._patience_is_over()
                    self.stopped_ = self._is_told_to_stop() or over
                    if self.stopped_ or incremental:
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
        if self.early_stopping and (self.stopped_ or not incremental):
            self._state = replace(self._state, theta=self._best)

    def _watch(self, watched: Split | None) -> None:
        """Measure the rows that are not trained on, and count for how long nothing has become better."""
        if watched is not None:
            self._measure(watched)
        if not self.early_stopping:
            gained = self.loss_ <= self.best_loss_ - self.tol
            self.best_loss_ = min(self.best_loss_, self.loss_)
        else:
            sign, score = self._monitor_sign(), self._monitored()
            self.validation_scores_.append(score)
            self._say(f"Validation score: {score:f}")
            gained = sign * score >= sign * self.best_validation_score_ + self.tol
            if sign * score > sign * self.best_validation_score_:
                self.best_validation_score_ = score
                self._best = self._state.theta
        self._no_improvement_count = 0 if gained else self._no_improvement_count + 1

    def _measure(self, watched: Split) -> None:
        output = self._output(watched.x)
        with np.errstate(over="ignore", invalid="ignore"):
            value = float(measured(self._terms.loss, output, watched.y, watched.weights)[0])
        self.eval_loss_curve_.append(self._terms.unit * value + self._constant(watched))
        self.eval_scores_.append(self._score(output, watched))
        for metric in self._metrics():
            self.eval_metrics_[metric.name].append(self._measured(metric, output, watched))

    def _measured(self, metric: Metric, output: Array, watched: Split) -> float:
        """A metric: a function of one's own is handed what the user would be, labels or numbers."""
        if not np.isfinite(output).all():
            return math.nan
        if metric.known is None:
            return value_of(metric, self._given(watched.y), self._answers(output))
        if metric.known.measure is not None:
            found = measure([metric], self._terms.loss, output, watched.y, weights=watched.weights)
            return found[metric.name]
        loss, penalty = self.eval_loss_curve_[-1], self._task.objective.penalty
        if metric.name == "objective" and penalty is not None:
            theta = self._state.theta
            return loss + self._terms.unit * float(penalty.forward(theta, self._task.objective.penalized))
        return self.eval_scores_[-1] if metric.name == "accuracy" else loss

    def _monitored(self) -> float:
        """What early stopping looks at, after the last epoch."""
        if self.monitor is None:
            return self.eval_scores_[-1]
        return (self.eval_metrics_ | {"loss": self.eval_loss_curve_})[self.monitor][-1]

    def _patience_is_over(self) -> bool:
        """Whether nothing has become better for too long, and no smaller rate is there to try."""
        if self._no_improvement_count <= self.n_iter_no_change:
            return False
        what = "Validation score" if self.early_stopping else "Training loss"
        epochs = f"{self.n_iter_no_change} consecutive epochs"
        so = f"{what} did not improve more than tol={self.tol:f} for {epochs}."
        if not self._rate.divided():
            self._say(f"{so} Stopping.")
            return True
        self._say(f"{so} Setting learning rate to {self._rate.now:f}")
        self._no_improvement_count = 0
        return False

    def _is_told_to_stop(self) -> bool:
        told = [callback(self) for callback in self._listed("callbacks")]
        return any(told)

    def _progress(self) -> AbstractContextManager[ProgressLine | None]:
        if self.verbose != "progress":
            return nullcontext()
        return progress_line(type(self).__name__, self.max_iter, 1, shown=True)

    def _record(self) -> EpochRecord:
        watched = {"loss": self.eval_loss_curve_[-1]} if self.eval_loss_curve_ else None
        return EpochRecord(self.n_iter_, self._state.step, {"loss": self.loss_}, watched)

    def _say(self, text: str) -> None:
        if self.verbose and self.verbose != "progress":
            print(text)

    def _engine_for(self, rows: Rows) -> Engine:
        try:
            return choose_engine(self.engine, self._task, rows)
        except ConfigError as error:
            bf16 = self.dtype == "bfloat16"
            raise ConfigError(f"{'dtype' if bf16 else 'engine'}: {error}") from None

    def _output(self, x: Array) -> Array:
        plain = replace(self._task, precision="float32")  # which an output does not know
        engine = choose_engine(self.engine, plain)
        return engine.predict(self._task.objective, self._state.theta, np.ascontiguousarray(x), Affine())
