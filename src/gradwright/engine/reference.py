"""The engine to read: one epoch of minibatch descent in NumPy, and evaluation on frozen parameters."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from gradwright.data import Affine
from gradwright.data.batches import epoch_order, iterate
from gradwright.engine import whole_data
from gradwright.engine.divergence import diverged
from gradwright.engine.factors import Grouped
from gradwright.engine.metrics import Metrics, count_correct, means
from gradwright.engine.task import Epoch, OnStep, Rows, State, Task, always, noise_generator
from gradwright.nn import EVAL, Mode, Objective
from gradwright.nn.layer import Array
from gradwright.nn.objective import measured
from gradwright.optim import WholeData, clip_by_norm

EVALUATION_ROWS = 4096  # rows per forward pass in evaluation: large enough for BLAS, small in memory


def train_epoch(
    task: Task,
    state: State,
    rows: Rows,
    on_step: OnStep = always,
    *,
    order: NDArray[np.int64] | None = None,
) -> Epoch:
    """The next epoch of ``task`` from ``state``, as a new state; nothing that is handed in is changed.

    ``order`` has the row numbers that it visits, by default those of the task's seed and the epoch.

    Raises ``DivergenceError`` where the objective is not finite.
    """
    if isinstance(task.optimizer, WholeData):
        return whole_data.train_epoch(value_and_grad, task.optimizer, task, state, rows, on_step)
    began = time.perf_counter()
    objective, schedule = task.objective, task.schedule
    theta, slots, step, mean = state.theta, state.optimizer, state.step, state.mean
    mode = Mode(training=True, rng=noise_generator(task.seed, state.epoch))
    if order is None:
        order = epoch_order(task.seed, state.epoch, len(rows.split), task.replace)
    batches = iterate(rows.split, rows.features, order, task.batch_size, task.dtype)
    optimizer = Grouped.of(task.optimizer, objective.layout, task.factors)
    values: list[float] = []
    sizes: list[int] = []
    complete = True

    with np.errstate(over="ignore", invalid="ignore"):  # divergence is reported below, by its cause
        for x, target, weights in batches:
            rate = schedule.rate(step, state.epoch)
            value, grad, cache = objective.value_grad_and_cache(theta, x, target, mode, weights)
            if not math.isfinite(value):
                where = f"in epoch {state.epoch + 1}, step {len(values) + 1}"
                raise diverged(objective, theta, x, float(value), rate, where)
            if task.clip_norm is not None:
                grad = clip_by_norm(grad, task.clip_norm)
            moved, slots = optimizer.update(theta, grad, slots, rate)
            theta = objective.updated(moved, theta, cache)
            step += 1
            if task.average is not None and mean is not None:
                mean = task.average.update(mean, theta, step)
            values.append(float(value))
            sizes.append(len(x))
            if not on_step(len(values), values[-1]):
                complete = sum(sizes) == len(order)
                break

    after = State(theta, slots, state.epoch + complete, step, mean)
    return Epoch(after, np.array(values), np.array(sizes), complete, time.perf_counter() - began)


def evaluate(objective: Objective, theta: Array, rows: Rows) -> Metrics:
    """Loss, accuracy and, with a penalty, the objective over all rows: means over examples, as they count.

    ``theta`` is only read: it may be a read-only array.
    """
    total = correct = counted = 0.0
    order = np.arange(len(rows.split))
    for x, target, weights in iterate(rows.split, rows.features, order, EVALUATION_ROWS, theta.dtype):
        with np.errstate(over="ignore", invalid="ignore"):
            output = objective.network.forward(objective.layout.tree(theta), x, EVAL)[0]
            loss, _ = measured(objective.loss, output, target, weights)
        count = len(x) if weights is None else float(weights.sum())
        counted += count
        total += float(loss) * count
        correct += count_correct(objective.loss, output, target, weights)
    return means(objective, theta, total, correct, counted)


def evaluate_each(objective: Objective, thetas: Array, rows: Rows) -> list[Metrics]:
    """``evaluate`` of each of some parameters (E, P)."""
    return [evaluate(objective, theta, rows) for theta in thetas]


def value_and_grad(objective: Objective, theta: Array, rows: Rows) -> tuple[float, Array]:
    """The objective over all rows at once, and its gradient (P,) in the dtype of theta."""
    [batch] = iterate(rows.split, rows.features, np.arange(len(rows.split)), len(rows.split), theta.dtype)
    value, grad = objective.value_and_grad(theta, batch.x, batch.y, EVAL, batch.weights)
    return float(value), grad


def predict(objective: Objective, theta: Array, x: Array, features: Affine = Affine()) -> Array:
    """The network's output (N, o) for the stored rows ``x``."""
    parts = [x[start : start + EVALUATION_ROWS] for start in range(0, len(x), EVALUATION_ROWS)]
    return np.concatenate([objective.predict(theta, features(part, theta.dtype)) for part in parts])
