"""Carrying out a study: ask the search, look into the store, hand out what is missing, record what comes."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from gradwright.data import Dataset
from gradwright.errors import ConfigError
from gradwright.studies.dispatch import dispatch
from gradwright.studies.drivers import driving
from gradwright.studies.executors import Workers, local, workers_of
from gradwright.studies.plan import Plan, generations
from gradwright.studies.pruning import Bar, Earlier
from gradwright.studies.space import Point
from gradwright.studies.store import RUNS, Study
from gradwright.studies.summary import without_bulk
from gradwright.studies.trial import Trial, shared_data
from gradwright.training.agreement import follow_targets
from gradwright.training.config import plain_config
from gradwright.training.data_config import DataConfig
from gradwright.training.record import RunRecord, run_id

OnRecord = Callable[[RunRecord, bool], None]  # a record, and whether it was found in the store


@dataclass(frozen=True)
class Sweep:
    """What a sweep came to: every run of the plan that is on record, and whether none is missing."""

    records: tuple[RunRecord, ...]
    complete: bool
    found: int  # of these records, how many were there before

    def count(self, status: str) -> int:
        """The number of runs that ended so."""
        return sum(record.status == status for record in self.records)


def sweep(
    study: Study,
    *,
    executor: Executor | None = None,
    workers: contextlib.AbstractContextManager[Workers] | None = None,
    data: Dataset | None = None,
    data_dir: Path | None = None,
    on_record: OnRecord = lambda _record, _found: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Sweep:
    """Carry out all runs of ``study`` that are not on record.

    Args:
        study: its folder.
        executor: one's own, from ``concurrent.futures`` or Dask, by which the runs are carried out.
        workers: those of ``gradwright.studies.executors``, as a context; by default threads of this process.
        data: what stands in for the data that the configs name; it travels with each run to another process.
        data_dir: where to look for data first.
        on_record: called with each record, and whether it was found rather than made.
        interrupted: asked now and then; True ends the sweep once the runs under way are over.

    The records are the same, bit for bit, whoever carries them out and in whatever order, but for their
    times. A sweep that was killed is called again, and does what is missing.

    Raises ``ConfigError`` for a plan that cannot be, ``RecordError`` where the store or the executor fails;
    runs that diverge or break are records, and raise nothing.
    """
    plan = study.plan()
    chosen = workers or (local() if executor is None else workers_of(executor))
    with study.keep_open(), driving(study) as driver, chosen as ready:
        ledger = _Ledger(study, plan, data, data_dir, on_record)

        def carry_out(trials: Iterable[Trial]) -> bool:
            return dispatch(driver, ready, trials, ledger.take, interrupted)

        complete = _converse(plan, ledger, carry_out)
        if complete:
            study.mark_complete(len(ledger.records))
    return Sweep(tuple(ledger.records.values()), complete, ledger.found)


def _converse(plan: Plan, ledger: _Ledger, carry_out: Callable[[Iterable[Trial]], bool]) -> bool:
    """Ask the search for points and send it their scores until it has no more; False where interrupted."""
    batches = plan.search.batches(plan.space)
    with contextlib.suppress(StopIteration):
        points = next(batches)
        while True:
            scores: list[float] = []
            for part in generations(points, plan.pruning):
                runs: list[list[str]] = [[] for _ in part]
                for number, seeds in enumerate(plan.rounds):
                    if not carry_out(ledger.missing(part, seeds, runs, first=number == 0)):
                        return False
                scores += map(ledger.score, runs)
            points = batches.send(scores)
    return True


@dataclass
class _Ledger:
    """What a sweep has on record: points become trials that are missing, and records become scores."""

    study: Study
    plan: Plan
    data: Dataset | None
    data_dir: Path | None
    on_record: OnRecord
    records: dict[str, RunRecord] = field(default_factory=dict)
    found: int = 0
    checksums: dict[str, str] = field(default_factory=dict)
    earlier: Earlier = field(default_factory=Earlier)

    def missing(
        self, points: Sequence[Point], seeds: Sequence[int], runs: Sequence[list[str]], first: bool
    ) -> Iterator[Trial]:
        """The runs at these points that are not on record; what is, is taken over.

        Those of one point come one after the other. ``runs`` gathers the ids at each point; where one of them
        was pruned, the point has no more. Only in the ``first`` round a run may be pruned.
        """
        bar = self._bar() if first else None
        for point, ids in zip(points, runs, strict=True):
            if any(self.records[run].status == "pruned" for run in ids):
                continue
            for seed in seeds:
                try:
                    trial = self._trial(point, seed, bar)
                except ConfigError as error:
                    ids.append(self._impossible(point, seed, str(error)))
                    continue
                ids.append(trial.id)
                if trial.id not in self.records:
                    for record in self.study.read([trial.id]).values():
                        self.found += 1
                        self.take(record, found=True)
                if trial.id not in self.records:
                    yield trial

    def take(self, record: RunRecord, found: bool = False) -> None:
        """A record that is safe on disk."""
        self.records[record.id] = without_bulk(record, self.study.path / RUNS)
        if self.plan.pruning is not None and record.seed == self.plan.seeds[0]:
            self.earlier.add(record, self.plan.monitor)
        self.on_record(record, found)

    def score(self, runs: Sequence[str]) -> float:
        """The mean over the repeats of a point of what its runs reached."""
        return statistics.fmean(self._cost(self.records[run]) for run in runs)

    def _cost(self, record: RunRecord) -> float:
        value = record.metric(self.plan.monitor) if record.status == "finished" else None
        return self.plan.monitor.cost(value)

    def _bar(self) -> Bar | None:
        if self.plan.pruning is None:
            return None
        return Bar(self.plan.pruning.bars(self.earlier), self.plan.monitor)

    def _trial(self, point: Point, seed: int, bar: Bar | None) -> Trial:
        config = self.plan.config(point, seed)
        checksum = self._checksum(config.data)
        config = follow_targets(config, self.data or shared_data(config.data, self.data_dir))
        run = run_id(plain_config(config), seed, checksum)
        return Trial(run, point, config, checksum, bar, self.data, self.data_dir)

    def _impossible(self, point: Point, seed: int, message: str) -> str:
        """The id of a run whose settings do not go together: a failure like any other, and on record."""
        settings, base = self.plan.settings(point, seed), self.plan.base_config
        checksum = self._checksum(base.data)
        run = run_id(settings, seed, checksum)
        if run not in self.records:
            found = self.study.read([run]).get(run)
            record = found or RunRecord(
                id=run,
                point=point,
                seed=seed,
                status="failed",
                config=settings,
                message=message,
                data=checksum,
                budget=base.epochs,
            )
            if found is None:
                self.study.add(record)
            self.found += found is not None
            self.take(record, found=found is not None)
        return run

    def _checksum(self, config: DataConfig | None) -> str:
        """The checksum of a config's data, which must have rows to select on."""
        name = repr(config)
        if name not in self.checksums:
            data = self.data or shared_data(config, self.data_dir)
            if data.validation is None:
                raise ConfigError(
                    f"base.data: a study selects on validation rows, and {data.name!r} has none; "
                    "set base.data.validation to a number or a share of rows"
                )
            self.checksums[name] = data.checksum()
        return self.checksums[name]
