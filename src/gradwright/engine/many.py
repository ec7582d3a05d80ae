"""Many models in one call: each on one thread from beginning to end, with threads across models."""

from __future__ import annotations

from collections.abc import Sequence

from gradwright.engine.native import EpochRun
from gradwright.engine.task import Epoch, OnStep, Rows, State, Task
from gradwright.engine.variants import module
from gradwright.errors import ConfigError, DivergenceError
from gradwright.fields import COUNT, require


def train_many(
    tasks: Sequence[Task],
    states: Sequence[State],
    rows: Rows,
    threads: int,
    on_step: OnStep | None = None,
) -> list[Epoch | DivergenceError]:
    """The next epoch of each task from its state, all on the same rows.

    Tasks may differ in everything: rate, seed, penalty, optimizer, batch size, even the network. Each epoch
    is, bit for bit, the one that ``native.train_epoch`` makes of it alone. A model that diverges has the
    error in its place, and the others go on.

    ``on_step`` is asked about every 20 ms, with the number of steps that all models have made together and
    the mean of their last objectives (NaN before the first). Where it answers False, each model that is
    under way ends after its step, those that are not begun keep their states, and it is not asked again. The
    number of threads changes neither what it is asked nor what its answer does.

    Raises ``ConfigError`` for what the compiled engine does not serve, for fewer than one thread, and where
    there are not as many states as tasks.
    """
    require("threads", threads, COUNT)
    if len(tasks) != len(states):
        raise ConfigError(f"states: expected one for each of {len(tasks)} tasks, found {len(states)}")
    runs = [EpochRun(task, state, rows) for task, state in zip(tasks, states, strict=True)]
    module().train([run.call for run in runs], threads, on_step)
    return [_result(run) for run in runs]


def _result(run: EpochRun) -> Epoch | DivergenceError:
    try:
        return run.result()
    except DivergenceError as error:
        return error
