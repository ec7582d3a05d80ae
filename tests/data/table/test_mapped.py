"""Tables that need not fit into memory: the same data set, a column at a time, its rows in a file."""

from __future__ import annotations

import mmap
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.errors import ConfigError, DataError

from_table: Any = Dataset.from_table
ROWS = 300


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    size, town = rng.normal(50, 20, ROWS), rng.choice(["Ulm", "Bonn", "Graz"], ROWS)
    frame = pl.DataFrame(
        {
            "size": size,
            "town": town,
            "house": np.repeat(np.arange(ROWS // 5), 5),
            "count": rng.integers(1, 4, ROWS),
            "rent": [None if k % 11 == 0 else "high" if s > 50 else "low" for k, s in enumerate(size)],
            "price": size * 3,
        }
    )
    frame.write_parquet(tmp_path / "flats.parquet", row_group_size=37)
    return tmp_path / "flats.parquet"


@pytest.mark.filterwarnings("ignore::gradwright.errors.DataWarning")
@pytest.mark.parametrize(
    "settings",
    [
        {"target": "rent"},
        {"target": "rent", "group": "house", "weights": "count"},
        {"target": "price", "rows": 50, "leave_out": ["rent"], "standardize_targets": True},
        {"target": "price", "validation": None},
    ],
)
def test_it_is_the_data_set_that_memory_holds(
    path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.data.table.files.table_blocks.__defaults__", (64,))
    expected, found = from_table(path, **settings), from_table(path, **settings, folder=path.parent)
    assert found.summary() == expected.summary()
    assert found.encoding == expected.encoding
    for name, split in expected.splits.items():
        np.testing.assert_array_equal(found.splits[name].x, split.x)
        np.testing.assert_array_equal(found.splits[name].y, split.y)


@pytest.mark.filterwarnings("ignore::gradwright.errors.DataWarning")
def test_its_rows_lie_in_a_file_that_goes_with_them(path: Path) -> None:
    found = from_table(path, "rent", folder=path.parent)
    held = found.train.x
    while isinstance(held, np.ndarray):
        held = held.base
    assert isinstance(held, mmap.mmap)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.filterwarnings("ignore::gradwright.errors.DataWarning")
def test_a_run_on_it_is_the_run_on_the_same_rows_in_memory(path: Path) -> None:
    first, mapped = (
        gw.fit(gw.mlp(7, 8, 2), from_table(path, "rent", folder=folder), epochs=2, progress=False)
        for folder in (None, path.parent)
    )
    np.testing.assert_array_equal(first.theta, mapped.theta)


def test_a_column_is_in_memory_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradwright.data.table.files.table_blocks.__defaults__", (2**12,))
    rows, columns = 2**17, 12
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {f"n{k}": rng.normal(size=rows) for k in range(columns)} | {"y": rng.normal(size=rows)}
    )
    path = tmp_path / "many.parquet"
    frame.write_parquet(path)

    def peak(folder: Path | None) -> int:
        tracemalloc.start()
        from_table(path, "y", folder=folder)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    table = 8 * rows * columns
    assert peak(tmp_path) < table < peak(None)  # some copies of a column, and those of the target


def test_what_cannot_be_mapped_is_refused(path: Path) -> None:
    with pytest.raises(ConfigError, match="folder: expected a table in a Parquet or Arrow file, found dict"):
        from_table({"a": [1, 2], "y": [1, 2]}, "y", folder=path.parent)
    with pytest.raises(ConfigError, match=r"folder: expected a table in .* found 'rows.csv'"):
        from_table("rows.csv", "y", folder=path.parent)
    with pytest.raises(ConfigError, match="folder: expected one that is there, found 'nowhere'"):
        from_table(path, "price", folder="nowhere", leave_out=["rent"])
    with pytest.raises(DataError, match=r"flats.parquet: target: expected a column 'prise', .* 'price'"):
        from_table(path, "prise", folder=path.parent)
