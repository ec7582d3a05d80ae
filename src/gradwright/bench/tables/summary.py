"""What a comparison on tables says: errors, ranks, ratios with their intervals over sets, costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from gradwright.bench.tables.learners import LEARNERS, OURS
from gradwright.bench.tables.record import TablesRecord, names_of
from gradwright.bench.tables.sets import SETS
from gradwright.nn.layer import Array
from gradwright.studies.estimate import Estimate
from gradwright.tables import Table

SHIFT = 0.01  # of errors, so that one set that is nearly solved does not outweigh all others
HEADINGS = {"classes": "Classification, share of rows named wrongly", "numbers": "Regression, nRMSE"}
TITLES = (
    *("", "mean", "shifted geometric mean", "tuned on", "kept apart", "rank", "error, times ours"),
    *("CPU s per 1,000 rows", "median", "most MB"),
)


@dataclass(frozen=True, eq=False)
class Score:
    """One learner over the sets that all of them have done.

    ``times_ours`` is the ratio of its error to ours, a shifted geometric mean with its
    95 % interval over sets.
    """

    learner: str
    errors: dict[str, float]  # by set, the mean over its divisions
    rank: float
    times_ours: tuple[float, float, float] | None
    seconds: list[float]  # of CPU per 1,000 training rows, by set
    memory: int

    def shifted_mean(self, chosen: Callable[[str], bool] = lambda _: True) -> float:
        """exp(mean(log(error + .01))) over the sets that are chosen; NaN where there are none."""
        logs = [math.log(error + SHIFT) for name, error in self.errors.items() if chosen(name)]
        return math.exp(fmean(logs)) if logs else math.nan


def scores(record: TablesRecord, task: str) -> list[Score]:
    """Every learner over the sets that all who took part have done, ours against each."""
    learners = [who for who in record.learners if any(record.of(name, who) for name in names_of(task))]
    sets = [name for name in names_of(task) if all(record.of(name, who) for who in learners)]
    if not learners or not sets:
        return []
    errors = {who: {name: _mean_error(record, name, who) for name in sets} for who in learners}
    ranks = _ranks(np.array([[errors[who][name] for name in sets] for who in learners]))
    return [
        Score(
            who,
            errors[who],
            float(ranks[place]),
            _ratio(errors[who], errors[OURS]) if OURS in errors else None,
            [_seconds(record, name, who) for name in sets],
            max(fit.memory for name in sets for fit in record.of(name, who)),
        )
        for place, who in enumerate(learners)
    ]


def tables_of(record: TablesRecord) -> dict[str, Table]:
    """By heading: the summary of each task, then the errors by set."""
    made: dict[str, Table] = {}
    for task, heading in HEADINGS.items():
        found = scores(record, task)
        if found:
            count = len(found[0].errors)
            made[f"{heading}, {count} sets"] = Table(TITLES, "l" + "r" * 9, tuple(_rows(found)))
            made[f"{heading}, by set"] = _by_set(found)
    failures = tuple(
        (fit.table, LEARNERS[fit.learner].title, str(fit.division), fit.failed)
        for fit in record.fits
        if fit.failed
    )
    if failures:
        made["What failed"] = Table(("set", "", "division", "reason"), "llrl", failures)
    return made


def _rows(found: Sequence[Score]) -> Iterator[tuple[str, ...]]:
    for score in sorted(found, key=Score.shifted_mean):
        halves = [score.shifted_mean(_half(tuned)) for tuned in (True, False)]
        yield (
            LEARNERS[score.learner].title,
            f"{fmean(score.errors.values()):.4f}",
            *(f"{value:.4f}" for value in (score.shifted_mean(), *halves)),
            f"{score.rank:.2f}",
            "" if score.times_ours is None else "{:.3f} ({:.3f} to {:.3f})".format(*score.times_ours),
            f"{fmean(score.seconds):.2f}",
            f"{median(score.seconds):.2f}",
            f"{score.memory / 1e6:.0f}",
        )


def _half(tuned_on: bool) -> Callable[[str], bool]:
    """Whether a set is of the half that constants were tuned on, or of the other."""
    return lambda name: SETS[name].tuned_on is tuned_on


def _by_set(found: Sequence[Score]) -> Table:
    titles = ("set", "constants tuned on it", *(LEARNERS[score.learner].title for score in found))
    rows = tuple(
        (name, "yes" if SETS[name].tuned_on else "no", *(f"{score.errors[name]:.4f}" for score in found))
        for name in found[0].errors
    )
    return Table(titles, "ll" + "r" * len(found), rows)


def _mean_error(record: TablesRecord, name: str, who: str) -> float:
    return fmean(fit.error for fit in record.of(name, who))


def _seconds(record: TablesRecord, name: str, who: str) -> float:
    return fmean(fit.fit / fit.rows * 1000 for fit in record.of(name, who))


def _ratio(errors: dict[str, float], ours: dict[str, float]) -> tuple[float, float, float]:
    logs = Estimate.of(math.log((errors[name] + SHIFT) / (ours[name] + SHIFT)) for name in errors)
    low, high = logs.interval or (logs.mean, logs.mean)
    return math.exp(logs.mean), math.exp(low), math.exp(high)


def _ranks(errors: Array) -> Array:
    """Mean ranks (k,) of errors (k, sets), 1 the best; equals share theirs."""
    below = (errors[None] < errors[:, None]).sum(axis=1)
    equal = (errors[None] == errors[:, None]).sum(axis=1)
    ranks: Array = (below + (equal + 1) / 2).mean(axis=1)
    return ranks
