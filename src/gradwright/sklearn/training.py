"""How an estimator trains: by L-BFGS, or in epochs until nothing becomes better; its history of them."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from gradwright.data import Affine, Split
from gradwright.engine import Rows, State, Task, choose_engine
from gradwright.nn.layer import Array
from gradwright.sklearn.descent import epochs, row_orders
from gradwright.sklearn.rates import Rate
from gradwright.sklearn.settings import Settings
from gradwright.sklearn.terms import Terms
from gradwright.sklearn.whole_data import minimized


class Training(Settings):
    """A task, where its training stands, and the history of it so far."""

    _task: Task
    _state: State
    _rate: Rate

    @abstractmethod
    def _terms(self) -> Terms:
        """The loss that the targets ask for."""

    def _constant(self, _rows: Split) -> float:
        """What scikit-learn's loss on these rows has beside, whatever the parameters are."""
        return 0.0

    @abstractmethod
    def _score(self, output: Array, split: Split) -> float:
        """The score of the network's output on rows held out."""

    def _begin(self, widths: tuple[int, ...]) -> None:
        """What is told of a training that has not begun."""
        self._widths, self.n_layers_ = widths, len(widths)
        self.t_ = self._no_improvement_count = 0
        self.loss_curve_: list[float] = []
        early = self.early_stopping
        self.best_loss_: Any = None if early else math.inf
        self.best_validation_score_: Any = -math.inf if early else None
        self.validation_scores_: Any = [] if early else None

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

    def _output(self, x: Array) -> Array:
        engine = choose_engine("auto", self._task)
        return engine.predict(self._task.objective, self._state.theta, np.ascontiguousarray(x), Affine())
