"""Whether a peer trains what the others train: its parameters after ten steps against float64."""

from __future__ import annotations

import numpy as np

from gradwright.bench.speed.peers import Peer
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload
from gradwright.engine.reference import train_epoch
from gradwright.engine.task import State

STEPS = 10
BEND = 10.0  # how much more is allowed to networks with ReLU
MODELS = 3  # of a sweep: enough to see that each has its own seed and rate


def tolerance(peer: Peer, workload: Workload) -> float:
    """The largest disagreement that rounding explains.

    A ReLU has a bend. A unit that float32 sees on its other side changes a gradient by one row of the batch,
    which in the widest of the networks is about 1e-3 of a step.
    """
    bends = workload.residual or workload.activation == "relu"
    return BEND * peer.rounding if bends else peer.rounding


def disagreement(peer: Peer, problem: Problem, threads: int) -> float:
    """|theta - reference| / |reference - start| after ten steps, the largest over a few models.

    The reference starts from the same float32 numbers and steps in float64.
    """
    small = problem.part(STEPS, MODELS)
    runner = peer.runner(small, threads)
    runner.train(small.order(STEPS))
    errors = []
    trained = zip(small.tasks("float64"), small.initial(), runner.parameters(), strict=True)
    for task, first, last in trained:
        start, theta = vector(first), vector(last)
        state = State(start, task.optimizer.init(start), epoch=0, step=0)
        reference = train_epoch(task, state, small.rows).state.theta
        errors.append(float(np.linalg.norm(theta - reference) / np.linalg.norm(reference - start)))
    return max(errors)


def vector(arrays: list[Array]) -> Array:
    """All parameters of a model as one vector in float64."""
    return np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)
