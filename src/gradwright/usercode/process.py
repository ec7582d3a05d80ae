"""A request, carried out in a process of its own, which may print, hang or crash without harm."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from gradwright.check.network import NetworkCheck
from gradwright.check.tracebacks import line_in_dump
from gradwright.errors import CheckError, ConfigError, RecordError
from gradwright.inputs import parse_table, parsing
from gradwright.usercode.prints import passed_on
from gradwright.usercode.progress import Watch, wait
from gradwright.usercode.request import Request

T = TypeVar("T")

TOO_LATE = "was not done after {:g} s; give it more time with --timeout, or look at where it was"
AT_IMPORT = (
    "was not imported after {:g} s: what it does as a script, such as training, is to stand under "
    'if __name__ == "__main__":, where an import does not run it'
)
IMPORTING = re.compile(
    r", line \d+ in <module>$(?=\s+File .*importlib)", re.MULTILINE
)  # in a dump of the stack
MOST_REPLY = 2**26  # characters
MARK = "GRADWRIGHT_CHECKED"  # a variable that all processes of a file have, also those that left its group
MOST_ROUNDS = 100
CAN_SHARE = sys.platform != "win32"  # an open file with another process
GRACE = 10.0  # seconds over the limit: for Python to start, and for the process to end by itself


def check_target(request: Request, watch: Watch | None = None) -> NetworkCheck:
    """Check the gradient of a function or class in a user's file, and a layer's invariants if it is asked to.

    Raises ``ConfigError`` where the request names what is not there or has another form than expected, and
    ``CheckError`` where the user's code raises, crashes, or does not end in time; the message has the user's
    own line. ``watch`` is told now and then how many calls there were, and how many it will likely be.
    """
    return _answered(request, lambda found: NetworkCheck.from_dict(found["report"]), watch)


def names_in(path: str, **options: Any) -> list[str]:
    """What there is to check in the file at ``path``; ``options`` are those of a request.

    Raises what ``check_target`` raises.
    """
    request = Request(path, lists=True, **options)
    return _answered(request, lambda found: [str(name) for name in found["names"]])


def _answered(request: Request, read: Callable[[Mapping[str, Any]], T], watch: Watch | None = None) -> T:
    """What ``read`` makes of the answer to a request.

    The file is run by another process, so that its prints reach stderr alone, each line behind the file's
    name, and a time limit holds in any state of it: a watchdog thread without Python's lock says which line
    was running, and ends the process. What it started is ended with it, and never waited for.
    """
    # -P: the folder that this is called in is no place to look for Python's own modules
    # -u: what is printed is seen at once, and is not lost in a crash
    command = [sys.executable, "-P", "-u", "-m", "gradwright.usercode.worker"]
    late = False
    mark = f"{MARK}={secrets.token_hex(16)}"
    # the answer comes in a file: a pipe would stay open for as long as a child of the user's code lives
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as answer,
        tempfile.TemporaryFile() as counts,
        subprocess.Popen(
            [*command, str(counts.fileno())] if watch is not None and CAN_SHARE else command,
            pass_fds=(counts.fileno(),) if CAN_SHARE else (),
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.PIPE,
            env=os.environ | dict([mark.split("=")]),
            start_new_session=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stderr is not None
        file = request.target if request.lists else request.target.rpartition(":")[0]
        with passed_on(process.stderr.fileno(), file):
            try:
                with suppress(BrokenPipeError), process.stdin as question:
                    question.write(json.dumps(asdict(request)).encode())
                if watch is not None and CAN_SHARE:
                    wait(process, request.timeout + GRACE, counts.fileno(), watch)
                else:
                    process.wait(request.timeout + GRACE)
            except subprocess.TimeoutExpired:
                late = True
            finally:  # also where Ctrl-C reaches this process alone
                _end(process)
                _end_marked(mark)
        answer.seek(0)
        reply = answer.read(MOST_REPLY)
    try:
        return _read(reply, request.target, read)
    except RecordError:  # none: the process ended before it, or the file wrote something in its place
        late = late or reply.startswith("Timeout")
        fate = TOO_LATE.format(request.timeout) if late else _end_of(process.returncode)
        line = line_in_dump(reply)
        if late and IMPORTING.search(reply):
            fate = AT_IMPORT.format(request.timeout)
        raise CheckError(f"{request.target} {fate}" + (f"\n{line}" if line else "")) from None


def _read(reply: str, target: str, read: Callable[[Mapping[str, Any]], T]) -> T:
    """What ``read`` makes of a reply; raises the error in it, and ``RecordError`` where it holds neither."""
    what = "a report"
    with parsing(target, what, RecordError):
        found = parse_table(reply, target, RecordError, what)
        if "error" not in found:
            return read(found)
        raise (ConfigError if found["exit_code"] == ConfigError.exit_code else CheckError)(
            str(found["error"])
        )


def _end_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended its process with exit code {exit_code}"
    return f"crashed its process: {signal.strsignal(-exit_code)}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and those of its group, of which some may outlive it, and see it gone."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # none is left; macOS calls that forbidden
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_marked(mark: str) -> None:
    """Kill the processes with a mark in their environment, which outlive their group as a daemon does.

    Only Linux shows the environment of a process; elsewhere a daemon lives on.
    """
    for _ in range(MOST_ROUNDS):  # one that starts others may do so while they are looked for
        found = False
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):  # it has ended, or is another user's
                if mark.encode() in environment.read_bytes().split(b"\0"):
                    os.kill(int(environment.parent.name), signal.SIGKILL)
                    found = True
        if not found:
            break
