"""scikit-learn's MLPClassifier, one call of ``partial_fit`` for many batches.

It would shuffle by itself; without shuffling, on rows that are in our order, it takes the very same steps.
Its ``alpha`` divides by the batch and has a 1/2 in front: alpha = 2 l2 B is our penalty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload

NAMES = {"tanh": "tanh", "sigmoid": "logistic", "relu": "relu"}


class ScikitLearn:
    """One MLPClassifier with our first parameters."""

    def __init__(self, problem: Problem, _threads: int) -> None:
        from sklearn.neural_network import MLPClassifier

        work = problem.workload
        self.x, self.y = problem.x, problem.y
        (rate,) = problem.rates
        self.model = MLPClassifier(
            hidden_layer_sizes=work.widths[1:-1],
            activation=NAMES[work.activation],
            solver="sgd",
            alpha=2 * work.l2 * work.batch_size,
            batch_size=work.batch_size,
            learning_rate_init=rate,
            momentum=0.0,
            nesterovs_momentum=False,
            shuffle=False,
            random_state=0,
        )
        # the first call makes the arrays
        self.model.partial_fit(self.x[:1], self.y[:1], classes=np.arange(work.widths[-1]))
        for ours, theirs in zip(problem.initial()[0], self.parameters()[0], strict=True):
            theirs[...] = ours

    def train(self, order: NDArray[np.int64]) -> Trained:
        rows = order.ravel()
        self.model.partial_fit(self.x[rows], self.y[rows])
        return Trained(order.shape[1], float(self.model.loss_))

    def parameters(self) -> list[list[Array]]:
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [[array for pair in pairs for array in pair]]


def _no_blocks(workload: Workload) -> str | None:
    return "it has no residual layers" if workload.residual else None


PEERS = (
    Peer("scikit-learn", "scikit-learn MLPClassifier", ScikitLearn, package="sklearn", refuses=_no_blocks),
)
