"""The one loop: a run as the sequence of its positions, for whoever trains one network or many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from gradwright.training.callbacks import Callback
from gradwright.training.job import Job, Position


def epochs(
    job: Job,
    start: Position | None = None,
    *,
    callbacks: Sequence[Callback] = (),
    on_step: Callable[[int, float], None] = lambda _steps, _objective: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[Position]:
    """The positions of a run, from ``start`` or the first step on, until there is a reason to end.

    The last position has that reason as its ``status``, and ``job.kept`` are the parameters of the run that
    ends there. ``on_step`` is told the steps of the epoch so far and the last objective. ``interrupted`` is
    asked after each step and each epoch. Whoever has a reason of their own asks for no more positions.

    Raises ``DivergenceError`` where the loss is no longer finite.

    >>> from gradwright.data import load
    >>> from gradwright.nn import mlp
    >>> from gradwright.training import make_config
    >>> from gradwright.training.agreement import settle
    >>> data = load("swiss-roll")
    >>> job = Job(settle(make_config(network=mlp(2, 4, 2), epochs=2), data), data)
    >>> [(position.state.epoch, position.status) for position in epochs(job)]
    [(0, None), (1, None), (2, 'finished')]
    """

    def go_on(steps: int, objective: float) -> bool:
        on_step(steps, objective)
        return not interrupted()

    position = job.start() if start is None else start
    position = replace(position, status=job.ending(position, callbacks))
    yield position
    while position.status is None:
        for after in job.advance(position, go_on):
            position = after
            if position.status is None:  # an epoch that is over within milliseconds may never have asked
                reason = "interrupted" if interrupted() else job.ending(position, callbacks)
                position = position if reason is None else replace(position, status=reason)
            yield position
            if position.status is not None:
                break
