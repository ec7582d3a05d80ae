"""The door for a user's own rows: arrays, lists and frames become a ``Dataset``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gradwright.data.columns import Names, as_matrix, like_training
from gradwright.data.dataset import Dataset
from gradwright.data.features import standardize as standardized
from gradwright.data.features import standardize_targets as with_standard_targets
from gradwright.data.files import naming
from gradwright.data.labels import Labels
from gradwright.data.rows import Array, Split
from gradwright.data.splits import split_off
from gradwright.data.targets import as_target
from gradwright.errors import ConfigError, DataError

Rows: TypeAlias = tuple[ArrayLike, ArrayLike]  # x (N, d) and y (N,) or (N, k)


def as_dataset(data: Dataset | Rows, validation: Rows | float | int | None = None) -> Dataset:
    """``data`` itself where it is a ``Dataset``, else that of the arrays (x, y); see ``from_arrays``.

    Raises ``ConfigError`` for data of another form, and for ``validation`` beside a ``Dataset``, which holds
    its own.

    >>> as_dataset(([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]), validation=2).classes
    ('no', 'yes')
    """
    if not isinstance(data, Dataset):
        return from_arrays(*_pair("data", data), validation=validation)
    if validation is not None:
        raise ConfigError(
            f"validation: the data set {data.name!r} brings its own rows or none; "
            "set them aside with gradwright.data.split_off, or give validation to Dataset.from_arrays"
        )
    return data


def from_arrays(
    x: ArrayLike,
    y: ArrayLike,
    *,
    validation: Rows | float | int | None = None,
    test: Rows | None = None,
    classes: Sequence[int] | Sequence[str] | None = None,
    standardize: bool = False,
    standardize_targets: bool = False,
    seed: int = 0,
    name: str = "arrays",
) -> Dataset:
    """What ``Dataset.from_arrays`` says."""
    matrix, feature_names = as_matrix("x", x)
    target = as_target("y", y)
    if target.dtype.kind == "f" and classes is not None:
        raise ConfigError("classes: expected labels in y, found float numbers, which have no classes")
    labels, class_names = (None, ()) if target.dtype.kind == "f" else _labels(target, classes)
    share = _share(validation)
    dataset = Dataset(
        name=name,
        source="arrays" if share is None else f"arrays, validation = {share} drawn by seed {seed}",
        train=Split(matrix, _encoded(target, labels)),
        validation=None if share is not None else _read("validation", validation, feature_names, labels),
        test=_read("test", test, feature_names, labels),
        classes=class_names,
        labels=labels,
        feature_names=feature_names,
    )
    if share is not None:
        dataset = split_off(dataset, share, np.random.default_rng(seed))
    if standardize:
        dataset = standardized(dataset)
    return with_standard_targets(dataset) if standardize_targets else dataset


def _labels(y: Array, classes: Sequence[int] | Sequence[str] | None) -> tuple[Labels, tuple[str, ...]]:
    """The labels of the classes that are given or occur in ``y``, and the names of the classes."""
    if classes is not None:
        given = Labels.listed(classes)
        named = y.dtype.kind == "i" and isinstance(given.values[0], str)
        return Labels(tuple(range(len(given)))) if named else given, tuple(map(str, given.values))
    labels = Labels.of(y)
    if len(labels) < 2:
        raise DataError(
            f"y: expected labels of at least two classes, found {labels.values[0]!r} in every row; "
            "name the others in classes, or give float numbers"
        )
    return labels, tuple(map(str, labels.values))


def _encoded(y: Array, labels: Labels | None) -> Array:
    """Classes of labels; of numbers, floats."""
    return y.astype(np.result_type(y, np.float32), copy=False) if labels is None else labels.encode("y", y)


def _read(split: str, rows: Any, names: Names, labels: Labels | None) -> Split | None:
    """Further rows in the terms of the training rows."""
    if rows is None:
        return None
    x, y = _pair(split, rows)
    with naming(split):
        return Split(like_training("x", x, names), _encoded(as_target("y", y), labels))


def _pair(what: str, rows: Any) -> Rows:
    if isinstance(rows, tuple) and len(rows) == 2:
        return rows
    if isinstance(rows, str):
        found = f"{rows!r}; gradwright.data.load finds a data set by its name or path"
    elif isinstance(rows, tuple):
        found = f"a tuple of {len(rows)}"
    else:
        found = type(rows).__name__
    raise ConfigError(f"{what}: expected arrays (x, y), found {found}")


def _share(validation: Rows | float | int | None) -> float | int | None:
    """How many rows are to be set aside; None where there are none, or rows of their own."""
    if validation is None or isinstance(validation, tuple):
        return None
    number = validation.item() if isinstance(validation, np.number) else validation
    if type(number) not in (int, float):
        found = f"{number!r:.60}" if isinstance(number, bool | str) else type(number).__name__
        raise ConfigError(
            f"validation: expected arrays (x, y), or a count or a share of these rows, found {found}"
        )
    return number
