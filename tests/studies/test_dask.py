"""A study on a real Dask cluster on loopback: the same records, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TypeAlias

import pytest

from gradwright.errors import ConfigError, RecordError
from gradwright.studies import RunRecord, Study, create_study, sweep
from gradwright.studies.cluster import _Count, dask
from tests.programs import PATIENCE
from tests.studies.conftest import settings, without_times

pytest.importorskip("distributed", reason="needs the extra 'distributed'")

Cluster: TypeAlias = tuple[str, list[subprocess.Popen[bytes]]]  # the address; the scheduler and its workers

# what Dask's own packages warn of is not ours to judge
pytestmark = [pytest.mark.waits, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A scheduler and two workers of one thread, without their minders, so that a killed one stays dead.

    The scheduler takes a port that is free and writes it to a file, which the workers wait for.
    """
    monkeypatch.setattr("gradwright.studies.cluster.SECONDS_TO_CONNECT", PATIENCE)
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    scheduler += ["--port", "0", "--dashboard-address", ":0", "--scheduler-file", str(file)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file)]
    worker += ["--nthreads", "1", "--no-nanny", "--dashboard-address", ":0"]
    started = [subprocess.Popen(command, **quiet) for command in (scheduler, worker, worker)]  # type: ignore[call-overload]
    try:
        yield wait_for_workers(file, 2), started
    finally:
        for process in started:
            process.kill()
            process.wait()


def wait_for_workers(file: Path, count: int) -> str:
    """The address of the scheduler, once so many workers are there."""
    from distributed import Client

    with Client(scheduler_file=str(file), timeout=PATIENCE, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=PATIENCE)
        return str(client.scheduler.address)


def test_a_cluster_makes_the_same_records_also_when_a_worker_is_killed(
    study: Study, tmp_path: Path, cluster: Cluster
) -> None:
    address, (_, worker, _) = cluster
    here = create_study(tmp_path / "here", settings())
    sweep(here)

    def kill_once(_record: RunRecord, _found: bool) -> None:
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()

    done = sweep(study, workers=dask(address), on_record=kill_once)
    assert done.complete
    assert without_times(study.records()) == without_times(here.records())


def test_a_scheduler_that_goes_away_is_one_message_and_what_is_done_is_safe(
    study: Study, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    address, (scheduler, *_) = cluster
    seen: list[str] = []

    def kill_once(record: RunRecord, _found: bool) -> None:
        seen.append(record.id)
        if scheduler.poll() is None:
            os.kill(scheduler.pid, signal.SIGKILL)
            scheduler.wait()

    with pytest.raises(RecordError, match=r"the workers went away: .* goes on from there"):
        sweep(study, workers=dask(address), on_record=kill_once)
    assert "Traceback" not in capfd.readouterr().err
    done = sweep(study)
    assert done.complete
    assert done.found >= len(seen)  # a record may reach the disk without anybody left to be told


def test_workers_that_come_late_are_waited_for_and_put_to_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradwright.studies.cluster.SECONDS_BETWEEN_COUNTS", 0.0)
    counts, said = iter([{}, {}, {"a": 4, "b": 2}]), list[str]()
    count = _Count(SimpleNamespace(nthreads=lambda: next(counts)), "tcp://here:1", said.append)
    assert [count(), count(), count()] == [0, 0, 6]
    assert said == ["There are no workers at tcp://here:1; waiting for: dask worker tcp://here:1"]


def test_a_scheduler_that_does_not_answer_is_one_message() -> None:
    def silent() -> dict[str, int]:
        raise OSError("timed out")

    with pytest.raises(RecordError, match="the workers went away: OSError: timed out"):
        _Count(SimpleNamespace(nthreads=silent), "tcp://here:1", lambda _: None)()


def test_an_address_that_is_none_is_refused_at_once(study: Study) -> None:
    with pytest.raises(ConfigError, match="expected an address such as tcp://HOST:8786, found 'nonsense'"):
        sweep(study, workers=dask("nonsense"))


def test_a_cluster_that_is_not_there_is_one_message(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradwright.studies.cluster.SECONDS_TO_CONNECT", 1)
    with socket.socket() as taken:  # by one that listens to nobody
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RecordError, match=f"expected a scheduler at {address}, found none"):
            sweep(study, workers=dask(address))
