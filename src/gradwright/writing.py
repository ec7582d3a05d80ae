"""The one door for writing: a crash leaves the old or the new, a power cut too, and no link is followed.

A file is written beside its place under a name of its own, flushed to the disk and moved into place; then the
folder is flushed, since a name is on the disk only when its folder is. A line is there when its newline is.
Whatever is written or removed here is on the disk when the function returns.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from gradwright.errors import RecordError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SCRATCH = ".part"  # how the name of a file ends that is still being written
LOCK = ".lock"  # in a folder while somebody writes there (see locks.py)
NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)  # what Windows lacks is 0
MODE = 0o666  # less what the user's mask takes away


def write_atomically(path: Path, content: bytes | str) -> None:
    """Put ``content`` at ``path`` in one step: a reader or a crash finds the old file or the new one.

    A link at ``path`` is replaced, and what it points to is left alone.

    Raises ``RecordError`` that names the file where the disk is full or writing is not allowed.
    """
    data = content.encode() if isinstance(content, str) else content
    with named(path):
        while not _put(path, [data]):  # somebody tidied up here in the meantime
            pass
        sync_folder(path.parent)


def write_parts(path: Path, parts: Iterable[str]) -> None:
    """As ``write_atomically``, with content that comes in parts and need not fit into memory.

    Raises ``RecordError`` that names the file where the disk is full, or writing is not allowed.
    """
    with named(path):
        if not _put(path, (part.encode() for part in parts)):
            raise FileNotFoundError(errno.ENOENT, "what was written so far was removed")
        sync_folder(path.parent)


def _put(path: Path, parts: Iterable[bytes]) -> bool:
    """Write ``parts`` beside ``path`` and move them there; False where that was removed in the meantime."""
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}{SCRATCH}")
    try:
        with _opened(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as handle:
            for part in parts:
                _write(handle, part)
            os.fsync(handle)
        scratch.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            scratch.unlink()
        if isinstance(error, FileNotFoundError) and path.parent.is_dir():
            return False
        raise
    return True


def remove_unfinished(path: Path) -> None:
    """Remove what processes that were killed while they wrote ``path`` have left beside it.

    One that lives, and is writing it just now, writes it again.

    Raises ``RecordError`` that names the file which cannot be removed.
    """
    with named(path.parent):
        left = [*path.parent.glob(f".{glob.escape(path.name)}.*{SCRATCH}")]
    remove(*left)


def append_line(path: Path, line: str) -> None:
    """Add one line to a file, which is new where there is none; a failure or a crash leaves no part of it.

    An unfinished line at the end, which only a crash leaves, is taken back first.

    Raises ``RecordError`` that names the file where the disk is full, writing is not allowed, or a link
    stands in its place.
    """
    data = (line if line.endswith("\n") else f"{line}\n").encode()
    with named(path):
        new = not os.path.lexists(path)
        with _opened(path, os.O_RDWR | os.O_CREAT) as handle:
            end = _cut_unfinished(handle)
            try:
                _write(handle, data)
                os.fsync(handle)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(handle, end)
                raise
        if new:
            sync_folder(path.parent)


def add_entry(path: Path, entry: DataclassInstance) -> None:
    """Add an entry to a file with one a line.

    Raises ``RecordError`` that names the file where it cannot be written.
    """
    append_line(path, json.dumps(asdict(entry)))


def make_folder(path: Path) -> None:
    """A new folder with its parents, or the one that is there.

    Raises ``RecordError`` that names the folder where it cannot be made.
    """
    if path.is_dir():
        return
    with named(path):
        if path.parent != path:
            make_folder(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            sync_folder(path.parent)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def make_inner_folder(path: Path) -> None:
    """A folder inside one of a run or a study, new or the one that is there, which must not be a link.

    Whoever made the folder around it may be a stranger, and has no say in what is written elsewhere.

    Raises ``RecordError`` that names the folder where it cannot be made, or is a link.
    """
    refuse_link(path)
    make_folder(path)


def refuse_link(path: Path) -> None:
    """Raise ``RecordError`` where a symbolic link stands at ``path``."""
    if path.is_symlink():
        raise RecordError(f"{path}: expected no symbolic link inside a run or a study, found one")


def move(path: Path, target: Path) -> None:
    """Give a file another name in its folder; a file of that name is replaced.

    Raises ``RecordError`` that names the file where it cannot be moved.
    """
    with named(path):
        path.replace(target)
        sync_folder(target.parent)


def remove(*paths: Path) -> None:
    """Remove those files of one folder that are there.

    Raises ``RecordError`` that names the file which cannot be removed.
    """
    gone = []
    for path in paths:
        with named(path), contextlib.suppress(FileNotFoundError):
            path.unlink()
            gone.append(path)
    for path in gone[:1]:
        with named(path):
            sync_folder(path.parent)


def in_use(path: Path) -> bool:
    """Whether something is there, other than a lock and files that are just being written."""
    if not path.is_dir():
        return os.path.lexists(path)
    return any(entry.name != LOCK and not entry.name.endswith(SCRATCH) for entry in path.iterdir())


def sync_folder(path: Path) -> None:
    """Flush the names in a folder to the disk."""
    if os.name == "nt":  # which flushes them itself, and opens no folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that flushes no folder
            raise
    finally:
        os.close(handle)


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors of the operating system as ``RecordError`` that names the file."""
    try:
        yield
    except OSError as error:
        link = error.errno == errno.ELOOP
        why = "a symbolic link stands there" if link else error.strerror or error
        raise RecordError(f"{path}: could not be written: {why}") from error


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, flags | NOT_THROUGH_LINKS, MODE)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        yield handle
    finally:
        os.close(handle)


def _write(handle: int, data: bytes) -> None:
    """All of ``data``: the operating system may take it in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _cut_unfinished(handle: int) -> int:
    """Go to the end of the last whole line, where the file then ends, and say where that is."""
    end = os.lseek(handle, 0, os.SEEK_END)
    if end == 0 or (os.lseek(handle, -1, os.SEEK_END), os.read(handle, 1))[1] == b"\n":
        return end
    os.lseek(handle, 0, os.SEEK_SET)
    whole = b""
    while block := os.read(handle, 1 << 20):
        whole += block
    end = whole.rfind(b"\n") + 1
    os.ftruncate(handle, end)
    return os.lseek(handle, end, os.SEEK_SET)
