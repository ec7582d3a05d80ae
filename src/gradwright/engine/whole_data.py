"""An epoch of an optimizer that takes all rows in each step: one step, by the gradients of either engine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from gradwright.engine.divergence import diverged
from gradwright.engine.task import Epoch, OnStep, Rows, State, Task
from gradwright.nn import Objective
from gradwright.nn.layer import Array
from gradwright.optim import WholeData


def train_epoch(
    value_and_grad: Callable[[Objective, Array, Rows], tuple[float, Array]],
    optimizer: WholeData,
    task: Task,
    state: State,
    rows: Rows,
    on_step: OnStep,
) -> Epoch:
    """The state after one step of ``optimizer``, that of ``task``, whose objective is the same each time.

    ``on_step`` is asked before each evaluation, as in the middle of a step, and after the last one. A step
    that it ends was never begun.

    Raises ``DivergenceError`` where the objective or its gradient is not finite at ``state``.
    """
    began = time.perf_counter()
    objective, rate = task.objective, task.schedule.rate(state.step, state.epoch)

    def asked(theta: Array) -> tuple[float, Array]:
        if not on_step(0, math.nan):
            raise _EndedError
        return value_and_grad(objective, theta, rows)

    try:
        with np.errstate(over="ignore", invalid="ignore"):  # a length that goes too far is seen by its value
            theta, slots, value = optimizer.step(asked, state.theta, state.optimizer, rate)
    except _EndedError:
        return Epoch(state, np.zeros(0), np.zeros(0, np.int64), complete=False)
    if not math.isfinite(value):
        x = rows.features(rows.split.x, task.dtype)
        raise diverged(objective, theta, x, value, None, f"in epoch {state.epoch + 1}, before its step")
    on_step(1, value)
    after = State(theta, slots, state.epoch + 1, state.step + 1)
    sizes, seconds = np.array([len(rows.split)]), time.perf_counter() - began
    return Epoch(after, np.array([value]), sizes, complete=True, seconds=seconds)


class _EndedError(Exception):
    """Carries the caller's wish to end out of a step."""
