"""Ctrl-C as a question that the loop asks between steps, so that no update is cut in half."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Within the block, the function that is given tells whether Ctrl-C was pressed.

    A second Ctrl-C is not waited for: it raises ``KeyboardInterrupt`` at once. Outside the main thread,
    where Python lets nobody handle signals, the answer stays no; so it does in a process that was started
    to ignore Ctrl-C, as shells start jobs in the background.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored or threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    pressed = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
