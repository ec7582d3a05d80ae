"""Tables that do not fit into memory: columns are read one at a time, and encoded rows lie in mapped files.

The files have no name, and are gone when nothing holds their rows any more.
"""

from __future__ import annotations

import tempfile
from collections.abc import ItemsView, Mapping
from pathlib import Path

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.column_files import ColumnFile, open_columns, reading_columns, require_size
from gradwright.data.table.encoding import TableEncoding
from gradwright.data.table.files import table_blocks
from gradwright.data.table.frames import Columns, as_column, require_different, rows_in
from gradwright.errors import ConfigError


class ColumnsInFile(Columns):
    """The columns of a Parquet or Arrow file: each is read when it is asked for, and not kept.

    ``chosen`` are the rows that are looked at, by number; None for all.
    """

    def __init__(self, path: Path, file: ColumnFile, chosen: Array | None = None) -> None:
        super().__init__(dict.fromkeys(file.names, np.empty(0)))
        self.path, self.file, self.chosen = path, file, chosen

    @classmethod
    def of(cls, path: Path) -> ColumnsInFile:
        """Those of the file at ``path``.

        Raises ``DataError`` for one that is missing, damaged, or without rows.
        """
        file = open_columns(path)
        require_size(path, file)
        require_different(str(path), file.names)
        return cls(path, file)

    @property
    def rows(self) -> int:
        return self.file.rows if self.chosen is None else len(self.chosen)

    def __getitem__(self, name: str) -> Array:
        with reading_columns(self.path):
            column = as_column(f"column {name!r}", self.file.column(name))
        return column if self.chosen is None else column[self.chosen]

    def items(self) -> ItemsView[str, Array]:  # type: ignore[override]
        """One column after the other."""
        return ItemsView(self)

    def take(self, rows: Array) -> ColumnsInFile:
        all_rows = np.arange(self.file.rows) if self.chosen is None else self.chosen
        return ColumnsInFile(self.path, self.file, all_rows[rows])


def encode_into(
    folder: Path, path: Path, encoding: TableEncoding, parts: Mapping[str, Array]
) -> dict[str, Array]:
    """The encoded rows of each of ``parts``, mapped from a file in ``folder``.

    A part is the numbers of its rows in the file at ``path``, ascending.

    Raises ``ConfigError`` where there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigError(f"folder: expected one that is there, found {str(folder)!r}")
    shapes = {name: (len(rows), len(encoding.names)) for name, rows in parts.items()}
    arrays = {name: _mapped(folder, shape) for name, shape in shapes.items()}
    begin = 0
    for block in table_blocks(path, encoding):
        encoded, end = encoding.encode(block), begin + rows_in(block)
        for name, rows in parts.items():
            first, last = np.searchsorted(rows, [begin, end])
            arrays[name][first:last] = encoded[rows[first:last] - begin]
        begin = end
    return arrays


def _mapped(folder: Path, shape: tuple[int, int]) -> Array:
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, np.float32, mode="w+", shape=shape)
