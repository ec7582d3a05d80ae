"""A study on a real Dask cluster on loopback: the same records, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradwright.errors import RecordError
from gradwright.lab import RunRecord, Study, create_study, sweep
from gradwright.lab.executors import dask
from tests.lab.conftest import settings, without_times

pytest.importorskip("distributed", reason="needs the extra 'distributed'")

# what Dask's own packages warn of is not ours to judge
pytestmark = pytest.mark.filterwarnings("ignore")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread, without their minders, so that a killed one stays dead."""
    address = f"tcp://127.0.0.1:{free_port()}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    port = address.rpartition(":")[2]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    scheduler += ["--port", port, "--dashboard-address", ":0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    worker += ["--dashboard-address", ":0"]
    started = [subprocess.Popen(command, **quiet) for command in (scheduler, worker, worker)]  # type: ignore[call-overload]
    try:
        wait_for_workers(address, 2)
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


def test_a_cluster_makes_the_same_records_also_when_a_worker_is_killed(
    study: Study, tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    here = create_study(tmp_path / "here", settings())
    sweep(here)

    def kill_once(_record: RunRecord, _found: bool) -> None:
        if workers[0].poll() is None:
            os.kill(workers[0].pid, signal.SIGKILL)
            workers[0].wait()

    done = sweep(study, crew=dask(address), on_record=kill_once)
    assert done.complete
    assert without_times(study.records()) == without_times(here.records())


def test_a_cluster_that_is_not_there_is_one_message(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradwright.lab.executors.SECONDS_TO_CONNECT", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(RecordError, match=f"expected a scheduler at {address}, found none"):
        sweep(study, crew=dask(address))
