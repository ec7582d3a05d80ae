"""Targets as users have them: labels (N,) of one type, or float numbers (N,) or (N, k)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradwright.data.affine import Affine, standardizing
from gradwright.data.foreign import as_array, no_numbers
from gradwright.data.rows import Array, Split
from gradwright.errors import ConfigError, DataError

LARGEST = np.iinfo(np.int64).max


def as_target(what: str, y: Any) -> Array:
    """``y`` as an array: labels as int64, str or bool (N,), which mean classes; floats, which are numbers.

    Raises ``DataError`` for labels of several types or with gaps, another shape, and another kind of entries.
    """
    array = _of_one_type(what, as_array(what, y), y)
    kind = array.dtype.kind
    if kind == "f" and array.ndim in (1, 2):
        return array
    if kind not in "uibU":
        found = no_numbers(array).split(";")[0]
        raise DataError(
            f"{what}: expected labels (integers, strings, booleans) or float numbers, found {found}"
        )
    if array.ndim != 1:
        raise DataError(
            f"{what}: expected one label for each row, (N,), found {array.dtype} of shape {array.shape}; "
            "for a single column give its ravel(), for rows with a single 1 argmax(axis=1), "
            "for several numbers astype(float)"
        )
    if kind == "u" and array.max(initial=0) > LARGEST:
        raise DataError(f"{what}: expected labels of at most {LARGEST}, found {array.max()}")
    return array.astype(np.int64, copy=False) if kind in "ui" else array


def _of_one_type(what: str, array: Array, y: Any) -> Array:
    """``array``, with strings that came as objects, as frames keep them, as text; a mixture is refused.

    Of a list with strings and numbers NumPy makes text, and of one with booleans and integers integers.
    """
    if array.dtype.kind == "T":
        return array.astype(np.str_)
    if array.dtype.kind != "O" and not (isinstance(y, list | tuple) and array.ndim == 1):
        return array
    entries = array.ravel().tolist() if array.dtype.kind == "O" else list(y)
    first_rows: dict[type, int] = {}
    for row, entry in enumerate(entries):
        first_rows.setdefault(type(entry), row)
    rows = {_kind(entries[row]): row for row in reversed(first_rows.values())}
    if len(rows) > 1:
        one, other = sorted(rows.values())[:2]
        raise DataError(
            f"{what}: expected entries of one type, found {entries[one]!r} in row {one} "
            f"and {entries[other]!r} in row {other}"
        )
    return np.array(entries).reshape(array.shape)


def _kind(entry: Any) -> str:
    kind = np.asarray(entry).dtype.kind
    return "number" if kind in "uif" else kind


def standard_targets(splits: Mapping[str, Split], name: str) -> tuple[Affine, dict[str, Split]]:
    """The map that brings training targets to mean 0 and deviation 1, and all splits with it applied.

    Raises ``ConfigError``, which says ``name``, for labels.
    """
    if splits["train"].has_labels:
        raise ConfigError(f"standardize_targets: expected float targets, found the labels of {name!r}")
    targets = standardizing(splits["train"].y, splits["train"].weights)
    return targets, {which: replace(split, y=targets(split.y, np.float64)) for which, split in splits.items()}
