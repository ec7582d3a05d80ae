"""What a disk does below one folder: every call that changes it, on record or made to fail.

The package writes through the calls of ``os`` that are named here (see ``gradwright.writing``); SQLite writes
by itself, and its file is looked at between the calls.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

BY_PATH = ("open", "replace", "mkdir", "unlink", "rmdir")
BY_HANDLE = ("write", "fsync", "ftruncate")
Call = Callable[..., Any]


@dataclass
class Failing:
    """The ``moment``-th call below ``root`` fails with ``code``; ``calls`` says which there were."""

    root: Path
    moment: int
    code: int
    calls: list[str] = field(default_factory=list)

    def call(self, name: str, real: Call, path: Path, *args: Any, **kwargs: Any) -> Any:
        self.calls.append(f"{name} {path.name}")
        if len(self.calls) == self.moment:
            raise OSError(self.code, os.strerror(self.code))
        return real(*args, **kwargs)


@dataclass
class Recorder:
    """Every call below ``root``, in terms of files (numbered as they are made) and names.

    ``before`` is asked before each call for what lies beside and is written by somebody else.
    """

    root: Path
    before: Callable[[], Any] = lambda: None
    log: list[tuple[Any, ...]] = field(default_factory=list)
    beside: list[Any] = field(default_factory=list)
    files: dict[Path, int] = field(default_factory=dict)
    made: int = 0

    def call(self, name: str, real: Call, path: Path, *args: Any, **kwargs: Any) -> Any:
        there = os.path.lexists(path)
        at = 0
        if name in ("write", "ftruncate"):
            at = os.lseek(args[0], 0, os.SEEK_CUR)
        self.beside.append(self.before())
        found = real(*args, **kwargs)
        self._note(name, path, there, at, args)
        del self.beside[len(self.log) :]
        return found

    def _note(self, name: str, path: Path, there: bool, at: int, args: tuple[Any, ...]) -> None:
        match name:
            case "open" if not there and path.exists():
                self.made += 1
                self.files[path] = self.made
                self.log.append(("create", path, self.made))
            case "write":
                self.log.append(("write", self.files[path], at, bytes(args[1])))
            case "ftruncate":
                self.log.append(("truncate", self.files[path], args[1]))
            case "fsync" if path in self.files:
                self.log.append(("sync", self.files[path]))
            case "fsync":
                self.log.append(("sync names", path))
            case "replace":
                target = Path(args[1])
                self.files[target] = self.files.pop(path)
                self.log.append(("rename", path, target, self.files[target]))
            case "mkdir":
                self.log.append(("folder", path))
            case "unlink" | "rmdir":
                self.files.pop(path, None)
                self.log.append(("remove", path))


@contextmanager
def without_waiting() -> Iterator[None]:
    """Flushing takes no time: what is on the disk for sure is known from the record, and asked of no disk."""
    with patch.object(os, "fsync", lambda _handle: None):
        yield


@contextmanager
def watched(disk: Failing | Recorder) -> Iterator[None]:
    """Every call that may change what lies below the root of ``disk`` goes through it."""

    def by_path(name: str, real: Call) -> Call:
        def called(path: Any, *args: Any, **kwargs: Any) -> Any:
            inside = isinstance(path, str | Path) and Path(path).is_relative_to(disk.root)
            if not inside or (name == "open" and not args[0] & (os.O_CREAT | os.O_RDWR | os.O_WRONLY)):
                return real(path, *args, **kwargs)
            return disk.call(name, real, Path(path), path, *args, **kwargs)

        return called

    def by_handle(name: str, real: Call) -> Call:
        def called(handle: int, *args: Any) -> Any:
            if not stat.S_ISREG(mode := os.fstat(handle).st_mode) and not stat.S_ISDIR(mode):
                return real(handle, *args)
            path = Path(f"/proc/self/fd/{handle}").readlink()
            if not path.is_relative_to(disk.root):
                return real(handle, *args)
            return disk.call(name, real, path, handle, *args)

        return called

    patches = [patch.object(os, name, by_path(name, getattr(os, name))) for name in BY_PATH]
    patches += [patch.object(os, name, by_handle(name, getattr(os, name))) for name in BY_HANDLE]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()
