"""The package's own engines: the compiled one, in each precision, and the NumPy reference."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload
from gradwright.engine.models import Models
from gradwright.engine.reference import train_epoch
from gradwright.engine.task import Epoch, Precision
from gradwright.engine.variants import precisions

NATIVE = "gradwright.engine.native"


def native() -> Any:
    """The module of the compiled engine, or None where it is not part of the installation."""
    try:
        module = importlib.import_module(NATIVE)
    except ImportError:
        return None
    return module if module.available() else None


class Engine:
    """Models that an engine trains: states that go from epoch to epoch."""

    def __init__(self, problem: Problem, precision: Precision = "float32") -> None:
        self.tasks = [replace(task, precision=precision) for task in problem.tasks()]
        self.states = [task.initial_state() for task in self.tasks]
        self.rows = problem.rows

    def parameters(self) -> list[list[Array]]:
        return [
            list(task.objective.layout.named(state.learned).values())
            for task, state in zip(self.tasks, self.states, strict=True)
        ]

    def _keep(self, epochs: list[Epoch]) -> Trained:
        self.states = [epoch.state for epoch in epochs]
        return Trained(len(epochs[0].sizes), float(np.mean([epoch.mean_objective for epoch in epochs])))


class Reference(Engine):
    """The NumPy engine, which can be stopped in the middle of an epoch."""

    def __init__(self, problem: Problem, _threads: int) -> None:
        super().__init__(problem)

    def train(self, order: NDArray[np.int64]) -> Trained:
        steps = order.shape[1]
        (task,), (state,) = self.tasks, self.states
        return self._keep([train_epoch(task, state, self.rows, lambda done, _: done < steps)])


class Native(Engine):
    """The compiled engine: a call for each epoch of a model, and the models of a sweep side by side."""

    def __init__(self, problem: Problem, threads: int, precision: Precision = "float32") -> None:
        super().__init__(problem, precision)
        self.threads, self.models = threads, Models()

    def train(self, order: NDArray[np.int64]) -> Trained:  # noqa: ARG002, it orders its samples itself
        if len(self.tasks) > 1:
            train = partial(native().train_epoch, rows=self.rows, at_most=1, models=self.models)
            with ThreadPoolExecutor(self.threads) as pool:
                return self._keep(list(pool.map(train, self.tasks, self.states)))
        (task,), (state,) = self.tasks, self.states
        return self._keep([native().train_epoch(task, state, self.rows, models=self.models)])


def _not_here(_workload: Workload) -> str | None:
    if native() is None:
        return "the compiled engine is not installed"
    return None


def _wide_only(workload: Workload) -> str | None:
    if max(workload.widths) <= 128 or workload.batch_size == 1:
        return "bfloat16 is for wide layers and batches"
    if (reason := _not_here(workload)) is not None:
        return reason
    return None if "bf16" in precisions() else "this processor has no products in bfloat16"


PEERS = (
    Peer("gradwright", "gradwright", Native, refuses=_not_here, models="any", ours=True),
    Peer(
        "gradwright-bf16x3",
        "gradwright, bf16x3",
        partial(Native, precision="bf16x3"),
        refuses=_wide_only,
        models="any",
        ours=True,
    ),
    Peer(
        "gradwright-bf16",
        "gradwright, bf16",
        partial(Native, precision="bf16"),
        refuses=_wide_only,
        models="any",
        ours=True,
        rounding=1e-2,  # bfloat16 keeps 8 bits
    ),
    Peer("reference", "gradwright reference", Reference, ours=True),
)
