"""Tables in CSV: separator and names are found, and rows come in blocks, so that a file of any size fits.

A file may be packed by gzip.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gradwright.data.files import most_unpacked, size_of
from gradwright.data.rows import Array
from gradwright.data.table.cells import numbers, plain_numbers, readings, text_of
from gradwright.data.table.frames import Columns, require_different
from gradwright.errors import DataError
from gradwright.inputs import open_input, parsing

WHAT = "a table in CSV"
GZIP = ".gz"
SEPARATORS = ";\t|,"
LOOK = 2**18  # characters from which separator and names are told
LINES = 50  # of them, at most
BLOCK = 2**16  # rows at a time


@dataclass(frozen=True)
class Form:
    """How a file is written: what stands between cells, and the names of its columns.

    ``header`` is True where its first line holds them; else they are "column 1", "column 2", ...
    """

    separator: str
    names: tuple[str, ...]
    header: bool


def form_of(path: Path, header: bool | None = None, wanted: Collection[str] = ()) -> Form:
    """The form of the file at ``path``.

    The first line holds names where it holds all that are ``wanted``, where one of them is a text over a
    column of numbers, or where none of its cells is a number; ``header`` decides.

    Raises ``DataError`` for a file that is empty, and for a name that stands twice.
    """
    with _opened(path) as file:
        text = file.read(LOOK)
    head = text.splitlines(keepends=True)
    if len(text) == LOOK and len(head) > 1:
        head.pop()  # it may be half a line
    with parsing(path, WHAT, DataError):
        lines = {separator: _cells(head, separator) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda each: _credit(lines[each]))
    first, *others = lines[separator] or [[]]
    if not first:
        raise DataError(f"{path}: expected {WHAT}, found an empty file")
    if header is None:
        header = (bool(wanted) and set(wanted) <= set(first)) or _names_columns(first, others)
    if not header:
        return Form(separator, tuple(f"column {k}" for k in range(1, 1 + len(first))), header=False)
    try:
        require_different(str(path), first)
    except DataError as error:
        raise DataError(f"{error} in the first line; header=False where it holds no names") from None
    return Form(separator, tuple(name or f"column {k}" for k, name in enumerate(first, 1)), header=True)


def read_csv(path: Path, header: bool | None = None, texts: Collection[str] = ()) -> Columns:
    """The table at ``path``: columns of numbers as float64, all others, and those in ``texts``, as texts.

    Raises ``DataError`` that names the file, and the line which has another number of cells; and for a packed
    one that comes to very much.
    """
    form = form_of(path, header)
    kept = set(texts)
    while True:  # once more where a column of numbers goes on as text
        found: dict[str, list[Array]] = {name: [] for name in form.names}
        late = set()
        numeric = [name for name in form.names if name not in kept]
        for block in csv_blocks(path, form, numeric=numeric, at_once=True):
            for name, cells in block.items():
                found[name].append(cells)
                if cells.dtype.kind == "O" and name not in kept:
                    kept.add(name)
                    late |= {name} if len(found[name]) > 1 else set()
        if not late:
            return Columns((name, np.concatenate(parts)) for name, parts in found.items())


def csv_blocks(
    path: Path, form: Form, rows: int = BLOCK, numeric: Collection[str] = (), *, at_once: bool = False
) -> Iterator[Columns]:
    """The table at ``path``, some ``rows`` at a time: texts, but float64 where a ``numeric`` column is so.

    ``at_once`` says that all of them will be in memory together, which bounds what a packed file may come to.

    Raises ``DataError`` where there are none, and as ``read_csv`` does.
    """
    empty = True
    with _opened(path, at_once) as file:
        reader = csv.reader(file, delimiter=form.separator)
        if form.header:
            next(line for line in reader if line)
        while lines := list(itertools.islice(_of_width(path, reader, len(form.names)), rows)):
            empty = False
            known = _Texts()
            yield Columns(
                (name, _column(cells, known, name in numeric))
                for name, cells in zip(form.names, zip(*lines, strict=True), strict=True)
            )
    if empty:
        raise DataError(f"{path}: expected rows, found {'names alone' if form.header else 'none'}")


def _column(cells: Sequence[str], known: _Texts, numeric: bool) -> Array:
    """Cells as numbers, if that is asked and they are, else as texts."""
    found = plain_numbers(cells) if numeric else None
    if found is not None:
        return found
    texts = np.array([*map(known.__getitem__, cells)], object)
    return numbers("", texts, "point") if numeric and "point" in readings(texts) else texts


class _Texts(dict[str, str | None]):
    """The text of each cell; equal cells share one."""

    def __missing__(self, cell: str) -> str | None:
        self[cell] = text = text_of(cell)
        return text


def _of_width(path: Path, reader: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    for line in reader:
        if len(line) == width:
            yield line
        elif line:
            number = getattr(reader, "line_num", "?")
            raise DataError(f"{path}: line {number}: expected {width} columns, found {len(line)}")


@contextmanager
def _opened(path: Path, at_once: bool = False) -> Iterator[io.TextIOWrapper]:
    """The file as text; whatever goes wrong with it becomes a ``DataError`` that names it."""
    with open_input(path, DataError, WHAT) as file, parsing(path, WHAT, DataError):
        try:
            content: Any = file
            if path.suffix.lower() == GZIP:
                content = _Unpacked(path, file, most_unpacked(size_of(file)) if at_once else math.inf)
            yield io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
        except UnicodeDecodeError as error:
            place = f"{error.reason} at byte {error.start}"
            raise DataError(f"{path}: expected {WHAT}, found: no text in UTF-8 ({place})") from None


class _Unpacked(gzip.GzipFile):
    """What a packed ``file`` holds, of which at most ``most`` bytes are read."""

    def __init__(self, path: Path, file: BinaryIO, most: float) -> None:
        super().__init__(fileobj=file)
        self._path, self._most = path, most

    def read1(self, size: int = -1) -> bytes:
        if self.tell() > self._most:
            raise DataError(
                f"{self._path}: expected at most {self._most:,} bytes of text, by the size of the "
                "file, found more; unpack it first, if it is yours"
            )
        return super().read1(size)


def _cells(lines: Sequence[str], separator: str) -> list[list[str]]:
    reader = csv.reader(lines, delimiter=separator)
    found = itertools.islice((line for line in reader if line), LINES)
    return [[cell.strip() for cell in line] for line in found]


def _credit(lines: list[list[str]]) -> tuple[bool, int]:
    """How well a separator explains the lines: whether all have as many cells, and how many."""
    widths = [len(line) for line in lines]
    return len(set(widths)) == 1 and widths[0] > 1, max(widths[:1], default=0)


def _names_columns(first: list[str], others: list[list[str]]) -> bool:
    """True for a first line of names."""
    is_number = [_is_number(cell) for cell in first]
    if not any(is_number):
        return True
    below = [line for line in others if len(line) == len(first)]
    return any(
        not number and text_of(first[k]) is not None and below and all(_is_number(line[k]) for line in below)
        for k, number in enumerate(is_number)
    )


def _is_number(cell: str) -> bool:
    return text_of(cell) is not None and bool({"point", "comma"} & readings([cell]))
