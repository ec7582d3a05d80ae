"""How far the process of a user's file is: the counts of its check, in a file that both processes hold open.

The process that checks writes them in one place, over and over; whoever asked looks now and then. Nothing
waits for anybody, whatever the user's code does.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

Watch: TypeAlias = Callable[[int, int], None]

BYTES = 40  # of a record: two numbers and blanks
EVERY = 0.1  # seconds


def written_to(file: int) -> Watch:
    """What writes its counts into an open file, ten times a second at most."""
    last = 0.0

    def watch(calls: int, likely: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > EVERY:
            last = now
            with suppress(OSError):  # the user's code may have closed it
                os.pwrite(file, f"{calls} {likely}".ljust(BYTES).encode(), 0)

    return watch


def wait(process: subprocess.Popen[bytes], seconds: float, file: int, watch: Watch) -> None:
    """Wait for a process as ``Popen.wait`` does, and tell ``watch`` what it has written into the file."""
    until = time.monotonic() + seconds
    while True:
        left = until - time.monotonic()
        try:
            process.wait(max(0.0, min(EVERY, left)))
        except subprocess.TimeoutExpired:
            if left <= 0:
                raise
        else:
            return
        counts = os.pread(file, BYTES, 0).split()
        if len(counts) == 2 and all(each.isdigit() for each in counts):
            watch(int(counts[0]), int(counts[1]))
