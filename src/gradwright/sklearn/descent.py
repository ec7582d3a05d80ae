"""``solver="sgd"`` and ``"adam"``: epochs as scikit-learn makes them, each of them one call of the engine.

Rows are ordered as scikit-learn orders them. As parameters begin as they do there, equal seeds lead to equal
networks, to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gradwright.engine import Rows, State, Task, choose_engine
from gradwright.nn.layer import Array
from gradwright.optim import Constant
from gradwright.sklearn.rates import Rate


def epochs(
    task: Task, state: State, rows: Rows, orders: Iterator[Array], rate: Rate, unit: float
) -> Iterator[tuple[State, float]]:
    """The state after each epoch, and the mean of the objective over its batches; there is always one more.

    ``rate``, which is multiplied by ``unit``, may change between them: what momentum has gathered is, in
    scikit-learn, already multiplied by the rate of its time.

    Raises ``DivergenceError`` where the objective is not finite.
    """
    engine = choose_engine("auto", task, rows)
    used = rate.now
    for order in orders:
        if rate.now != used and "m" in state.optimizer:
            gathered = {**state.optimizer, "m": state.optimizer["m"] * (used / rate.now)}
            state = replace(state, optimizer=gathered)
        used = rate.now
        now = replace(task, schedule=Constant(unit * used))
        epoch = engine.train_epoch(now, state, rows, lambda *_: True, order=order)
        state = epoch.state
        yield state, epoch.mean_objective


def row_orders(n: int, shuffled: bool, rng: np.random.RandomState) -> Iterator[Array]:
    """The row numbers of each epoch: as they stand, or each time the last order shuffled."""
    order = np.arange(n)
    while True:
        if shuffled:
            order = order[rng.permutation(n)]  # as sklearn.utils.shuffle draws it
        yield order
