"""Tables in files: CSV by the standard library; Parquet and Arrow by PyArrow or Polars."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from gradwright.data.files import naming
from gradwright.data.table.column_files import ARROW, PARQUET, open_columns, reading_columns, require_size
from gradwright.data.table.csv_file import GZIP, csv_blocks, form_of, read_csv
from gradwright.data.table.encoding import TableEncoding
from gradwright.data.table.frames import Columns, columns_of
from gradwright.data.table.number_column import NumberColumn
from gradwright.errors import DataError
from gradwright.inputs import open_input

CSV = (".csv", ".tsv", ".txt", ".dat", ".data")
SUFFIXES = (*CSV, *PARQUET, *ARROW)
PACKED = (GZIP, ".zst", ".bz2", ".xz", ".zip")  # of which the first is read
MOST_BYTES = 2**33  # of a file that is read at once
BLOCK = 2**16  # rows at a time


def is_table(path: Path) -> bool:
    """True for a path whose suffix is that of a table, packed ones among them."""
    return unpacked(path).suffix.lower() in SUFFIXES


def unpacked(path: Path) -> Path:
    """The path without what says that a file is packed.

    >>> unpacked(Path("flats.csv.gz")).stem
    'flats'
    """
    return path.with_suffix("") if path.suffix.lower() in PACKED else path


def read_table(path: Path, header: bool | None = None, texts: Collection[str] = ()) -> Columns:
    """All rows of the table at ``path``.

    ``header`` says whether the first line of a CSV file holds names, by default it is told from the line;
    ``texts`` are columns of one whose numbers are to stay as they are written.

    Raises ``DataError`` that names the file which is missing, damaged, too large or no table; ``ConfigError``
    where nothing that is installed reads it.
    """
    suffix = _suffix(path)
    with open_input(path, DataError, "a table", MOST_BYTES):
        pass
    if suffix in CSV:
        return read_csv(path, header, texts)
    file = open_columns(path)
    require_size(path, file)
    with reading_columns(path), naming(path):
        return columns_of("table", file.frame())


def table_blocks(path: Path, encoding: TableEncoding, rows: int = BLOCK) -> Iterator[Columns]:
    """The table at ``path`` for an ``encoding``, some ``rows`` at a time: it need not fit into memory.

    A first line of a CSV file that holds the columns of training holds names. Where training had no
    names, the columns have the same numbers, also in a file without the target.

    Raises as ``read_table`` does, but for size.
    """
    if _suffix(path) in CSV:
        form = form_of(path, None, [column.name for column in encoding.columns])
        if not form.header:
            form = replace(form, names=encoding.numbered(form.names))
        points = (
            each for each in encoding.columns if isinstance(each, NumberColumn) and each.notation == "point"
        )
        numeric = {column.name for column in points}
        yield from csv_blocks(path, form, rows, numeric)
        return
    file = open_columns(path)
    with reading_columns(path):
        for block in file.blocks(rows):
            with naming(path):
                yield columns_of("table", block)


def _suffix(path: Path) -> str:
    """That of a table, without what says that it is packed."""
    suffix, packed = unpacked(path).suffix.lower(), path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"{path}: expected one of {', '.join(SUFFIXES)}, found {suffix or 'no suffix'}")
    if packed in PACKED and (packed != GZIP or suffix not in CSV):
        raise DataError(f"{path}: expected a table that is not packed, or {CSV[0]}{GZIP}; unpack it first")
    return suffix
