"""The scheduler of a sweep under a simulated clock, with workers that die, stall, and answer twice.

``dispatch`` runs as it is; what it waits for is simulated: workers, the disk, the claims of other drivers,
and the time itself. Each schedule is drawn from one seed, so one that fails can be looked at again:

    python -m tests.hostile.schedules 100000         so many schedules
    python -m tests.hostile.schedules 1 --seed 4711  this one
"""

from __future__ import annotations

import argparse
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from unittest.mock import patch

import numpy as np

from gradwright.errors import RecordError
from gradwright.nn import Linear
from gradwright.studies import dispatch as scheduler
from gradwright.studies.drivers import Driver
from gradwright.studies.executors import Workers
from gradwright.studies.trial import Trial
from gradwright.training import make_config
from gradwright.training.record import RunRecord

MOST_STEPS = 20_000  # of the clock in one schedule: ten times what the longest of many has taken
CONFIG = make_config(network=Linear(1, 1))


class KilledWorker(Exception):  # noqa: N818 - as Dask calls it
    """What Dask raises for a task that ended several workers."""


class WrongError(AssertionError):
    """What a schedule must not come to."""


@dataclass
class World:
    """Everything but the scheduler, drawn from ``seed``."""

    seed: int
    now: float = 0.0
    steps: int = 0
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    disk: dict[str, RunRecord] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)  # drivers
    at_work: dict[Future[RunRecord | None], Trial] = field(default_factory=dict)
    broken: bool = False
    died_alone: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)  # what happened

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.numbers = itertools.count()
        self.trials = [Trial(f"run{i}", {}, CONFIG, "data") for i in range(self.rng.integers(1, 13))]
        self.slots = int(self.rng.integers(1, 6))
        self.replaceable = bool(self.rng.random() < 0.8)
        self.killers = {t.id for t in self.trials if self.rng.random() < 0.05}  # they end any worker
        self.accidents = 0.1 * self.rng.random() * self.replaceable
        self.bad_disk = self.rng.random() < 0.1
        for number in range(self.rng.integers(0, 3)):
            self.at(self.rng.exponential(2.0), partial(self.other_driver, f"other{number}"))

    def at(self, delay: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + delay, next(self.numbers), happens))

    def until(self, moment: float, reached: Callable[[], bool] = lambda: False) -> None:
        """Let time pass to ``moment``, or to the event after which it is so far."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise WrongError("the schedule does not end")
        while not reached() and self.events and self.events[0][0] <= moment:
            self.now, _, happens = heapq.heappop(self.events)
            happens()
        if not reached():
            self.now = max(self.now, moment)

    # what the scheduler waits for

    def wait(
        self, futures: Sequence[Future[Any]], timeout: float, return_when: str
    ) -> tuple[set[Future[Any]], set[Future[Any]]]:
        del return_when
        self.until(self.now + timeout, lambda: any(future.done() for future in futures))
        done = {future for future in futures if future.done()}
        return done, set(futures) - done

    def sleep(self, seconds: float) -> None:
        self.until(self.now + seconds)

    # workers

    def submit(self, trial: Trial) -> Future[RunRecord | None]:
        if self.broken:
            raise BrokenProcessPool("a worker died")
        future: Future[RunRecord | None] = Future()
        self.at_work[future] = trial
        stalls = self.rng.random() < 0.05
        self.at(self.rng.exponential(20.0 if stalls else 1.0), lambda: self.come_back(future))
        return future

    def come_back(self, future: Future[RunRecord | None]) -> None:
        trial = self.at_work.get(future)
        if trial is None or future.done():  # lost with a worker, or called back
            return
        chance = self.rng.random()
        if trial.id in self.killers or chance < self.accidents:
            self.seen["deaths"] += 1
            self.die(trial)
        elif chance < self.accidents + 0.03:
            self.seen["told to stop"] += 1
            del self.at_work[future]
            future.set_result(None)
        elif chance < self.accidents + 0.04:
            self.seen["given up by the cluster"] += 1
            del self.at_work[future]
            self.died_alone.add(trial.id)
            future.set_exception(KilledWorker("tried on 3 workers"))
        else:
            del self.at_work[future]
            future.set_result(finished(trial))

    def die(self, guilty: Trial) -> None:
        """A worker died: all that is at work is lost, as a pool of processes has it."""
        if len(self.at_work) == 1:
            self.died_alone.add(guilty.id)
        self.broken = True
        for future in [*self.at_work]:
            del self.at_work[future]
            if not future.done():
                future.set_exception(BrokenProcessPool("a worker died"))

    def replaced(self) -> None:
        self.broken = False

    def workers(self) -> Workers:
        self.broken = False
        return Workers(self.submit, self.slots, self.replaced if self.replaceable else None)

    # other drivers

    def other_driver(self, name: str) -> None:
        """It claims some runs; then it finishes them or dies, and a dead one may answer all the same."""
        free = [trial for trial in self.trials if trial.id not in self.disk and self.is_free(trial.id)]
        for trial in free[: self.rng.integers(0, 4)]:
            self.claims[trial.id] = name
            self.at(self.rng.exponential(3.0), partial(self.answer_of, name, trial))
        self.at(20.0 * self.rng.random(), lambda: self.dead.add(name))

    def answer_of(self, name: str, trial: Trial) -> None:
        late = name in self.dead
        if late and self.rng.random() < 0.5:
            return
        if trial.id in self.disk or self.claims.get(trial.id) != name:
            self.seen["answered twice"] += 1
        self.disk[trial.id] = finished(trial)

    def is_free(self, run: str) -> bool:
        """Whether another driver may claim a run; now and then it does so without asking."""
        owner = self.claims.get(run)
        return owner is None or (owner != "me" and not self.alive(owner)) or self.rng.random() < 0.1

    def alive(self, name: str) -> bool:
        return name.startswith("other") and name not in self.dead


@dataclass(eq=False)
class Disk(Future[None]):
    """A record on its way to the disk; whoever asks for the result waits for it."""

    world: World

    def __post_init__(self) -> None:
        super().__init__()

    def result(self, timeout: float | None = None) -> None:
        self.world.until(np.inf if not self.done() else self.world.now, self.done)
        return super().result(timeout)


@dataclass
class Writers:
    """Threads that write records, each after a moment."""

    world: World

    def submit(self, write: Callable[[RunRecord], None], record: RunRecord) -> Future[None]:
        future = Disk(self.world)

        def written() -> None:
            try:
                write(record)
            except RecordError as error:
                future.set_exception(error)
            else:
                future.set_result(None)

        self.world.at(self.world.rng.exponential(0.05), written)
        return future

    def __enter__(self) -> Writers:
        return self

    def __exit__(self, *_: object) -> None:
        """As the executor does: what was handed in is carried out."""
        self.world.until(self.world.now + 100.0)


@dataclass
class Store:
    """The study, in memory."""

    world: World

    def write(self, record: RunRecord) -> None:
        if self.world.bad_disk and self.world.rng.random() < 0.2:
            self.world.seen["failed writes"] += 1
            raise RecordError("the disk is full")
        if record.id in self.world.disk:
            self.world.seen["written twice"] += 1
        self.world.disk[record.id] = record

    def enlist(self, records: Iterable[RunRecord]) -> None:
        for record in records:
            self.world.claims.pop(record.id, None)

    def read(self, runs: Iterable[str]) -> dict[str, RunRecord]:
        return {run: self.world.disk[run] for run in runs if run in self.world.disk}


@dataclass
class Claims:
    """The driver under test, with the claims of ``drivers.Driver`` in memory."""

    study: Store

    def claim(self, runs: Sequence[str], count: int) -> tuple[list[str], set[str]]:
        world, taken, recorded = self.study.world, list[str](), set[str]()
        for run in runs:
            if len(taken) == count:
                break
            owner = world.claims.get(run, "")
            if run in world.disk:
                recorded.add(run)
            elif owner != "me" and not world.alive(owner):
                world.claims[run] = "me"
                taken.append(run)
        return taken, recorded

    def release(self) -> None:
        world = self.study.world
        world.claims = {run: owner for run, owner in world.claims.items() if owner != "me"}


def finished(trial: Trial) -> RunRecord:
    """The record that any worker makes of a trial."""
    return RunRecord(id=trial.id, point={}, seed=0, status="finished", config={}, data="data", budget=1)


@contextmanager
def simulated(world: World) -> Iterator[None]:
    """The scheduler's clock, its waiting and its threads are those of ``world``."""
    with (
        patch.object(scheduler, "wait", world.wait),
        patch("gradwright.studies.dispatch.time.sleep", world.sleep),
        patch.object(scheduler, "ThreadPoolExecutor", lambda *_: Writers(world)),
    ):
        yield


