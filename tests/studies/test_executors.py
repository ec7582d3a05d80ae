"""Whoever carries out a study, the records are the same; a worker that dies costs at most its own run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gradwright.errors import ConfigError, RecordError
from gradwright.studies import RunRecord, Study, create_study, sweep
from gradwright.studies.cluster import dask
from gradwright.studies.executors import Workers, local, processes
from gradwright.studies.trial import Trial, carry_out
from tests.programs import PATIENCE
from tests.studies.conftest import settings, without_times

pytestmark = pytest.mark.waits


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The records of the small study from threads of this process."""
    study = create_study(tmp_path_factory.mktemp("reference") / "study", settings())
    return without_times(list(sweep(study, workers=local()).records))


@pytest.mark.parametrize("count", [1, 3])
def test_processes_make_the_same_records(study: Study, reference: list[dict[str, Any]], count: int) -> None:
    assert without_times(list(sweep(study, workers=processes(count)).records)) == reference


def test_any_executor_makes_the_same_records(study: Study, reference: list[dict[str, Any]]) -> None:
    pools: list[Executor] = [ThreadPoolExecutor(3)]
    pools.append(ProcessPoolExecutor(2, multiprocessing.get_context("spawn")))
    for pool in pools:
        with pool:
            for file in (study.path / "runs").iterdir():
                file.unlink()
            assert without_times(list(sweep(study, executor=pool).records)) == reference


def test_the_reference_engine_serves_too(tmp_path: Path) -> None:
    base = {**settings()["base"], "engine": "reference", "epochs": 1}
    one, two = (create_study(tmp_path / name, settings(base=base)) for name in "ab")
    first, second = sweep(one, workers=local()), sweep(two, workers=processes(2))
    assert all(r.versions["engine"].startswith("reference") for r in first.records)
    assert without_times(list(first.records)) == without_times(list(second.records))


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(
    study: Study, reference: list[dict[str, Any]]
) -> None:
    killed: list[int] = []

    def kill_once(_record: RunRecord, _found: bool) -> None:
        workers = multiprocessing.active_children()
        if not killed and workers:
            killed.append(workers[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    done = sweep(study, workers=processes(2), on_record=kill_once)
    assert killed
    assert without_times(list(done.records)) == reference


def test_a_run_that_kills_its_worker_is_found_and_recorded_as_failed(
    study: Study, reference: list[dict[str, Any]]
) -> None:
    victim = str(reference[2]["id"])
    done = sweep(study, workers=_deadly(victim, replaceable=True))
    by_id = {r.id: r for r in done.records}
    assert by_id[victim].status == "failed"
    assert "its worker ended in the middle of it" in (by_id[victim].message or "")
    others = [r for r in without_times(list(done.records)) if r["id"] != victim]
    assert others == [r for r in reference if r["id"] != victim]


def test_an_executor_that_goes_away_is_one_message_and_what_is_done_is_safe(
    study: Study, reference: list[dict[str, Any]]
) -> None:
    with pytest.raises(RecordError, match=r"the workers went away: BrokenProcessPool.*goes on from there"):
        sweep(study, workers=_deadly(str(reference[5]["id"]), replaceable=False))
    assert sweep(study).complete
    assert without_times(study.records()) == reference


def test_a_run_that_a_cluster_gave_up_on_is_recorded_as_failed(study: Study) -> None:
    class KilledWorker(Exception):  # noqa: N818 - as Dask calls it
        """What Dask raises for a task that ended several workers."""

    @contextmanager
    def cluster() -> Iterator[Workers]:
        future: Future[RunRecord | None] = Future()
        future.set_exception(KilledWorker("tried on 3 workers"))
        yield Workers(lambda _: future, slots=1)

    done = sweep(study, workers=cluster())
    assert {r.message for r in done.records} == {"KilledWorker: tried on 3 workers"}
    assert done.count("failed") == 8


def test_an_executor_that_was_shut_down_is_one_message(study: Study) -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RecordError, match="the workers went away"):
        sweep(study, executor=pool)


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_ctrl_c_does_not_reach_a_worker_not_even_while_it_starts() -> None:
    no_trial: Any = None
    with processes(1) as workers:
        future = workers.submit(no_trial)
        [worker] = multiprocessing.active_children()
        os.kill(worker.pid or 0, signal.SIGINT)
        assert isinstance(future.exception(), AttributeError)  # it lived to say so


def test_fewer_than_one_process_is_refused(study: Study) -> None:
    with pytest.raises(ConfigError, match="--workers: expected a whole number >= 1, found 0"):
        sweep(study, workers=processes(0))


def test_processes_leave_the_environment_as_it_was(study: Study) -> None:
    before = dict(os.environ)
    sweep(study, workers=processes(1))
    assert dict(os.environ) == before


def test_without_dask_the_message_says_how_to_get_it(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'gradwright\[distributed\]'"):
        sweep(study, workers=dask("tcp://127.0.0.1:1"))


@contextmanager
def _deadly(victim: str, replaceable: bool) -> Iterator[Workers]:
    """Workers of which one dies whenever it is handed ``victim``, and takes what the others do along."""

    def submit(trial: Trial) -> Future[RunRecord | None]:
        future: Future[RunRecord | None] = Future()
        if trial.id == victim:
            future.set_exception(BrokenProcessPool("a worker died"))
        else:
            future.set_result(carry_out(trial))
        return future

    yield Workers(submit, slots=3, replaced=(lambda: None) if replaceable else None)


KILLED_AT_THE_END = """
import os, signal, sys
from concurrent.futures import process, wait
from gradwright.studies.executors import processes

tell = process._ExecutorManagerThread.shutdown_workers

def kill_one_and_tell(manager):
    os.kill(list(manager.processes)[int(sys.argv[1])], signal.SIGKILL)
    tell(manager)

process._ExecutorManagerThread.shutdown_workers = kill_one_and_tell
with processes(2) as workers:
    wait([workers.submit(None) for _ in range(4)])  # no trials: they fail, and the workers wait for more
"""


@pytest.mark.parametrize("victim", [0, 1])
def test_a_worker_that_is_killed_as_the_others_are_told_to_end_holds_nobody_up(victim: int) -> None:
    command = [sys.executable, "-c", KILLED_AT_THE_END, str(victim)]
    subprocess.run(command, check=True, timeout=PATIENCE)
