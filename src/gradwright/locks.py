"""One writer at a time: a lock by descriptor, which ends with its process and says who holds it.

A lock is a file that is locked while it is held and removed when it is let go. The operating system drops the
lock of a process that ends, however it ends; the file that such a process leaves says nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep, strftime

from gradwright.errors import RecordError
from gradwright.writing import LOCK, MODE, NOT_THROUGH_LINKS, make_folder, named

HOLDER = re.compile(rb"pid \d+ on [\w.-]+, since [\d: -]+")
LENGTH = 200  # bytes that say who holds it
PAUSE = 0.02  # seconds until a lock is asked for again
_held: set[int] = set()


@contextlib.contextmanager
def writing_in(folder: Path, patience: float = 0.0) -> Iterator[None]:
    """Be the only one who writes in ``folder``, which is made where it is missing.

    Who writes there now is waited for, ``patience`` seconds.

    Raises ``RecordError`` that says who is writing there, where somebody is.
    """
    new = not folder.exists()
    make_folder(folder)
    try:
        with holding(folder / LOCK, folder, patience):
            yield
    finally:
        if new:  # and nothing was written
            with contextlib.suppress(OSError):
                folder.rmdir()


def writing_file(path: Path, patience: float = 0.0) -> contextlib.AbstractContextManager[None]:
    """Be the only one who writes the file at ``path``; as ``writing_in``, for a file of its own."""
    return holding(path.with_name(f".{path.name}{LOCK}"), path, patience)


@contextlib.contextmanager
def holding(lock: Path, what: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold ``lock``, by which ``what`` is written.

    Raises ``RecordError`` that says who holds it, where somebody does.
    """
    end = monotonic() + patience
    with named(lock):
        while (handle := _taken(lock)) is None and monotonic() < end:
            sleep(PAUSE)
    if handle is None:
        raise RecordError(f"{what}: another process{_holder(lock)} is writing here")
    _held.add(handle)
    try:
        with named(lock):
            said = f"pid {os.getpid()} on {socket.gethostname()}, since {strftime('%F %T')}"
            os.ftruncate(handle, 0)
            os.write(handle, said.encode())
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.unlink()  # while it is held: whoever opened it in the meantime sees that it is gone
        _held.discard(handle)
        os.close(handle)


def is_held(lock: Path) -> bool:
    """Whether a process holds this lock; the file of a process that was killed is removed.

    Raises ``RecordError`` that names the file where it cannot be asked.
    """
    with named(lock), contextlib.suppress(FileNotFoundError):
        handle = os.open(lock, os.O_RDWR | NOT_THROUGH_LINKS)
        try:
            if not _try(handle):
                return True
            lock.unlink()
        finally:
            os.close(handle)
    return False


def _taken(lock: Path) -> int | None:
    """The lock, held; taken again where its file was removed between its making and its locking."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | NOT_THROUGH_LINKS, MODE)
        try:
            if not _try(handle):
                os.close(handle)
                return None
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), lock.stat()):
                    return handle
            os.close(handle)
        except OSError:
            os.close(handle)
            raise


def _holder(lock: Path) -> str:
    """Who holds a lock, in brackets; nothing where that cannot be read."""
    with contextlib.suppress(OSError):
        handle = os.open(lock, os.O_RDONLY | NOT_THROUGH_LINKS)
        try:
            said = os.read(handle, LENGTH)
        finally:
            os.close(handle)
        if HOLDER.fullmatch(said):
            return f" ({said.decode('ascii', 'replace')})"
    return ""


if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30  # a byte that is locked cannot be read, so it is none that says who holds the lock

    def _try(handle: int) -> bool:
        os.lseek(handle, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _try(handle: int) -> bool:
        """Lock an open file, unless somebody else has."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go() -> None:
        """A copy of this process holds none of its locks: it may live on when this one has ended."""
        for handle in _held:
            os.close(handle)
        _held.clear()

    os.register_at_fork(after_in_child=_let_go)
