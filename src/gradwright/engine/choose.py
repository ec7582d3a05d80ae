"""Which engine serves a run: the compiled one where it can, and NumPy for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from gradwright.engine import native, reference
from gradwright.engine.in_turn import in_turn
from gradwright.engine.metrics import Metrics
from gradwright.engine.models import Models
from gradwright.engine.task import Epoch, Rows, Task
from gradwright.engine.variants import variant
from gradwright.errors import ConfigError
from gradwright.nn import Objective
from gradwright.nn.layer import Array

EngineName: TypeAlias = Literal["auto", "reference", "native"]
PrecisionName: TypeAlias = Literal[
    "float32", "bf16x3", "bf16", "auto"
]  # those of ``Precision``, or the choice


@dataclass(frozen=True)
class Engine:
    """What runs a task, and why it was taken."""

    name: Literal["reference", "native"]
    reason: str
    train_epoch: Callable[..., Epoch]  # (task: Task, state: State, rows: Rows, on_step: OnStep)
    train_epochs: Callable[..., Iterator[Epoch]]  # the same, and their count
    evaluate: Callable[..., Metrics]  # (objective: Objective, theta: Array, rows: Rows)
    evaluate_each: Callable[..., list[Metrics]]  # the same of some parameters (E, P)
    value_and_grad: Callable[[Objective, Array, Rows], tuple[float, Array]]  # over all rows
    predict: Callable[..., Array]  # (objective: Objective, theta: Array, stored x: Array, features: Affine)


def choose_engine(wanted: EngineName, task: Task, *rows: Rows) -> Engine:
    """The engine for a task on these splits: ``auto`` takes the compiled one where it serves them all.

    Raises ``ConfigError`` for ``native`` where it cannot serve, with the reason; and for a precision other
    than float32 where the compiled engine does not serve, since the reference has no other.
    """
    if wanted == "reference":
        if task.precision != "float32":
            raise ConfigError(
                f"precision: expected float32 with the reference engine, found {task.precision}"
            )
        return reference_engine("asked for")
    try:
        native.require(task, *rows)
    except ConfigError as error:
        if wanted == "native" or task.precision != "float32":
            raise
        return reference_engine(str(error))
    models = Models()  # for as long as the engine is used
    return Engine(
        "native",
        f"compiled for {variant()}{_products(task)}",
        partial(native.train_epoch, models=models),
        partial(native.train_epochs, models=models),
        partial(native.evaluate, models=models),
        partial(native.evaluate_each, models=models),
        partial(native.value_and_grad, models=models),
        partial(native.predict, models=models),
    )


def at_best_precision(task: Task, *rows: Rows) -> Task:
    """The task with products of bfloat16 parts, as exact as float32, where the processor has tiles for them.

    Elsewhere, and where the compiled engine does not serve these splits, they would take longer or cannot be
    had, and the task is as it was.
    """
    if task.whole_data is None and native.available() and variant() == "amx":
        with suppress(ConfigError):
            faster = replace(task, precision="bf16x3")
            native.require(faster, *rows)
            return faster
    return task


def _products(task: Task) -> str:
    return "" if task.precision == "float32" else f", products in {task.precision}"


def reference_engine(reason: str) -> Engine:
    """The NumPy reference, which runs every network."""
    return Engine(
        "reference",
        reason,
        reference.train_epoch,
        partial(in_turn, reference.train_epoch),
        reference.evaluate,
        reference.evaluate_each,
        reference.value_and_grad,
        reference.predict,
    )
