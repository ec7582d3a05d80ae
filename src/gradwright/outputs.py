"""Results where a user wants them: what stands there already is not replaced unasked.

=============================================  ====================================================
a file that the user names, or that a command  it is new, or an older page of gradwright's
names in the folder where it is called
a folder of results, such as a study's         each file is new, or as it was written there last
``report``
the folder of a run or a study                 its own files, under its lock (``locks.py``)
=============================================  ====================================================

Anything else stands in the way until ``overwrite``, ``--overwrite`` on the command line, says that it may go.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gradwright.errors import ConfigError, RecordError
from gradwright.inputs import MOST_TABLE, open_input, parse_table, read_input
from gradwright.writing import make_folder, remove_unfinished, write_atomically, write_parts

MARK = '<meta name="generator" content="gradwright">'  # by which a page is known again
MARK_WITHIN = 1000  # characters
WRITTEN = ".written.json"  # in a folder of results: the checksums of each file there, by its name
WHAT = "what was written into this folder"


def write_output(path: Path, content: bytes | str, *, overwrite: bool = False) -> None:
    """Put a result at ``path``, which gets its folder.

    Raises ``ConfigError`` as ``require_place`` does, ``RecordError`` where it cannot be written.
    """
    require_place(path, overwrite=overwrite)
    make_folder(path.parent)
    _put(path, content)


def write_long_output(path: Path, parts: Iterable[str], *, overwrite: bool = False) -> None:
    """Put a result that comes in parts at ``path``, as ``write_output`` does one that is there at once."""
    require_place(path, overwrite=overwrite)
    make_folder(path.parent)
    remove_unfinished(path)
    write_parts(path, parts)


def require_place(path: Path, *, overwrite: bool = False, or_else: str = "") -> None:
    """Raise ``ConfigError`` where a file stands at ``path`` that may not be replaced, or a folder.

    ``or_else`` is what one may do beside replacing it.
    """
    if path.is_dir():
        raise ConfigError(f"{path}: expected a file to write, found a folder")
    if os.path.lexists(path) and not overwrite and not _is_page(path):
        raise _in_the_way(path, or_else)


def write_results(folder: Path, files: Mapping[str, str], *, overwrite: bool = False) -> None:
    """Put files into a folder of results; the caller holds its lock.

    Raises ``ConfigError`` as ``require_as_written`` does, ``RecordError`` where one cannot be written.
    """
    known = require_as_written(folder, files, overwrite=overwrite)
    make_folder(folder)
    new = {name: [_digest(content.encode())] for name, content in files.items()}
    # first, and with the sums of what is there yet: a crash between two files leaves each of them known
    both = {name: sorted({*sums, *known.get(name, ())}) for name, sums in new.items()}
    _put(folder / WRITTEN, json.dumps(known | both))
    for name, content in files.items():
        _put(folder / name, content)


def require_as_written(
    folder: Path, names: Iterable[str], *, overwrite: bool = False
) -> dict[str, list[str]]:
    """The checksums of what was written into ``folder``, by name of the file.

    Raises ``ConfigError`` where one of ``names`` is there and has another: somebody wrote or changed it.
    """
    known: dict[str, list[str]] = {}
    if os.path.lexists(folder / WRITTEN):
        content = read_input(folder / WRITTEN, RecordError, WHAT, MOST_TABLE, links=False)
        said = parse_table(content, folder / WRITTEN, RecordError, WHAT)
        known = {name: list(map(str, sums)) for name, sums in said.items() if isinstance(sums, list)}
    for path in (folder / name for name in names):
        if path.is_dir():
            raise ConfigError(f"{path}: expected a file to write, found a folder")
        if os.path.lexists(path) and not overwrite and not _is_one_of(path, known.get(path.name, ())):
            raise _in_the_way(path)
    return known


def _put(path: Path, content: bytes | str) -> None:
    remove_unfinished(path)
    write_atomically(path, content)


def _is_page(path: Path) -> bool:
    """Whether a page of gradwright's stands there."""
    with open_input(path, ConfigError, "a new file") as file:
        return MARK.encode() in file.read(MARK_WITHIN)


def _is_one_of(path: Path, sums: Sequence[str]) -> bool:
    """Whether the file at ``path`` has one of these checksums."""
    return _digest(read_input(path, ConfigError, "a file of the report", MOST_TABLE, links=False)) in sums


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _in_the_way(path: Path, or_else: str = "") -> ConfigError:
    return ConfigError(
        f"{path}: expected a new file, found one that is there; --overwrite (in Python overwrite=True) "
        f"replaces it{or_else}"
    )
