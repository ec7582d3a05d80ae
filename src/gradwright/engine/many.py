"""Many models in one call: each on one thread from beginning to end, with threads across models."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradwright.engine.native import EpochRun
from gradwright.engine.task import Epoch, Rows, State, Task
from gradwright.errors import ConfigError, DivergenceError

# Called about every 20 ms with the number of models that were begun; False ends every model where it is.
OnProgress = Callable[[int, float], bool]


def train_many(
    tasks: Sequence[Task],
    states: Sequence[State],
    rows: Rows,
    threads: int,
    on_progress: OnProgress | None = None,
) -> list[Epoch | DivergenceError]:
    """The next epoch of each task from its state, all on the same rows.

    Tasks may differ in everything: rate, seed, penalty, optimizer, batch size, even the network. Each epoch
    is, bit for bit, the one that ``native.train_epoch`` makes of it alone, whatever the number of threads. A
    model that diverges has the error in its place, and the others go on.

    Raises ``ConfigError`` for what the compiled engine does not serve, for fewer than one thread, and where
    there are not as many states as tasks.
    """
    if threads < 1:
        raise ConfigError(f"threads: expected at least 1, found {threads}")
    if len(tasks) != len(states):
        raise ConfigError(f"states: expected one for each of {len(tasks)} tasks, found {len(states)}")
    runs = [EpochRun(task, state, rows) for task, state in zip(tasks, states, strict=True)]
    for dtype in sorted({task.dtype for task in tasks}):
        same = [run for run in runs if run.task.dtype == dtype]
        same[0].module.train([run.call for run in same], threads, on_progress)
    return [_result(run) for run in runs]


def _result(run: EpochRun) -> Epoch | DivergenceError:
    try:
        return run.result()
    except DivergenceError as error:
        return error
