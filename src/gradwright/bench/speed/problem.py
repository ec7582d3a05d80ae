"""A workload with its rows, first parameters and orders of samples: the same for every peer."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.workloads import DECAY, LOSSES, OPTIMIZERS, Workload
from gradwright.data import Affine, Split, epoch_order, gmm, peaks
from gradwright.engine.task import Rows, Task
from gradwright.nn import L2, Objective
from gradwright.optim import EMA, Constant

Array = NDArray[Any]
SEED = 0
CHUNK = 10_000  # rows that are drawn at once


@dataclass(frozen=True, eq=False)
class Problem:
    """``workload`` on ``x (N, d)`` float32 with labels ``y (N,)``; ``models`` are the numbers of its models.

    With squared error ``y (N, k)`` float32 are targets.

    ``converted`` holds what a library made of the rows, once for all models of a process.
    """

    workload: Workload
    x: Array
    y: Array
    models: tuple[int, ...]
    converted: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, workload: Workload, models: Sequence[int] | None = None) -> Problem:
        """The problem with all rows; of a sweep with all its models or with those named."""
        x, y = draw_rows(workload)
        return cls(workload, x, y, tuple(range(workload.models) if models is None else models))

    def part(self, steps: int, models: int) -> Problem:
        """The same with an epoch of no more than ``steps`` batches, and its first ``models`` models."""
        rows = min(len(self.x), steps * self.workload.batch_size)
        workload = replace(self.workload, rows=rows)
        return Problem(workload, self.x[:rows], self.y[:rows], self.models[:models])

    def only(self, model: int) -> Problem:
        """The same with a single model."""
        return replace(self, models=(model,))

    @property
    def rows(self) -> Rows:
        """The rows as an engine takes them."""
        return Rows(Split(self.x, self.y), Affine())

    @property
    def rates(self) -> list[float]:
        """The learning rate of each model: in a sweep from a half to twice the workload's."""
        rate, last = self.workload.learning_rate, max(self.workload.models - 1, 1)
        return [
            rate * 2 ** (2 * model / last - 1) if self.workload.models > 1 else rate for model in self.models
        ]

    def tasks(self, dtype: str = "float32") -> list[Task]:
        """One task for each model; the number of the model is its seed."""
        penalty = L2(self.workload.l2) if self.workload.l2 else None
        objective = Objective(self.workload.network(), LOSSES[self.workload.loss], penalty)
        optimizer, batch = OPTIMIZERS[self.workload.optimizer], self.workload.batch_size
        average = EMA(DECAY) if self.workload.average else None
        return [
            Task(objective, optimizer, Constant(rate), batch, seed=SEED + model, dtype=dtype, average=average)
            for model, rate in zip(self.models, self.rates, strict=True)
        ]

    def initial(self) -> list[list[Array]]:
        """The first parameters of each model: its arrays in the order of the layout, [W, b, W, b, ...]."""
        return [
            list(task.objective.layout.named(task.initial_state().theta).values()) for task in self.tasks()
        ]

    def order(self, steps: int, epoch: int = 0) -> NDArray[np.int64]:
        """The rows of the first ``steps`` batches of an epoch for each model, (models, steps, batch)."""
        count = steps * self.workload.batch_size
        orders = [epoch_order(SEED + model, epoch, len(self.x))[:count] for model in self.models]
        return np.stack(orders).reshape(len(orders), steps, self.workload.batch_size)


def draw_rows(workload: Workload) -> tuple[Array, Array]:
    """Features and labels of the right shape and scale, from a seed: nothing has to be downloaded."""
    rng = np.random.default_rng(SEED)
    inputs, classes = workload.widths[0], workload.widths[-1]
    x = _empty((workload.rows, inputs), np.float32, workload.mapped)
    if workload.data == "matrices":
        return matrices(rng, workload.rows)
    y = _empty((workload.rows,), np.int64, workload.mapped)
    generated = {"peaks": peaks, "gmm": gmm}.get(workload.data)
    source = None if generated is None else generated(rng, train=5000, validation=1).train
    for start in range(0, workload.rows, CHUNK):
        part = slice(start, min(start + CHUNK, workload.rows))
        n = part.stop - start
        if source is not None:
            some = rng.integers(len(source), size=n)
            x[part], y[part] = source.x[some], source.y[some]
            continue
        if workload.data == "pixels":  # one in five is ink
            np.maximum(5 * rng.random((n, inputs), np.float32) - 4, 0, out=x[part])
        else:
            rng.standard_normal((n, inputs), np.float32, out=x[part])
        y[part] = rng.integers(classes, size=n)
    return x, y


def matrices(rng: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """Matrices (2, 2) with entries in (0, 1) and their exponentials by the series, four numbers each."""
    x = rng.random((rows, 2, 2))
    term = total = np.broadcast_to(np.eye(2), x.shape)
    for k in range(1, 20):
        term = term @ x / k
        total = total + term
    return x.reshape(rows, 4).astype(np.float32), total.reshape(rows, 4).astype(np.float32)


def _empty(shape: tuple[int, ...], dtype: type, mapped: bool) -> Array:
    """A new array in memory, or in a temporary file that goes with it."""
    if not mapped:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)
