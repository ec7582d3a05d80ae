"""gradwright as a program of its own, and how a test waits for it or kills it.

A test waits for what stays true once it is, and for as long as it takes: ``PATIENCE`` only ends a hang. What
is to be killed in the middle of its work is killed at a named point of it, and not after a time.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Literal

PATIENCE = 600.0  # seconds: more than anything here takes on the busiest machine

STOPPED = """
import itertools, os, signal, sys
from pkgutil import resolve_name

from gradwright.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits an ignored Ctrl-C
how, point, when, times, *arguments = sys.argv[1:]
owner, _, name = point.rpartition(".")
function, calls = getattr(resolve_name(owner), name), itertools.count(1)

def stop():
    if next(calls) == int(times):
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(1, b"here")
        os.read(0, 1)

def stopping(*args, **kwargs):
    if when == "before":
        stop()
    result = function(*args, **kwargs)
    if when == "after":
        stop()
    return result

setattr(resolve_name(owner), name, stopping)
sys.exit(main(arguments))
"""


def kill_at(point: str, times: int, *arguments: object, when: Literal["before", "after"] = "before") -> None:
    """Run a command that SIGKILL ends at the n-th call of ``point``, a function by its dotted name.

    It dies as it would by a kill from outside in that moment, with all its threads and whatever they do.
    """
    command = [sys.executable, "-c", STOPPED, "kill", point, when, str(times), *map(str, arguments)]
    program = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    assert program.returncode == -signal.SIGKILL, program.stderr.decode()


@contextlib.contextmanager
def held_at(
    point: str, times: int, *arguments: object, exit_code: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that stands still before the n-th call of ``point`` while the block lasts.

    Then it goes on to its end, which must have this exit code.
    """
    command = [sys.executable, "-c", STOPPED, "hold", point, "before", str(times), *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as program:
        assert program.stdout is not None
        try:
            assert program.stdout.read(4) == b"here", program.communicate()
            yield program
            _, said = program.communicate(b"\n", timeout=PATIENCE)
            assert program.returncode == exit_code, said.decode()
            assert b"Traceback" not in said, said.decode()
        finally:
            program.kill()


def wait_for(reached: Callable[[], bool], program: subprocess.Popen[str]) -> None:
    """Wait until a program has come so far, which stays so; it must not end before."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.005)
