"""The door for a table: its target, the rows that train and those aside, the encoding fitted on the first."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from gradwright.data.affine import Affine
from gradwright.data.files import naming
from gradwright.data.labels import Labels
from gradwright.data.rows import Array, Split
from gradwright.data.table.aside import drawn_aside, groups_aside, latest_aside
from gradwright.data.table.column_files import ARROW, PARQUET
from gradwright.data.table.encoding import TARGET, TableEncoding
from gradwright.data.table.files import read_table, unpacked
from gradwright.data.table.frames import Columns, columns_of, require_columns, take_rows
from gradwright.data.table.kinds import Kind, as_numbers
from gradwright.data.table.mapped import ColumnsInFile, encode_into
from gradwright.data.table.notices import hardly_meant, rare_classes, unused, without_target
from gradwright.data.table.target import Task, read_target
from gradwright.data.targets import standard_targets
from gradwright.errors import ConfigError, DataWarning

TableLike: TypeAlias = Any  # a frame, a mapping from names to columns, or the path of a file
ROWS = 1  # the branch of the seed from which fewer rows are drawn, as ``load_data`` has it


def read_frame(
    table: TableLike,
    target: str,
    *,
    task: Task | None,
    validation: TableLike | float | int | None,
    test: TableLike | None,
    group: str | None,
    time: str | None,
    weights: str | None,
    rows: int | None,
    header: bool | None,
    kinds: Mapping[str, Kind] | None,
    leave_out: Sequence[str],
    dates: Literal["refuse", "split"],
    decimal: Literal[",", "."] | None,
    one_hot_up_to: int | None,
    bins: int | None,
    standardize_targets: bool,
    folder: str | os.PathLike[str] | None,
    seed: int,
    name: str | None,
) -> dict[str, Any]:
    """The fields of the data set that ``Dataset.from_table`` says."""
    if folder is None:
        place, columns = _columns(table, header, kinds)
    else:
        place, columns = _columns_in_file(table)
    name = name or (unpacked(Path(place)).stem if place else "table")
    with naming(place or "table"):
        special = _special(target, group, time, weights, columns)
        found = read_target(target, columns[target], task, decimal)
        notes, warned = [found.note], without_target(target, found.there)
        columns = take_rows(columns, found.there)
        labels = None if found.y.dtype.kind == "f" else Labels.of(found.y)
        y = found.y if labels is None else labels.encode("y", found.y)
        counts = None if weights is None else as_numbers(f"weights {weights!r}", columns[weights], "point")

        share = _share(validation)
        aside, how = _aside(share, y, labels, columns, group, time, seed, name)
        trained = np.delete(np.arange(len(y)), aside)
        if rows is not None:
            trained = _fewer(trained, rows, seed, name)
        warned += rare_classes(y, trained, labels)
        encoding = TableEncoding.fit(
            take_rows(columns, trained),
            kinds={column: kind for column, kind in (kinds or {}).items() if column not in special},
            leave_out=dict.fromkeys(leave_out, "as asked") | special,
            dates=dates,
            decimal=decimal,
            one_hot_up_to=one_hot_up_to,
            bins=bins,
        )
        warned += unused(encoding, special, leave_out)
        warned += hardly_meant(encoding, columns, len(trained))

        parts = {"train": trained} | ({"validation": aside} if len(aside) else {})
        if folder is None:
            x = {which: encoding.encode(take_rows(columns, part)) for which, part in parts.items()}
        else:
            in_file = np.flatnonzero(found.there)
            numbers = {which: in_file[part] for which, part in parts.items()}
            x = encode_into(Path(folder), Path(place), encoding, numbers)
        splits = {
            which: Split(x[which], y[part], None if counts is None else counts[part])
            for which, part in parts.items()
        }
    for which, more in (("validation", None if share is not None else validation), ("test", test)):
        if more is not None:
            with naming(which):
                further, columns = _further(more, target, weights, labels, encoding, header, kinds, decimal)
                splits[which] = further
                warned += [f"{which}: {each}" for each in encoding.unlike(columns)]
    targets = Affine()
    if standardize_targets:
        targets, splits = standard_targets(splits, name)
    for text in warned:
        warnings.warn(text, DataWarning, stacklevel=3)
    return splits | {
        "name": name,
        "source": ", ".join(filter(None, (Path(place).name if place else "a table", how))),
        "classes": () if labels is None else tuple(map(str, labels.values)),
        "labels": labels,
        "feature_names": encoding.names,
        "targets": targets,
        "encoding": encoding,
        "notes": (*notes, *warned),
    }


def _columns(table: TableLike, header: bool | None, kinds: Mapping[str, Kind] | None) -> tuple[str, Columns]:
    """The path of a table, if it has one, and its columns."""
    if not isinstance(table, str | os.PathLike):
        return "", columns_of("table", table)
    texts = [column for column, kind in (kinds or {}).items() if kind != "number"]
    return os.fspath(table), read_table(Path(table), header, texts)


def _columns_in_file(table: TableLike) -> tuple[str, Columns]:
    """The path of a table, and its columns, which are not read yet."""
    if not isinstance(table, str | os.PathLike) or Path(table).suffix.lower() not in (*PARQUET, *ARROW):
        found = repr(os.fspath(table)) if isinstance(table, str | os.PathLike) else type(table).__name__
        raise ConfigError(f"folder: expected a table in a Parquet or Arrow file, found {found:.60}")
    return os.fspath(table), ColumnsInFile.of(Path(table))


def _special(
    target: str, group: str | None, time: str | None, weights: str | None, columns: Columns
) -> dict[str, str]:
    """The columns that have a part of their own, and are no features."""
    if group is not None and time is not None:
        raise ConfigError("group, time: expected one of them, found both")
    roles = (("target", target), ("group", group), ("time", time), ("weights", weights))
    special: dict[str, str] = {}
    for role, column in roles:
        if column is None:
            continue
        require_columns(f"{role}: ", [column], columns)
        if column in special:
            raise ConfigError(f"{role}: {column!r} is {special[column]} already")
        special[column] = TARGET if role == "target" else f"the {role}"
    return special


def _share(validation: TableLike | float | int | None) -> float | int | None:
    """How many rows are to be set aside; None where there are none, or a table of their own."""
    number = validation.item() if isinstance(validation, np.number) else validation
    return number if type(number) in (int, float) else None


def _aside(
    share: float | int | None,
    y: Array,
    labels: Labels | None,
    columns: Columns,
    group: str | None,
    time: str | None,
    seed: int,
    name: str,
) -> tuple[Array, str]:
    """The rows that are set aside, and how they were chosen."""
    if share is None:
        if group is not None or time is not None:
            raise ConfigError("group, time: they say which rows are set aside, and validation says how many")
        return np.empty(0, np.int64), ""
    rng = np.random.default_rng(seed)
    if group is not None:
        rows = groups_aside(share, group, columns[group], rng, name)
        return rows, f"validation = {share} by groups of {group!r}, drawn by seed {seed}"
    if time is not None:
        return latest_aside(share, time, columns[time], name), f"validation = {share}, the last by {time!r}"
    classes = None if labels is None else y
    return drawn_aside(share, len(y), classes, rng, name), f"validation = {share} drawn by seed {seed}"


def _fewer(trained: Array, rows: int, seed: int, name: str) -> Array:
    """``rows`` of the training rows."""
    if not 1 <= rows <= len(trained):
        raise ConfigError(f"rows: expected 1 to {len(trained)} training rows of {name}, found {rows}")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(ROWS,)))
    return np.sort(rng.choice(trained, size=rows, replace=False))


def _further(
    table: TableLike,
    target: str,
    weights: str | None,
    labels: Labels | None,
    encoding: TableEncoding,
    header: bool | None,
    kinds: Mapping[str, Kind] | None,
    decimal: Literal[",", "."] | None,
) -> tuple[Split, Columns]:
    """Further rows, in the terms of the training rows, and their columns."""
    _, columns = _columns(table, header, kinds)
    require_columns("target: ", [target], columns)
    task: Task = "regression" if labels is None else "classification"
    found = read_target(target, columns[target], task, decimal, varied=False)
    columns = take_rows(columns, found.there)
    y = found.y if labels is None else labels.encode(f"target {target!r}", found.y)
    counts = None if weights is None else as_numbers(f"weights {weights!r}", columns[weights], "point")
    return Split(encoding.encode(columns), y, counts), columns
