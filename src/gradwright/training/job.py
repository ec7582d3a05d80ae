"""One run in progress: from a position after a whole epoch to the next, each a value of its own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.engine import (
    Engine,
    Epoch,
    Metrics,
    OnStep,
    Rows,
    State,
    Task,
    at_best_precision,
    choose_engine,
)
from gradwright.engine.divergence import diverged
from gradwright.engine.variants import threads
from gradwright.errors import DivergenceError, RecordError
from gradwright.nn.layer import Array
from gradwright.training.callbacks import Callback
from gradwright.training.checkpoint import Checkpoint
from gradwright.training.config import RunConfig, config_to_toml
from gradwright.training.folder import RunFolder
from gradwright.training.history import EpochRecord, History
from gradwright.training.measure import evaluate_each, of_outputs
from gradwright.training.measured_rows import measured_rows
from gradwright.training.metrics import Metric
from gradwright.training.opening import SEALED, Opening, now, test_split
from gradwright.training.record import Status
from gradwright.training.resume import require_enough_epochs, require_same_preparation, require_same_settings
from gradwright.training.start import starting_theta

AT_ONCE = 0.02  # seconds of epochs that are made in one call, so that short ones do not wait for Python
NUMBERS_AT_ONCE = 2**20  # of the states after each of these epochs
TICK = 1e-6  # seconds, below which no time is told from none


@dataclass(frozen=True, eq=False)
class Position:
    """Where a run stands after a whole epoch, or in the middle of the one in which it was interrupted.

    ``best_theta`` are the parameters after the epoch with the best monitored metric so far, the last of
    equals, and ``best_cost`` is what that metric costs (``Metric.cost``); the start is one of them.
    ``status`` is the reason to end here, None where the run goes on.
    """

    state: State
    best_theta: Array
    history: History
    best_cost: float = math.inf
    status: Status | None = None


@dataclass(frozen=True, eq=False)
class Job:
    """A config, its data, and the folder that records them, if any.

    ``threads`` bounds those of the compiled engine, by default ``variants.threads()``: a run beside others
    has one. It is measured after each ``measure_every``-th epoch and the last; one on record after each.
    ``given`` are the parameters to begin with, where they were handed over.
    """

    config: RunConfig
    data: Dataset
    record: RunFolder | None = None
    threads: int | None = None
    measure_every: int = 1
    given: Array | None = None

    @cached_property
    def task(self) -> Task:
        """What the engine is asked to do, in the precision that was left to it."""
        precision = self.config.precision
        task = Task(
            objective=self.config.objective,
            optimizer=self.config.optimizer,
            schedule=self.config.learning_rate,
            batch_size=self.config.batch_size or len(self.data.train),
            seed=self.config.seed,
            dtype=self.config.dtype,
            replace=self.config.sampling == "replacement",
            clip_norm=self.config.clip_norm,
            precision="float32" if precision == "auto" else precision,
            average=self.config.average,
            groups=self.config.groups,
        )
        if precision == "auto" and self.config.engine != "reference":
            return at_best_precision(task, *map(self._rows, self.data.splits.values()))
        return task

    @cached_property
    def engine(self) -> Engine:
        """What runs the task.

        Raises ``ConfigError`` where the config wants an engine that cannot serve.
        """
        engine = choose_engine(self.config.engine, self.task, *map(self._rows, self.data.splits.values()))
        if engine.name == "reference":
            return engine
        at_most = self.threads or threads()
        return replace(
            engine,
            train_epoch=partial(engine.train_epoch, at_most=at_most),
            train_epochs=partial(engine.train_epochs, at_most=at_most),
            evaluate=partial(engine.evaluate, at_most=at_most),
            evaluate_each=partial(engine.evaluate_each, at_most=at_most),
            predict=partial(engine.predict, at_most=at_most),
        )

    def _rows(self, split: Split) -> Rows:
        if split not in self._rows_of:
            self._rows_of[split] = Rows(split, self.data.features)
        return self._rows_of[split]

    @cached_property
    def _rows_of(self) -> dict[Split, Rows]:
        """The rows of each split that was asked for: whatever engines make of them is made once."""
        return {}

    @cached_property
    def data_summary(self) -> dict[str, Any]:
        """The data in a few words and numbers, with the checksum by which a checkpoint knows them again."""
        return self.data.summary()

    @property
    def checksum(self) -> str:
        """The checksum of the data."""
        return str(self.data_summary["checksum"])

    @cached_property
    def measured_rows(self) -> Split | None:
        """The training rows that are measured after each epoch, if any."""
        return measured_rows(self.data, self.config.measure_train, self.config.seed)

    @cached_property
    def monitored(self) -> Metric:
        """What says which epoch is the best."""
        return self.config.monitored

    @cached_property
    def initial_state(self) -> State:
        """The state before the first step: as it is drawn, or with the parameters that ``start`` names.

        Raises ``ConfigError`` where these are not parameters of the network.
        """
        if self.given is not None:
            return self.task.state_at(self.given)
        if self.config.start is None:
            return self.task.initial_state()
        layout = self.config.objective.layout
        return self.task.state_at(starting_theta(self.config.start, layout, self.config.dtype))

    def start(self) -> Position:
        """The position before the first step, measured as epoch 0."""
        state = self.initial_state
        (metrics,) = self._metrics([state])
        return self._measured(Position(state, state.learned, History()), state, None, *metrics)

    def resume(self, record: RunFolder) -> Position:
        """The position of the last checkpoint.

        Raises ``RecordError`` where config or data are not those of the run in the folder.
        """
        checkpoint, history = record.rewind()
        self.require_same(record, checkpoint.config, checkpoint.data_checksum)
        require_enough_epochs(record.path, checkpoint.state.epoch, self.config)
        record.go_on(self.config)
        best_cost = min(map(self._cost, history.epochs))
        return Position(checkpoint.state, checkpoint.best_theta, history, best_cost)

    def require_same(self, record: RunFolder, config: str, data_checksum: str) -> None:
        """Raise ``RecordError`` where the run in a folder has another config (as TOML) or other data."""
        require_same_settings(record.path, config, self.config)
        if data_checksum != self.checksum:
            raise RecordError(
                f"{record.path}: expected data with the checksum {data_checksum[:12]}..., "
                f"found {self.checksum[:12]}..."
            )
        require_same_preparation(record.path, record.data(), self.data_summary)

    def advance(self, position: Position, on_step: OnStep) -> Iterator[Position]:
        """The positions after one more epoch, or in its middle where ``on_step`` interrupted it there.

        Where epochs are over within milliseconds there are some more, which were made in the same call.
        """
        made, broken = self._made(position, on_step)
        measured = [epoch.state for epoch in made if epoch.complete and self._is_measured(epoch.state)]
        metrics = iter(self._metrics(measured))
        for epoch in made:
            if not epoch.complete:
                position = replace(position, state=epoch.state, status="interrupted")
            elif not self._is_measured(epoch.state):
                position = replace(position, state=epoch.state)
            else:
                position = self._measured(position, epoch.state, epoch, *next(metrics))
            yield position
        if broken is not None:
            raise broken

    def _made(self, position: Position, on_step: OnStep) -> tuple[list[Epoch], DivergenceError | None]:
        """The next epochs, and what ended them, if one was not to be."""
        rows, made = self._rows(self.data.train), list[Epoch]()
        try:
            for epoch in self.engine.train_epochs(
                self.task, position.state, rows, on_step, self._at_once(position)
            ):
                made.append(epoch)
        except DivergenceError as error:
            return made, error
        return made, None

    def _at_once(self, position: Position) -> int:
        """How many epochs are made in one call: as many as take ``AT_ONCE``, to go by the last one."""
        last, state = position.history[-1], position.state
        if last.epoch == 0:
            return 1
        numbers = state.theta.size * (1 + len(state.optimizer))
        most = min(self.config.epochs - state.epoch, NUMBERS_AT_ONCE // numbers)
        return max(1, min(most, int(AT_ONCE / max(last.seconds, TICK))))

    def _is_measured(self, state: State) -> bool:
        """Whether the epoch that led to ``state`` is one of those that are measured."""
        done = state.epoch
        return done % self.measure_every == 0 or done == self.config.epochs or self._converged(state)

    def _metrics(self, states: Sequence[State]) -> list[tuple[Metrics | None, Metrics | None]]:
        """What is measured at some states: on training rows, where some are, and on validation rows."""
        if not states:
            return []
        thetas = np.stack([state.learned for state in states])
        train, validation = (
            [None] * len(states) if split is None else self._evaluate_each(thetas, split)
            for split in (self.measured_rows, self.data.validation)
        )
        return list(zip(train, validation, strict=True))

    def kept(self, position: Position) -> Array:
        """The parameters of the run that ends at ``position``: the best, where ``keep`` asks for them.

        A run that was interrupted keeps those of the moment, as it has not come to its end.
        """
        best = self.config.keep == "best" and position.status != "interrupted"
        return position.best_theta if best else position.state.learned

    def ending(self, position: Position, callbacks: Sequence[Callback]) -> Status | None:
        """The reason to stop at this position; None to go on."""
        config, history = self.config, position.history
        if callbacks:
            theta = position.state.learned.view()
            theta.flags.writeable = False
            wishes = [callback(history, theta) for callback in callbacks]
            if any(wish is True for wish in wishes):
                return "stopped early"
        if config.early_stopping is not None and config.early_stopping.should_stop(history, self.monitored):
            return "stopped early"
        if self._converged(position.state):
            return "converged"
        return "finished" if position.state.epoch >= config.epochs else None

    def _converged(self, state: State) -> bool:
        """Whether the optimizer has come to where it will not move any more."""
        whole = self.task.whole_data
        return whole is not None and whole.converged(state.optimizer)

    def measure(self, theta: Array, last: State) -> dict[str, Metrics]:
        """The metrics of ``theta`` on all rows of each split but the test set, which is sealed.

        ``last`` is where the run ended. Raises ``DivergenceError`` where the training loss is not finite.
        """
        splits = self.data.splits.items()
        metrics = {name: self.evaluate(theta, split) for name, split in splits if name != SEALED}
        self._require_finite(metrics["train"], theta, last)
        return metrics

    def open_test(self, theta: Array, epoch: int) -> Opening:
        """A look at the test set with the parameters ``theta`` that a run kept after so many epochs.

        Raises ``ConfigError`` where the data have no test split.
        """
        split = test_split(self.data)
        return Opening(now(), epoch, len(split), self.evaluate(theta, split))

    def evaluate(self, theta: Array, split: Split) -> Metrics:
        """The metrics of ``theta`` on one split: those that cost one pass, and those that were asked for."""
        (metrics,) = self._evaluate_each(theta[np.newaxis], split)
        return metrics

    def _evaluate_each(self, thetas: Array, split: Split) -> list[Metrics]:
        """``evaluate`` of each of some parameters (E, P)."""
        asked, rows = (self.engine, self.task.objective, self._of_outputs), self._rows(split)
        return evaluate_each(*asked, thetas, rows, self.data.targets)

    @cached_property
    def _of_outputs(self) -> list[Metric]:
        return of_outputs(self.config)

    def _cost(self, line: EpochRecord) -> float:
        return self.monitored.cost(line.metric(str(self.monitored)))

    def _require_finite(self, train: Metrics | None, theta: Array, last: State) -> None:
        """Raise ``DivergenceError`` where the training loss of ``theta`` is not finite, after ``last``.

        Where no row was measured, parameters that are all finite will do until the next batch.
        """
        if train is None and np.isfinite(theta).all():
            return
        loss = (train or self.evaluate(theta, self.data.train))["loss"]
        if not math.isfinite(loss):
            x = self.data.features(self.data.train.x[: self.task.batch_size], self.config.dtype)
            where = f"in epoch {last.epoch}, after its last step" if last.epoch else "before its first step"
            raise diverged(self.config.objective, theta, x, loss, self._rate(last), where)

    def _rate(self, state: State) -> float | None:
        """The rate of the step that led to ``state``; None before the first."""
        return self.task.schedule.rate(state.step - 1, state.epoch - 1) if state.step else None

    def _measured(
        self,
        before: Position,
        state: State,
        epoch: Epoch | None,
        train: Metrics | None,
        validation: Metrics | None,
    ) -> Position:
        """The position at ``state``, with these metrics added to the history and written to the folder."""
        self._require_finite(train, state.learned, state)
        rows = self.measured_rows
        line = EpochRecord(
            epoch=state.epoch,
            step=state.step,
            train=train,
            validation=validation,
            running=None if epoch is None else epoch.mean_objective,
            learning_rate=self._rate(state),
            seconds=0.0 if epoch is None else epoch.seconds,
            train_rows=None if rows is None or rows is self.data.train else len(rows),
        )
        history, cost = before.history.append(line), self._cost(line)
        if cost <= before.best_cost:  # of equals that which was trained the longest
            position = Position(state, state.learned, history, cost)
        else:
            position = Position(state, before.best_theta, history, before.best_cost)
        if self.record is not None:
            steps = self._step_lines(before.state, epoch) if epoch is not None else ""
            checkpoint = Checkpoint(state, position.best_theta, config_to_toml(self.config), self.checksum)
            self.record.add_epoch(line, steps, checkpoint)
        return position

    def _step_lines(self, before: State, epoch: Epoch) -> str:
        """One JSON line for each step of an epoch, where the config asks for them."""
        if not self.config.record_steps:
            return ""
        return "".join(
            json.dumps(
                {
                    "step": before.step + i,
                    "learning_rate": self.task.schedule.rate(before.step + i, before.epoch),
                    "objective": value,
                }
            )
            + "\n"
            for i, value in enumerate(epoch.objectives.tolist())
        )
