"""Processes that carry out work for a driver: they leave Ctrl-C to it, and do not outlive it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait

AGAIN = 0.5  # seconds between two looks at workers that are to end


def enter() -> None:
    """What a worker process does first: leave Ctrl-C to its driver, and end when its driver does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def end(pool: ProcessPoolExecutor) -> None:
    """Let the workers of a pool come to their end.

    Where one is killed while it waits for the next run, the others wait for a lock that it held, and would
    not hear that there are no more runs: they are ended then. How a worker ended may be known a little
    later than that it did, because the pool waits for it too: so it is looked at again and again.
    """
    workers = [*pool._processes.values()]
    pool.shutdown(wait=False, cancel_futures=True)
    while left := [worker for worker in workers if worker.is_alive()]:
        wait([worker.sentinel for worker in left], AGAIN)
        if any(worker.exitcode for worker in workers):
            for worker in left:
                worker.terminate()


def end_at_once(pool: ProcessPoolExecutor) -> None:
    """End the workers of a pool in the middle of what they are doing."""
    workers = [*(pool._processes or {}).values()]
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Ctrl-C comes afterwards, and never to a process that is started meanwhile.

    Until such a one has loaded NumPy and reaches ``enter``, Ctrl-C would end it with a traceback.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
