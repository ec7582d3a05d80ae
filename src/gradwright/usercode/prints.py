"""What a user's file prints, passed on while it runs: each line marked as the file's, which no verdict is."""

from __future__ import annotations

import codecs
import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gradwright.printable import printable

CHUNK = 2**16  # bytes, as many as a pipe holds
LONGEST = 2000  # characters of a line; the rest goes to the next one
WINDOWS_WAITS = 1.0  # seconds for what is still in the pipe
SOON = 0.05  # seconds after which a silent pipe is looked at again


@contextmanager
def passed_on(pipe: int, name: str) -> Iterator[None]:
    """Write what comes through a pipe to stderr, behind the name of the file, until the block is left.

    What is in the pipe by then is written too. Its end is not waited for: it comes when the last process has
    closed it, and the file may have left one running.
    """
    left = threading.Event()
    thread = threading.Thread(target=_pass_on, args=(pipe, name, left), daemon=True)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join(WINDOWS_WAITS if sys.platform == "win32" else None)


def _pass_on(pipe: int, name: str, left: threading.Event) -> None:
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    rest = ""
    over = False
    while not over:
        over = left.is_set()  # and then this look is the last one
        if _has_more(pipe, 0 if over else SOON):
            chunk = os.read(pipe, CHUNK)
            over = over or not chunk
            *lines, rest = (rest + decode(chunk)).split("\n")
            _say(name, lines)
            if len(rest) > LONGEST:
                _say(name, [rest])
                rest = ""
    _say(name, [rest] if rest else [])


def _has_more(pipe: int, seconds: float) -> bool:
    """Whether there is something to read, or the end; Windows, which cannot tell, waits for it."""
    return sys.platform == "win32" or bool(select.select([pipe], [], [], seconds)[0])


def _say(name: str, lines: list[str]) -> None:
    for line in lines:
        for start in range(0, max(len(line), 1), LONGEST):
            sys.stderr.write(f"{name} | {printable(line[start : start + LONGEST])}\n")
    sys.stderr.flush()
