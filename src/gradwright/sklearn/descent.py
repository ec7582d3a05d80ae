"""``solver="sgd"`` and ``"adam"``: epochs as scikit-learn makes them, each of them one call of the engine.

Rows are ordered as scikit-learn orders them. As parameters begin as they do there, equal seeds lead to equal
networks, to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradwright.engine import Engine, OnStep, Rows, State, Task
from gradwright.nn.layer import Array
from gradwright.sklearn.rates import Rate, Scheduled


def epochs(
    engine: Engine,
    task: Task,
    state: State,
    rows: Rows,
    orders: Iterator[Array],
    rate: Rate | Scheduled,
    unit: float,
    on_step: OnStep,
) -> Iterator[tuple[State, float]]:
    """The state after each epoch, and the mean of the objective over its batches; there is always one more.

    ``rate``, which is multiplied by ``unit``, may change between them: what momentum has gathered is, in
    scikit-learn, already multiplied by the rate of its time.

    Raises ``DivergenceError`` where the objective is not finite.
    """
    for order in orders:
        if rate.now != rate.used and "m" in state.optimizer:
            gathered = {**state.optimizer, "m": state.optimizer["m"] * (rate.used / rate.now)}
            state = replace(state, optimizer=gathered)
        rate.used = rate.now
        now = replace(task, schedule=rate.schedule(unit))
        epoch = engine.train_epoch(now, state, rows, on_step, order=order)
        state = epoch.state
        yield state, epoch.mean_objective
