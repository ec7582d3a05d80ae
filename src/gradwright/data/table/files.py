"""Tables in files: CSV by the standard library; Parquet and Arrow by PyArrow or Polars."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradwright.data.files import most_unpacked, naming
from gradwright.data.table.columns import NumberColumn
from gradwright.data.table.csv_file import csv_blocks, form_of, read_csv
from gradwright.data.table.encoding import TableEncoding
from gradwright.data.table.frames import Columns, columns_of
from gradwright.errors import ConfigError, DataError
from gradwright.inputs import open_input, parsing

CSV = (".csv", ".tsv", ".txt", ".dat", ".data")
PARQUET = (".parquet", ".pq")
ARROW = (".arrow", ".feather", ".ipc")
SUFFIXES = (*CSV, *PARQUET, *ARROW)
MOST_BYTES = 2**33  # of a file that is read at once
BLOCK = 2**16  # rows at a time
CELL = 8  # bytes
WHAT = "an intact table"


def is_table(path: Path) -> bool:
    """True for a path whose suffix is that of a table."""
    return path.suffix.lower() in SUFFIXES


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
    with _reading(path):
        frame = _opened(path)
        _require_size(path, frame)
        blocks = [*frame.blocks(frame.rows or 1)]
    with naming(path):
        if not blocks or not frame.rows:
            raise DataError("expected rows, found none")
        return columns_of("table", blocks[0])


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
    with open_input(path, DataError, "a table"):
        pass
    with _reading(path):
        for block in _opened(path).blocks(rows):
            with naming(path):
                yield columns_of("table", block)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever a library raises on a damaged file as ``DataError``; Polars may raise no ``Exception``."""
    with parsing(path, WHAT, DataError):
        try:
            yield
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise DataError(f"{path}: expected {WHAT}, found damage: {error!s:.100}") from None


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"{path}: expected one of {', '.join(SUFFIXES)}, found {suffix or 'no suffix'}")
    return suffix


def _opened(path: Path) -> Any:
    """The file in the hands of the library that reads it."""
    for library, reader in (("pyarrow", _ByPyArrow), ("polars", _ByPolars)):
        if importlib.util.find_spec(library) is not None:
            return reader(path)
    raise ConfigError(
        f'{path}: expected pyarrow or polars to read it, found neither; pip install "gradwright[tables]"'
    )


def _require_size(path: Path, frame: Any) -> None:
    """Raise ``DataError`` where a small file says that it holds very many cells."""
    most = most_unpacked(path.stat().st_size)
    if frame.rows * frame.columns * CELL > most:
        raise DataError(
            f"{path}: expected a table of at most {most:,} bytes, by the size of the file, "
            f"found {frame.rows:,} rows of {frame.columns:,} columns"
        )


class _ByPolars:
    """A file as a frame of Polars that is still to be read."""

    def __init__(self, path: Path) -> None:
        polars = importlib.import_module("polars")
        self._lazy = (polars.scan_parquet if path.suffix.lower() in PARQUET else polars.scan_ipc)(path)
        self.columns = len(self._lazy.collect_schema().names())
        self.rows: int = self._lazy.select(polars.len()).collect().item()

    def blocks(self, rows: int) -> Iterator[Any]:
        for begin in range(0, self.rows, rows):
            yield self._lazy.slice(begin, rows).collect()


class _ByPyArrow:
    """A file as PyArrow opened it."""

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() in PARQUET:
            file = importlib.import_module("pyarrow.parquet").ParquetFile(path, memory_map=True)
            self.columns, self.rows = file.metadata.num_columns, file.metadata.num_rows
            self.blocks = self._of_parquet
        else:
            arrow = importlib.import_module("pyarrow")
            file = arrow.ipc.open_file(arrow.memory_map(str(path)))
            batches = [file.get_batch(k) for k in range(file.num_record_batches)]
            self.columns, self.rows = len(file.schema), sum(len(batch) for batch in batches)
            self.blocks = self._of_arrow
        self._file = file

    def _of_parquet(self, rows: int) -> Iterator[Any]:
        arrow = importlib.import_module("pyarrow")
        for batch in self._file.iter_batches(batch_size=rows):
            yield arrow.Table.from_batches([batch])

    def _of_arrow(self, rows: int) -> Iterator[Any]:
        table = self._file.read_all()
        for begin in range(0, len(table), rows):
            yield table.slice(begin, rows)
