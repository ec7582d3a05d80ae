"""A request, carried out in a process of its own, which may print, hang or crash without harm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from gradwright.check.network import NetworkCheck
from gradwright.check.tracebacks import line_in_dump
from gradwright.errors import CheckError, ConfigError
from gradwright.usercode.request import Request

TOO_LATE = "was not done after {:g} s; give it more time with --timeout, or look at where it was"
GRACE = 10.0  # seconds over the limit: for Python to start, and for the process to end by itself


def check_target(request: Request) -> NetworkCheck:
    """Check the gradient of a function or class in a user's file, and a layer's invariants if it is asked to.

    The file is run by another process, so that its prints reach stderr alone, and a time limit holds in any
    state of it: a watchdog thread without Python's lock says which line was running, and ends the process.

    Raises ``ConfigError`` where the request names what is not there or has another form than expected, and
    ``CheckError`` where the user's code raises, crashes, or does not end in time; the message has the user's
    own line.
    """
    # -P: the folder that this is called in is no place to look for Python's own modules
    # -u: what is printed is seen at once, and is not lost in a crash
    command = [sys.executable, "-P", "-u", "-m", "gradwright.usercode.worker"]
    late = False
    # the answer comes in a file: a pipe would stay open for as long as a child of the user's code lives
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as answer,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=answer, text=True, encoding="utf-8", start_new_session=True
        ) as process,
    ):
        try:
            process.communicate(json.dumps(asdict(request)), request.timeout + GRACE)
        except subprocess.TimeoutExpired:
            late = True
        finally:  # also where Ctrl-C reaches this process alone
            _end(process)
        answer.seek(0)
        reply = answer.read()
    try:
        return _report(json.loads(reply))
    except json.JSONDecodeError:
        late = late or reply.startswith("Timeout")
        fate = TOO_LATE.format(request.timeout) if late else _end_of(process.returncode)
        line = line_in_dump(reply)
        raise CheckError(f"{request.target} {fate}" + (f"\n{line}" if line else "")) from None


def _report(found: dict[str, Any]) -> NetworkCheck:
    if "error" in found:
        raise (ConfigError if found["exit_code"] == ConfigError.exit_code else CheckError)(found["error"])
    return NetworkCheck.from_dict(found["report"])


def _end_of(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended its process with exit code {exit_code}"
    return f"crashed its process: {signal.strsignal(-exit_code)}"


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a process and those that it started, of which some may outlive it, and see it gone."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # none is left; macOS calls that forbidden
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