def run_schedule(seed: int) -> World:
    """One schedule from its beginning to its end, interrupted and begun again as often as it comes to that.

    Raises ``WrongError`` where it does not end, or a run is not on record exactly once.
    """
    world = World(seed)
    patience = 40 if world.rng.random() < 0.2 else None  # now and then somebody presses Ctrl-C
    with simulated(world):
        for attempt in itertools.count():
            if attempt > 200:
                raise WrongError("one sweep after the other, and no end")
            found = dict(world.disk)
            taken: Counter[str] = Counter()
            stop = None if patience is None or attempt > 3 else world.steps + world.rng.integers(patience)
            driver = cast("Driver", Claims(Store(world)))
            missing = [trial for trial in world.trials if trial.id not in found]
            twice = [trial for trial in missing if world.rng.random() < 0.2]  # a search may ask again
            try:
                done = scheduler.dispatch(
                    driver,
                    world.workers(),
                    (trial for trial in [*missing, *twice] if trial.id not in taken),
                    lambda record, taken=taken: taken.update([record.id]),  # type: ignore[misc]
                    lambda stop=stop: stop is not None and world.steps > stop,  # type: ignore[misc]
                )
            except RecordError:
                world.seen["sweeps that ended with an error"] += 1
                done = False
                if not world.replaceable:  # what kills its worker would kill it again and again
                    world.killers.clear()
            world.at_work.clear()
            if twice_taken := [run for run, count in taken.items() if count > 1]:
                raise WrongError(f"taken twice: {twice_taken}")
            if done:
                break
            world.seen["sweeps that were begun again"] += 1
    if {*taken} != {trial.id for trial in missing}:
        raise WrongError(f"expected {[t.id for t in missing]} to be taken, found {sorted(taken)}")
    if {*world.disk} != {trial.id for trial in world.trials}:
        raise WrongError(f"on record: {sorted(world.disk)} of {len(world.trials)}")
    failed = {record.id for record in world.disk.values() if record.status == "failed"}
    if innocent := failed - world.died_alone:
        raise WrongError(f"recorded as failed, and never died alone: {sorted(innocent)}")
    return world


def run_schedules(seeds: Iterable[int]) -> Counter[str]:
    """Many schedules; what happened in them, counted.

    Raises ``WrongError`` that names the seed of the first that failed.
    """
    seen: Counter[str] = Counter()
    for seed in seeds:
        try:
            world = run_schedule(seed)
        except Exception as error:
            raise WrongError(f"seed {seed}: {type(error).__name__}: {error}") from error
        seen += world.seen + Counter({"schedules": 1, "runs": len(world.trials), "steps": world.steps})
        seen["longest"] = max(seen["longest"], world.steps)
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schedules", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for what, count in run_schedules(range(given.seed, given.seed + given.schedules)).items():
        print(f"{count:>10,} {what}")
