"""What is measured after each epoch of rows that are not trained on, and what early stopping makes of it."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np

from gradwright.data import Affine, Split
from gradwright.engine import Engine, State, Task, choose_engine
from gradwright.nn.layer import Array
from gradwright.nn.objective import measured
from gradwright.sklearn.settings import Settings
from gradwright.sklearn.terms import Terms
from gradwright.training.measure import measure, value_of
from gradwright.training.metrics import Metric, as_monitor


class Watching(Settings):
    """A task, where its training stands, and what it was worth after each epoch so far."""

    _task: Task
    _state: State
    _best: Array  # theta after the epoch that early stopping likes best
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
        self.t_ = 0
        self.loss_curve_: list[float] = []
        self.eval_loss_curve_: list[float] = []
        self.eval_scores_: list[float] = []
        self.eval_metrics_: dict[str, list[float]] = {}
        self._looks_at: tuple[bool, str | None] | None = None

    def _look(self) -> None:
        """Begin to look for what is better, where something else is looked at than in the fit before."""
        early, now = self.early_stopping, (self.early_stopping, self.monitor)
        if now != self._looks_at:
            self._looks_at, self._no_improvement_count = now, 0
            self.best_loss_: Any = None if early else math.inf
            self.best_validation_score_: Any = -math.inf * self._monitor_sign() if early else None
            self.validation_scores_: Any = [] if early else None

    def _monitor_sign(self) -> float:
        """1 where what early stopping looks at is best high, -1 where it is best low."""
        return 1.0 if self.monitor is None else as_monitor(f"validation.{self.monitor}", self._metrics()).sign

    def _watch(self, watched: Split | None, engine: Engine) -> None:
        """Measure the rows that are not trained on, and count for how long nothing has become better."""
        if watched is not None:
            self._measure(watched, self._output(watched.x, engine))
        if not self.early_stopping:
            gained = self.loss_curve_[-1] <= self.best_loss_ - self.tol
            self.best_loss_ = min(self.best_loss_, self.loss_curve_[-1])
        else:
            sign, score = self._monitor_sign(), self._monitored()
            self.validation_scores_.append(score)
            gained = sign * score >= sign * self.best_validation_score_ + self.tol
            if sign * score > sign * self.best_validation_score_:
                self.best_validation_score_ = score
                self._best = self._state.theta
        self._no_improvement_count = 0 if gained else self._no_improvement_count + 1

    def _measure(self, watched: Split, output: Array) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            value = float(measured(self._terms.loss, output, watched.y, watched.weights)[0])
        self.eval_loss_curve_.append(self._terms.unit * value + self._constant(watched))
        self.eval_scores_.append(self._score(output, watched))
        for metric in self._metrics():
            curve = self.eval_metrics_.setdefault(metric.name, [])
            curve.append(self._measured(metric, output, watched))

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

    def _output(self, x: Array, engine: Engine | None = None) -> Array:
        """The network's output (n, k) for rows that were checked."""
        if engine is None:
            engine = choose_engine(self.engine, replace(self._task, precision="float32"))
        return engine.predict(self._task.objective, self._state.theta, np.ascontiguousarray(x), Affine())
