"""Inputs that are finite as they are stored, and not in the digits in which they are trained on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.data import Dataset
from gradwright.diagnosis.finding import Finding
from gradwright.nn.layer import Array

ROWS_AT_ONCE = 4096


def of_overflow(data: Dataset, dtype: str) -> Iterator[Finding]:
    """The splits in which an input is infinite in ``dtype``; float32 ends at 3.4e38."""
    if data.train.x.dtype.kind != "f":  # whole numbers are far from where floats end
        return
    places, rows = [], 0
    for name, split in data.splits.items():
        blocks = range(0, len(split) if name != "test" else 0, ROWS_AT_ONCE)  # the test rows are sealed
        found = sum(_overflown(data, split.x[k : k + ROWS_AT_ONCE], dtype) for k in blocks)
        if found:
            places.append(name)
            rows += found
    if places:
        message = f"In {rows:,} rows of {' and '.join(places)} an input is not finite in {dtype}."
        advice = 'Mend these rows, or leave them out; dtype = "float64" holds larger numbers.'
        yield Finding("input not finite", tuple(places), message, advice, {"rows": float(rows)}, fact=True)


def _overflown(data: Dataset, x: Array, dtype: str) -> int:
    with np.errstate(all="ignore"):
        inputs = data.features(x, dtype)
    return int((~np.isfinite(inputs).all(axis=1)).sum())
