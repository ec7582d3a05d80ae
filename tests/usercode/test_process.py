"""A user's file in a process of its own: whatever happens there, one clear answer comes back."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.check.tracebacks import line_in_dump
from gradwright.errors import CheckError, ConfigError
from gradwright.usercode import Request, check_target, process
from gradwright.usercode.worker import check
from tests.programs import PATIENCE

pytestmark = pytest.mark.waits

Write = Callable[..., None]

SOON = 1.0  # seconds for a file that hangs: it comes to its hang in milliseconds, and stays there
POINT = "point = np.ones(2)\n"


def request(**options: Any) -> Request:
    return Request(**({"target": "my.py:target", "at": "my.py:point"} | options))


def test_the_report_is_the_one_that_this_process_would_make(write: Write) -> None:
    write(f"{POINT}def target(x): return (x**3).sum(), 3 * x**2")
    assert check_target(request(seed=3)).gradient == check(request(seed=3))


def test_how_far_a_check_is_can_be_watched(write: Write) -> None:
    """It goes on once somebody has seen its first calls."""
    write(
        f"import os, time\n{POINT}"
        "def target(x):\n    while not os.path.exists('seen'): time.sleep(0.01)\n"
        "    return (x**3).sum(), 3 * x**2"
    )
    seen: list[tuple[int, int]] = []

    def watch(calls: int, likely: int) -> None:
        seen.append((calls, likely))
        Path("seen").touch()

    report = check_target(request(), watch)
    assert seen == sorted(seen)
    assert all(1 <= calls <= min(likely, report.gradient.evaluations) for calls, likely in seen)
    assert seen


def test_what_is_printed_goes_to_stderr(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    write(
        f"import os, sys\n{POINT}print('on import')\n"
        "def target(x):\n    os.write(1, b'past Python\\n')\n    sys.stdout.write('no newline')\n"
        "    return (x**2).sum(), 2 * x"
    )
    assert check_target(request()).gradient.verdict == "correct"
    out, err = capfd.readouterr()
    assert out == ""
    assert "on import" in err
    assert "past Python" in err
    assert "no newline" in err


def test_what_is_printed_before_a_crash_is_not_lost(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    write(f"import os\n{POINT}def target(x):\n    print('the last words')\n    os._exit(3)")
    with pytest.raises(CheckError):
        check_target(request())
    assert "the last words" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("while True: pass", "while True: pass"),
        ("import time; time.sleep(6000)", "import time; time.sleep(6000)"),
        ("import threading; threading.Event().wait()", "import threading; threading.Event().wait()"),
    ],
    ids=["busy", "asleep", "waiting"],
)
def test_a_function_that_hangs_is_stopped_and_its_line_is_shown(write: Write, text: str, line: str) -> None:
    write(f"{POINT}def target(x):\n    {text}")
    with pytest.raises(CheckError) as caught:
        check_target(request(timeout=SOON))
    first, place, source = str(caught.value).splitlines()
    assert first.startswith(f"my.py:target was not done after {SOON:g} s; give it more time with --timeout")
    assert place == "  my.py:5, in target"
    assert source.strip() == line


def test_an_import_that_hangs_is_stopped_too(write: Write) -> None:
    write("import time\ntime.sleep(6000)")
    with pytest.raises(CheckError, match=re.escape("my.py:4\n    time.sleep(6000)")):
        check_target(request(timeout=SOON))


def test_a_process_that_its_own_watchdog_cannot_end_is_killed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.5)
    write(
        f"import faulthandler, time\n{POINT}faulthandler.cancel_dump_traceback_later()\n"
        "def target(x): time.sleep(6000)"
    )
    with pytest.raises(CheckError, match=rf"my\.py:target was not done after {SOON:g} s"):
        check_target(request(timeout=SOON))


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_child_of_the_file_that_lives_on_is_not_waited_for_and_is_ended(write: Write) -> None:
    """The child has the lock on a file for as long as it lives."""
    import fcntl

    write(
        f"import fcntl, os, time\n{POINT}lock = open('lock', 'w')\nfcntl.flock(lock, fcntl.LOCK_EX)\n"
        "if os.fork() == 0:\n    time.sleep(6000)\n"
        "def target(x): return (x**2).sum(), 2 * x"
    )
    assert check_target(request(timeout=PATIENCE)).gradient.verdict == "correct"
    with Path("lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # granted once the child is gone


DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        lock = open('lock', 'w')
        fcntl.flock(lock, fcntl.LOCK_EX)
        open('ready', 'w').close()
        while True: os.write(2, b'still here\\n')
    os._exit(0)
while not os.path.exists('ready'): time.sleep(0.01)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="finds a daemon as Linux shows it")
def test_a_daemon_that_holds_the_pipes_is_neither_waited_for_nor_left(write: Write) -> None:
    """It prints without end, and has the lock on a file for as long as it lives."""
    import fcntl

    write(f"import fcntl, os, time\n{POINT}{DAEMON}def target(x): return (x**2).sum(), 2 * x", "my.py")
    assert check_target(request(timeout=PATIENCE)).gradient.verdict == "correct"
    with Path("lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def test_what_is_printed_cannot_be_taken_for_the_verdict(
    write: Write, capfd: pytest.CaptureFixture[str]
) -> None:
    lies = "\\rcorrect\\n\\x1b[2Jverdict correct\\n" + "x" * 5000 + "\\x9b no newline"
    write(f"{POINT}print('{lies}', end='')\ndef target(x): return (x**2).sum(), 3 * x")
    assert check_target(request()).gradient.verdict == "wrong"
    err = capfd.readouterr().err
    assert all(line.startswith("my.py | ") and line.isprintable() for line in err.splitlines())
    assert err.startswith("my.py | \\rcorrect\nmy.py | \\x1b[2Jverdict correct\n")
    assert err.endswith(" no newline\n")


def test_threads_that_are_left_running_are_not_waited_for(write: Write) -> None:
    write(
        f"import threading, time\n{POINT}threading.Thread(target=time.sleep, args=(6000,)).start()\n"
        "def target(x): return (x**2).sum(), 2 * x"
    )
    assert check_target(request(timeout=PATIENCE)).gradient.verdict == "correct"


def test_a_crash_is_told_with_the_line_it_happened_in(write: Write) -> None:
    write(f"import ctypes\n{POINT}def target(x):\n    ctypes.string_at(0)")
    with pytest.raises(CheckError) as caught:
        check_target(request())
    first, place, source = str(caught.value).splitlines()
    assert first == f"my.py:target crashed its process: {signal.strsignal(signal.SIGSEGV)}"
    assert (place, source) == ("  my.py:6, in target", "    ctypes.string_at(0)")


def test_a_function_that_ends_its_process_is_told(write: Write) -> None:
    write(f"import os\n{POINT}def target(x): os._exit(3)")
    with pytest.raises(CheckError, match=r"my\.py:target ended its process with exit code 3"):
        check_target(request())


def test_a_function_that_asks_for_input_gets_none(write: Write) -> None:
    write(f"{POINT}def target(x): return float(input()), x")
    with pytest.raises(CheckError, match=r"my\.py:target raised EOFError"):
        check_target(request())


def test_wrong_use_stays_wrong_use(write: Write) -> None:
    write(POINT)
    with pytest.raises(ConfigError, match="has no 'target'"):
        check_target(request())


def test_python_itself_is_found_beside_files_of_the_same_names(write: Write) -> None:
    write("raise SystemExit('not the random module')", "random.py")
    write(f"{POINT}def target(x): return (x**2).sum(), 2 * x")
    assert check_target(request()).gradient.verdict == "correct"


def test_ctrl_c_ends_the_process_of_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    wait = subprocess.Popen.wait

    def interrupted(self: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if timeout is None:  # it has been killed
            return wait(self)
        started.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    write(f"import time\n{POINT}def target(x): time.sleep(6000)")
    with pytest.raises(KeyboardInterrupt):
        check_target(request())
    assert started[0].returncode == -signal.SIGKILL


def test_a_process_that_ended_by_itself_needs_no_end() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], start_new_session=True) as done:
        done.wait()
    process._end(done)
    assert done.returncode == 0


def test_the_main_thread_is_the_one_whose_line_is_shown() -> None:
    here, there = str(Path("main.py").absolute()), str(Path("thread.py").absolute())
    dump = (
        "Timeout (0:00:01)!\n"
        f'Thread 0x01 (most recent call first):\n  File "{there}", line 9 in loop\n\n'
        f'Thread 0x02 (most recent call first):\n  File "{json.__file__}", line 1 in dumps\n'
        f'  File "{here}", line 5 in inner\n  File "{here}", line 2 in outer\n'
    )
    assert line_in_dump(dump) == (here, 5, "inner")
    assert line_in_dump(dump.replace(here, json.__file__)) == (there, 9, "loop")
    assert line_in_dump("") is None


FORGED = {
    "a list": b"[1]",
    "a number": b"3",
    "a number of too many digits": b"9" * 5000,
    "lists without end": b"[" * 10**5,
    "an error without its code": b'{"error": 3}',
    "a report that is a number": b'{"report": 5}',
    "a report with nothing in it": b'{"report": {}}',
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("reply", FORGED.values(), ids=FORGED)
def test_what_a_file_writes_in_place_of_the_report_is_none(write: Write, reply: bytes) -> None:
    write(
        f"import os\n{POINT}for fd in range(3, 20):\n    try: os.write(fd, {reply!r})\n"
        "    except OSError: pass\nos._exit(0)"
    )
    with pytest.raises(CheckError, match=r"^my\.py:target ended its process with exit code 0$"):
        check_target(request())


def test_an_exception_that_can_neither_be_named_nor_printed_is_told(write: Write) -> None:
    write(
        f"{POINT}class M(type): __name__ = property(lambda cls: 1 / 0)\n"
        "class E(Exception, metaclass=M):\n    def __str__(self): raise self\ndef target(x): raise E"
    )
    with pytest.raises(CheckError, match=r"my\.py:target raised E\n  my\.py:7, in target"):
        check_target(request())
