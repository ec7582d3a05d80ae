"""Parquet and Arrow files in the hands of the library that is installed: PyArrow, or else Polars."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from gradwright.data.files import most_unpacked
from gradwright.errors import ConfigError, DataError
from gradwright.inputs import open_input, parsing

PARQUET = (".parquet", ".pq")
ARROW = (".arrow", ".feather", ".ipc")
CELL = 8  # bytes
WHAT = "an intact table"


class ColumnFile(Protocol):
    """A file that can be read in part: the ``names`` of its columns, how many ``rows``, and these."""

    names: list[str]
    rows: int

    def frame(self) -> Any:
        """All of it."""

    def column(self, name: str) -> Any:
        """One column of all rows."""

    def blocks(self, rows: int) -> Iterator[Any]:
        """Frames of some ``rows`` each, one after the other."""


def open_columns(path: Path) -> ColumnFile:
    """The file at ``path``, still to be read.

    Raises ``DataError`` where there is none, or a damaged one; ``ConfigError`` where nothing that is
    installed reads it.
    """
    with open_input(path, DataError, "a table"):
        pass
    for library, reader in (("pyarrow", _ByPyArrow), ("polars", _ByPolars)):
        if importlib.util.find_spec(library) is not None:
            with reading_columns(path):
                return reader(path)
    raise ConfigError(
        f'{path}: expected pyarrow or polars to read it, found neither; pip install "gradwright[tables]"'
    )


@contextmanager
def reading_columns(path: Path) -> Iterator[None]:
    """Whatever a library raises on a damaged file as ``DataError``; Polars may raise no ``Exception``."""
    with parsing(path, WHAT, DataError):
        try:
            yield
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise DataError(f"{path}: expected {WHAT}, found damage: {error!s:.100}") from None


def require_size(path: Path, file: ColumnFile) -> None:
    """Raise ``DataError`` for a file without rows, and for a small one that says it holds very many cells."""
    most = most_unpacked(path.stat().st_size)
    if not file.rows:
        raise DataError(f"{path}: expected rows, found none")
    if file.rows * len(file.names) * CELL > most:
        raise DataError(
            f"{path}: expected a table of at most {most:,} bytes, by the size of the file, "
            f"found {file.rows:,} rows of {len(file.names):,} columns"
        )


class _ByPolars:
    def __init__(self, path: Path) -> None:
        polars = importlib.import_module("polars")
        self._lazy = (polars.scan_parquet if path.suffix.lower() in PARQUET else polars.scan_ipc)(path)
        self.names: list[str] = self._lazy.collect_schema().names()
        self.rows: int = self._lazy.select(polars.len()).collect().item()

    def frame(self) -> Any:
        return self._lazy.collect()

    def column(self, name: str) -> Any:
        return self._lazy.select([name]).collect()[name]

    def blocks(self, rows: int) -> Iterator[Any]:
        for begin in range(0, self.rows, rows):
            yield self._lazy.slice(begin, rows).collect()


class _ByPyArrow:
    def __init__(self, path: Path) -> None:
        arrow = importlib.import_module("pyarrow")
        self._of_batches = arrow.Table.from_batches
        self._parquet = path.suffix.lower() in PARQUET
        if self._parquet:
            self._file = importlib.import_module("pyarrow.parquet").ParquetFile(path, memory_map=True)
            self.names: list[str] = list(self._file.schema_arrow.names)
            self.rows: int = self._file.metadata.num_rows
        else:
            self._file = arrow.ipc.open_file(arrow.memory_map(str(path))).read_all()  # mapped, not read
            self.names, self.rows = list(self._file.column_names), len(self._file)

    def frame(self) -> Any:
        return self._file.read() if self._parquet else self._file

    def column(self, name: str) -> Any:
        table = self._file.read(columns=[name]) if self._parquet else self._file
        return table.column(name)

    def blocks(self, rows: int) -> Iterator[Any]:
        if self._parquet:
            for batch in self._file.iter_batches(batch_size=rows):
                yield self._of_batches([batch])
        else:
            for begin in range(0, self.rows, rows):
                yield self._file.slice(begin, rows)
