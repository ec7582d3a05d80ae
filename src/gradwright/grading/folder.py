"""The folder of one process that nobody trusts: locked by its grader, and removed whatever was left in it."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "gradwright-submission-"
NAME = re.compile(rf"{PREFIX}[a-z0-9_]{{8}}")  # as mkdtemp makes them; nobody's own folder is called so
OPENED = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A new folder, for as long as it is needed; those of graders that were killed are removed first.

    The lock on it is held by a descriptor, and so ends with its grader however that ends.
    """
    remove_orphans()
    folder, lock = _new()
    try:
        yield folder
    finally:
        remove(folder)
        os.close(lock)


def remove_orphans() -> None:
    """Remove the folders of this user's graders that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if not NAME.fullmatch(folder.name) or folder.lstat().st_uid != os.getuid():
                continue
            lock = os.open(folder, OPENED)
            try:
                if _locked(lock):
                    remove(folder)
            finally:
                os.close(lock)


def holds_more(folder: Path, files: int, size: int) -> bool:
    """Whether a folder holds more than so many files and folders, or bytes in them."""
    waiting = [folder]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                files -= 1
                with suppress(OSError):
                    size -= entry.stat(follow_symlinks=False).st_size
                if files < 0 or size < 0:
                    return True
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
    return False


def remove(folder: Path) -> None:
    """Remove a folder, however deep it is and whatever its permissions, as far as the system allows.

    A folder inside goes up to the top before it is emptied, so that neither a path nor a recursion grows.
    Links are removed and not followed.
    """
    waiting, name, lifted = [folder], secrets.token_hex(8), itertools.count()
    emptied: list[Path] = []
    while waiting:
        current = waiting.pop()
        emptied.append(current)
        with suppress(OSError):
            current.chmod(stat.S_IRWXU)
            with os.scandir(current) as entries:
                for entry in entries:
                    path = Path(entry.path)
                    with suppress(OSError):
                        if not entry.is_dir(follow_symlinks=False):
                            path.unlink()
                        elif current == folder:
                            waiting.append(path)
                        else:
                            path.chmod(stat.S_IRWXU)  # a folder that cannot be written cannot be moved
                            waiting.append(path.rename(folder / f"{name}-{next(lifted)}"))
    for each in reversed(emptied):
        with suppress(OSError):
            each.rmdir()


def _new() -> tuple[Path, int]:
    """A folder and the lock on it; another grader may have taken it for an orphan in between."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            lock = os.open(folder, OPENED)
            if _locked(lock) and folder.exists():
                return folder, lock
            os.close(lock)


def _locked(descriptor: int) -> bool:
    """Take the lock of a folder, unless somebody lives who holds it."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
