"""Rows to be answered, from a file: features alone, as CSV or as an array of NumPy."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradwright.data.columns import as_matrix
from gradwright.data.files import naming
from gradwright.data.rows import Array
from gradwright.errors import DataError
from gradwright.inputs import decoded, parsing, read_input
from gradwright.specs import suggestion

MOST_BYTES = 2**31  # of a file
WHAT = "rows of numbers"


def read_rows(path: Path | str, names: Sequence[str] = ()) -> Array:
    """The features (N, d) in a .csv or .npy file.

    A CSV file may begin with a line of names; where training had ``names``, these columns are taken, wherever
    they stand, and others are left out.

    Raises ``DataError`` that names the file, and the line and the column of what is no number.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(f"{folder}/rows.csv").write_text("b,a\\n1,2\\n3,4\\n")
    ...     read_rows(f"{folder}/rows.csv", ["a", "b"])
    array([[2., 1.],
           [4., 3.]])
    """
    path = Path(path)
    match path.suffix:
        case ".npy":
            content = read_input(path, DataError, WHAT, MOST_BYTES)
            with parsing(path, "an array in NumPy's format", DataError):
                array = np.load(io.BytesIO(content), allow_pickle=False)
            with naming(path):
                return as_matrix("x", array)[0]
        case ".csv":
            text = decoded(read_input(path, DataError, WHAT, MOST_BYTES), path, WHAT, DataError)
            with parsing(path, WHAT, DataError):
                lines = [*csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))]
            return _numbers(path, [(n, line) for n, line in enumerate(lines, 1) if line], names)
    raise DataError(f"{path}: expected a .csv or .npy file, found {path.suffix or 'no suffix'}")


def _numbers(path: Path, lines: list[tuple[int, list[str]]], names: Sequence[str]) -> Array:
    """The numbers in the lines of a CSV file, each with its place in the file."""
    header = [name.strip() for name in lines.pop(0)[1]] if lines and not _all_numbers(lines[0][1]) else []
    if not lines:
        raise DataError(f"{path}: expected {WHAT}, found none")
    width = len(header) or len(lines[0][1])
    wanted = _places(path, header, names) if header and names else range(width)
    array = np.empty((len(lines), len(wanted)))
    for row, (number, cells) in enumerate(lines):
        if len(cells) != width:
            raise DataError(f"{path}: line {number}: expected {width} columns, found {len(cells)}")
        for column, place in enumerate(wanted):
            try:
                array[row, column] = float(cells[place])
            except ValueError:
                name = repr(header[place]) if header else place + 1
                raise DataError(
                    f"{path}: line {number}, column {name}: expected a number, found {cells[place]!r:.60}"
                ) from None
    return array


def _places(path: Path, header: list[str], names: Sequence[str]) -> list[int]:
    """Where the columns of training stand."""
    for name in names:
        if header.count(name) != 1:
            found = (
                "it more than once" if name in header else f"none{suggestion(name, dict.fromkeys(header))}"
            )
            raise DataError(f"{path}: expected a column {name!r}, found {found}")
    return [header.index(name) for name in names]


def _all_numbers(cells: list[str]) -> bool:
    try:
        return bool([float(cell) for cell in cells])
    except ValueError:
        return False
