"""What is said of a table that can be used, though hardly as it was meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradwright.data.labels import Labels, listed
from gradwright.data.rows import Array
from gradwright.data.table.category_column import CategoryColumn
from gradwright.data.table.encoding import TableEncoding
from gradwright.data.table.fit_column import FEWEST_ROWS
from gradwright.data.table.frames import Columns
from gradwright.data.table.number_column import NumberColumn


def without_target(target: str, there: Array) -> list[str]:
    """What is said of rows that have no target."""
    gaps = int((~there).sum())
    if not gaps:
        return []
    return [f"target {target!r}: {gaps:,} of {len(there):,} rows have none and are left out"]


def rare_classes(y: Array, trained: Array, labels: Labels | None) -> list[str]:
    """What is said of classes of which there are too few rows to learn or to measure."""
    if labels is None:
        return []
    here, everywhere = (np.bincount(part, minlength=len(labels)) for part in (y[trained], y))
    single = [labels.values[k] for k in np.flatnonzero(everywhere == 1)]
    unseen = [labels.values[k] for k in np.flatnonzero(here == 0)]
    said = []
    if single:
        said.append(f"classes of one row: {listed(single)}; they can hardly be learned or measured")
    if unseen:
        said.append(f"classes without a training row: {listed(unseen)}; they are never learned")
    return said


def hardly_meant(encoding: TableEncoding, columns: Columns, trained: int) -> list[str]:
    """What is said of columns that tell one row from another rather than what is alike in them."""
    said = []
    for column in encoding.columns:
        if isinstance(column, NumberColumn) and _counts(columns[column.name]):
            said.append(
                f"column {column.name!r}: it counts the rows, which says nothing of other rows; leave it out"
            )
        if isinstance(column, CategoryColumn) and 2 * len(column.values) > max(trained, FEWEST_ROWS):
            said.append(
                f"column {column.name!r}: {len(column.values):,} different values in {trained:,} rows, such "
                f"as {column.values[0]!r:.40}; hardly any of them can be learned"
            )
    return said


def _counts(values: Array) -> bool:
    return values.dtype.kind in "if" and len(values) >= FEWEST_ROWS and bool((np.diff(values) == 1).all())


def unused(encoding: TableEncoding, special: Mapping[str, str], leave_out: Sequence[str]) -> list[str]:
    """What is said of the columns that are left out, or pooled, without having been asked for."""
    said = [
        f"column {column!r} is left out: {why}"
        for column, why in encoding.left_out.items()
        if column not in special and column not in leave_out
    ]
    said += [
        f"column {column.name!r}: its {column.pooled:,} rarest values count as one"
        for column in encoding.columns
        if isinstance(column, CategoryColumn) and column.pooled
    ]
    return said
