"""How an estimator trains: by L-BFGS, or in epochs until nothing becomes better, or it is told to stop."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from sklearn.exceptions import ConvergenceWarning

from gradwright.data import Affine, Split
from gradwright.engine import Engine, Rows, choose_engine, steps_per_epoch
from gradwright.errors import ConfigError
from gradwright.sklearn.descent import epochs
from gradwright.sklearn.orders import RowOrders
from gradwright.sklearn.rates import Rate, Scheduled
from gradwright.sklearn.watching import Watching
from gradwright.sklearn.whole_data import minimized
from gradwright.training.history import EpochRecord
from gradwright.training.progress import ProgressLine, progress_line


class Training(Watching):
    """The way from the first parameters to the last."""

    _rate: Rate | Scheduled
    _orders: RowOrders

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
            with self._progress(train) as line:

                def on_step(steps: int, objective: float) -> bool:
                    if line is not None:
                        line.step(self.n_iter_, steps, self._terms.unit * objective + constant)
                    return True

                for state, objective in epochs(
                    engine, self._task, self._state, rows, orders, self._rate, unit, on_step
                ):
                    self._state = state
                    self.n_iter_ += 1
                    self.t_ += len(train)
                    self.loss_ = self._terms.unit * objective + constant
                    self.loss_curve_.append(self.loss_)
                    self._say(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                    self._watch(watched, engine)
                    if self.early_stopping:
                        self._say(f"Validation score: {self.validation_scores_[-1]:f}")
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

    def _progress(self, train: Split) -> AbstractContextManager[ProgressLine | None]:
        if self.verbose != "progress":
            return nullcontext()
        steps = steps_per_epoch(train, self._task.batch_size)
        return progress_line(type(self).__name__, self.max_iter, steps, shown=True)

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
            what = "engine" if self.dtype != "bfloat16" else "dtype: 'bfloat16' cannot be had here"
            raise ConfigError(f"{what}: {error}") from None
