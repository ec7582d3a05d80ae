"""One writer at a time; a lock ends with its process, leaves nothing behind, and says who holds it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gradwright.errors import RecordError
from gradwright.locks import holding, is_held, writing_file, writing_in

HOLD = """
import os, sys
from pathlib import Path
from gradwright.locks import holding

with holding(Path(sys.argv[1]), Path("it")):
    os.write(1, b"held")
    os.read(0, 1)
"""


def test_who_holds_a_folder_is_said_to_the_second(tmp_path: Path) -> None:
    who = rf"run: another process \(pid {os.getpid()} on {re.escape(socket.gethostname())}, since 2"
    with writing_in(tmp_path / "run"), pytest.raises(RecordError, match=who), writing_in(tmp_path / "run"):
        pytest.fail("two hold it")
    assert not (tmp_path / "run").exists()  # it was made for the lock, and nothing was written


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    with writing_in(tmp_path):
        pass
    assert tmp_path.exists()
    assert list(tmp_path.iterdir()) == []


def test_who_holds_a_file_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    taken, leave, log = threading.Event(), threading.Event(), tmp_path / "log"

    def first() -> None:
        with writing_file(log):
            taken.set()
            assert leave.wait(60)

    def second() -> None:
        with writing_file(log, patience=60):
            pass

    with ThreadPoolExecutor() as pool:
        one = pool.submit(first)
        assert taken.wait(60)
        with pytest.raises(RecordError, match="log: another process"), writing_file(log):
            pytest.fail("two hold it")
        two = pool.submit(second)
        leave.set()
        one.result()
        two.result()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.waits
def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as program:
        assert program.stdout is not None
        assert program.stdout.read(4) == b"held"
        assert is_held(lock)
        with pytest.raises(RecordError, match=f"pid {program.pid} on"), holding(lock, tmp_path):
            pytest.fail("two hold it")
        program.send_signal(signal.SIGKILL)
    assert lock.exists()
    assert not is_held(lock)
    assert not lock.exists()


@pytest.mark.waits
def test_a_copy_of_the_process_that_lives_on_holds_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    read, write = os.pipe()
    with holding(lock, tmp_path):
        child = os.fork()
        if child == 0:
            os.read(read, 1)
            os._exit(0)
    try:
        with holding(lock, tmp_path):
            assert is_held(lock)
    finally:
        os.write(write, b"\n")
        os.waitpid(child, 0)
        os.close(read)
        os.close(write)


def test_a_lock_whose_file_a_neighbour_removed_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "a.lock"
    samestat, answers = os.path.samestat, iter([False])
    monkeypatch.setattr(os.path, "samestat", lambda a, b: next(answers, None) is not False and samestat(a, b))
    with holding(lock, tmp_path):
        assert is_held(lock)


def test_a_lock_is_no_link_and_what_it_says_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a.lock").symlink_to("mine")
    with (
        pytest.raises(RecordError, match="a symbolic link stands there"),
        holding(tmp_path / "a.lock", tmp_path),
    ):
        pass
    assert (tmp_path / "mine").read_text() == "mine"
    with holding(tmp_path / "b.lock", tmp_path):
        (tmp_path / "b.lock").write_text("\x1b[2J")
        with pytest.raises(RecordError) as caught, holding(tmp_path / "b.lock", tmp_path):
            pass
    assert str(caught.value) == f"{tmp_path}: another process is writing here"
