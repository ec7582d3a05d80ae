"""The one door for bytes from outside: regular files of bounded size, and JSON of bounded depth and numbers.

A path may lead to a pipe that never ends, to a device, or out of the folder that holds it; a small file may
nest to any depth and spell any number. All of that is refused here, in one sentence with the file in front,
as the kind of error that the caller ``raises``.
"""

from __future__ import annotations

import datetime
import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from gradwright.errors import GradwrightError

MOST_TABLE = 2**26  # bytes of a file in JSON, whose values take some 25 times its size at worst
MOST_DEPTH = 100  # tables and lists within each other; a network of 20 blocks in blocks has 60
MOST_BITS = 128  # of a whole number; NumPy's seeds have as many

Raises = type[GradwrightError]

READ_AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # what Windows lacks is 0

KINDS = {  # what a path may lead to that is no file to be read
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link, which is not followed here",
}


def open_input(
    path: Path, raises: Raises, what: str = "a file", most: int | None = None, links: bool = True
) -> BinaryIO:
    """The regular file at ``path``, opened for reading bytes; nothing else is waited for or opened.

    ``what`` it should be and the ``most`` bytes that it may have are said in the message. Without ``links``
    the path itself must not be one: inside the folder of a run or a study it would lead out of it. The folder
    may be reached by any path that the user names.

    Raises ``raises`` where there is no such file, or another kind of one, or a larger one.
    """
    expected = f"{path}: expected {what}, found"
    try:
        descriptor = os.open(path, READ_AT_ONCE if links else READ_AT_ONCE | NO_LINK)
    except FileNotFoundError:
        raise raises(f"{expected}: no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        raise raises(f"{expected}: {_refusal(path, error)}") from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise raises(f"{expected}: {KINDS.get(stat.S_IFMT(about.st_mode), 'a special file')}")
        if most is not None and about.st_size > most:
            raise raises(f"{expected}: {about.st_size:,} bytes, where {most:,} is the most")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_input(path: Path, raises: Raises, what: str, most: int, links: bool = True) -> bytes:
    """The content of the file at ``path``: never more than ``most`` bytes, whatever it says of its size.

    Raises as ``open_input`` does, and where the file cannot be read.
    """
    with open_input(path, raises, what, most, links) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            content = file.read(size + 1)
            if len(content) > size:  # it grew, or it is one of the kernel's, which say 0
                content += file.read(most + 1 - len(content))
        except OSError as error:
            raise raises(f"{path}: expected {what}, found: {error.strerror or error}") from None
    if len(content) > most:
        raise raises(f"{path}: expected {what}, found: more than {most:,} bytes, which is the most")
    return content


def decoded(content: bytes, where: object, what: str, raises: Raises) -> str:
    """The text that bytes hold in UTF-8.

    Raises ``raises`` for bytes that are none.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = f"{error.reason} at byte {error.start}"
        raise raises(f"{where}: expected {what}, found: no text in UTF-8 ({place})") from None


def parse_json(text: bytes | str, where: object, raises: Raises, what: str = "JSON") -> Any:
    """The value of a JSON text; NaN and infinities are numbers, as Python writes them.

    Raises ``raises``, which begins with ``where``, for text that is no JSON or no UTF-8, nests too deeply, or
    holds a whole number of more than 128 bits.

    >>> from gradwright.errors import RecordError
    >>> parse_json('{"epoch": 3', "history.jsonl, line 4", RecordError)
    Traceback (most recent call last):
    gradwright.errors.RecordError: history.jsonl, line 4: expected JSON, found: Expecting ',' delimiter: ...
    """
    if isinstance(text, bytes):
        text = decoded(text, where, what, raises)
    with parsing(where, what, raises):
        try:
            value = json.loads(text)
        except ValueError as error:  # also a number with too many digits
            raise raises(f"{where}: expected {what}, found: {error}") from None
    require_plain(value, where, what, raises)
    return value


def parse_table(text: bytes | str, where: object, raises: Raises, what: str) -> dict[str, Any]:
    """The table in a JSON text that holds ``what``.

    Raises as ``parse_json`` does, and for a text that holds another value.
    """
    found = parse_json(text, where, raises, what)
    if not isinstance(found, dict):
        raise raises(f"{where}: expected {what}, found {type(found).__name__} in place of a table")
    return found


def require_plain(value: Any, where: object, what: str, raises: Raises) -> None:
    """Raise ``raises`` where tables and lists nest too deeply, a number is too large, or there is a date.

    Such values break whatever walks, prints or writes them.
    """
    expected, level, depth = f"{where}: expected {what}, found", [value], 0
    while level:
        for each in level:
            if isinstance(each, int) and each.bit_length() > MOST_BITS:
                raise raises(f"{expected}: a whole number of more than {MOST_BITS} bits")
            if isinstance(each, datetime.date | datetime.time):
                raise raises(f"{expected}: the date or time {each}; a text stands in quotes")
        if depth > MOST_DEPTH:
            raise raises(f"{expected}: tables or lists more than {MOST_DEPTH} deep")
        level = [inner for each in level for inner in _within(each)]
        depth += 1


@contextmanager
def parsing(where: object, what: str, raises: Raises) -> Iterator[None]:
    """Whatever a parser raises on bytes that it did not foresee, as ``raises`` with the file in front.

    The readers of the standard library and of NumPy raise some fifty kinds of exceptions on damaged files.
    Our own pass as they are.
    """
    try:
        yield
    except GradwrightError:
        raise
    except RecursionError as error:
        raise raises(f"{where}: expected {what}, found: it nests too deeply to be read") from error
    except MemoryError as error:
        raise raises(f"{where}: expected {what}, found: a size for which there is no memory") from error
    except Exception as error:
        found = str(error) or type(error).__name__
        raise raises(f"{where}: expected {what}, found damage: {found}") from error


def _within(value: Any) -> Iterator[Any]:
    """What lies in a table or a list, but for texts and floats, which cannot be at fault."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (each for each in inner if not isinstance(each, str | float))


def _refusal(path: Path, error: OSError | ValueError) -> str:
    """Why a path could not be opened."""
    if not isinstance(error, OSError):
        return str(error)
    if error.errno in (errno.ELOOP, errno.ENXIO):  # a link where none is followed; a socket
        try:
            kind = stat.S_IFMT(os.lstat(path).st_mode)
        except OSError:
            kind = 0
        return KINDS.get(kind, error.strerror or str(error))
    return error.strerror or str(error)
