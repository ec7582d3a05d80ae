"""Whether a peer trains what the others train: its parameters after ten steps against float64."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from gradwright.bench.speed import own_masks
from gradwright.bench.speed.peers import Peer
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload
from gradwright.engine.reference import train_epoch
from gradwright.engine.task import Rows, Task

STEPS = 10
BEND = 10.0  # how much more is allowed where a slope jumps
BENT = ("relu", "SELU")
MODELS = 3  # of a sweep: enough to see that each has its own seed and rate


def tolerance(peer: Peer, workload: Workload) -> float:
    """The largest disagreement that rounding explains, or chance where a peer draws its own masks.

    A ReLU has a bend, and so have SELU and the hinge loss. A unit that float32 sees on its other side
    changes a gradient by one row of the batch, which in the widest of the networks is about 1e-3 of a step.
    """
    if draws_masks(peer, workload):
        return own_masks.TOLERANCE
    bends = workload.residual or workload.activation in BENT or workload.loss == "hinge loss"
    return BEND * peer.rounding if bends else peer.rounding


def disagreement(peer: Peer, problem: Problem, threads: int) -> float:
    """|theta - reference| / |reference - start| after ten steps, the largest over a few models.

    The reference starts from the same float32 numbers and steps in float64. Running statistics, which move
    further than what is learned, are compared apart from it. A peer that draws its own masks is compared
    with runs of the reference that do so too, see ``own_masks``.
    """
    small = problem.part(STEPS, MODELS)
    runner = peer.runner(small, threads)
    steps = min(STEPS, small.workload.steps_per_epoch)
    epochs = [small.order(steps, epoch) for epoch in range(-(-STEPS // steps))]
    for order in epochs:
        runner.train(order)
    errors = []
    by_model = zip(*epochs, strict=True)
    trained = zip(small.tasks("float64"), by_model, small.initial(), runner.parameters(), strict=True)
    for task, orders, first, last in trained:
        start, theta = vector(first), vector(last)
        if draws_masks(peer, small.workload):
            seeds = range(own_masks.RUNS)
            others = [reference(replace(task, seed=k), start, small.rows, orders) - start for k in seeds]
            errors.append(own_masks.stands_out(theta - start, others))
            continue
        right = reference(task, start, small.rows, orders)
        for part in parts(task):
            off, way = (theta - right)[part], (right - start)[part]
            errors.append(float(np.linalg.norm(off) / np.linalg.norm(way)))
    return float(np.max(errors))  # NaN where one is


def draws_masks(peer: Peer, workload: Workload) -> bool:
    """Whether its masks of dropout are not those of the reference."""
    return workload.regularizer in ("dropout", "factors") and not peer.ours


def reference(task: Task, start: Array, rows: Rows, epochs: Iterable[Array]) -> Array:
    """What ``task`` learns from ``start`` in epochs with these orders, by the masks that its seed draws."""
    state = task.state_at(start)
    for order in epochs:
        state = train_epoch(task, state, rows, order=order.ravel()).state
    return state.learned


def parts(task: Task) -> Iterator[Array]:
    """The places (P,) of what is learned, and of running statistics where there are any."""
    layout = task.objective.layout
    learned = layout.mask({slot.name for slot in layout.trained}.__contains__)
    return (part for part in (learned, ~learned) if part.any())


def vector(arrays: list[Array]) -> Array:
    """All parameters of a model as one vector in float64."""
    return np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)
