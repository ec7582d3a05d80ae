"""The door for a user's own rows: arrays, lists and frames become the fields of a ``Dataset``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gradwright.data.affine import Affine, standardizing
from gradwright.data.columns import Names, as_matrix, like_training, weighted
from gradwright.data.divide import divide
from gradwright.data.files import naming
from gradwright.data.labels import Labels
from gradwright.data.rows import Array, Split
from gradwright.data.targets import as_target, standard_targets
from gradwright.errors import ConfigError, DataError

# x (N, d), y (N,) or (N, k), and weights (N,) where the rows do not all count the same
Rows: TypeAlias = tuple[ArrayLike, ArrayLike] | tuple[ArrayLike, ArrayLike, ArrayLike]


def read_arrays(
    x: ArrayLike,
    y: ArrayLike,
    *,
    weights: ArrayLike | str | None,
    validation: Rows | float | int | None,
    test: Rows | None,
    classes: Sequence[int] | Sequence[str] | None,
    standardize: bool,
    standardize_targets: bool,
    seed: int,
    name: str,
) -> dict[str, Any]:
    """The fields of the data set that ``Dataset.from_arrays`` says."""
    x, counts = weighted(x, weights)
    matrix, feature_names = as_matrix("x", x)
    target = as_target("y", y)
    if target.dtype.kind == "f" and classes is not None:
        raise ConfigError("classes: expected labels in y, found float numbers, which have no classes")
    labels, class_names = (None, ()) if target.dtype.kind == "f" else _labels(target, classes)
    source, share = "arrays", _share(validation)
    train = Split(matrix, _encoded(target, labels), counts)
    column = weights if isinstance(weights, str) else None
    if share is None:
        aside = _read("validation", validation, feature_names, labels, column)
    else:
        source = f"arrays, validation = {share} drawn by seed {seed}"
        train, aside = divide(train, share, np.random.default_rng(seed), name)
    given = {"train": train, "validation": aside, "test": _read("test", test, feature_names, labels, column)}
    splits = {which: split for which, split in given.items() if split is not None}
    features, targets = standardizing(train.x, train.weights) if standardize else Affine(), Affine()
    if standardize_targets:
        targets, splits = standard_targets(splits, name)
    return splits | {
        "name": name,
        "source": source,
        "classes": class_names,
        "features": features,
        "labels": labels,
        "feature_names": feature_names,
        "targets": targets,
    }


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


def _read(split: str, rows: Any, names: Names, labels: Labels | None, column: str | None) -> Split | None:
    """Further rows in the terms of the training rows, of which ``column`` has the weights."""
    if rows is None:
        return None
    weights = column
    if isinstance(rows, tuple) and len(rows) == 3:
        *rows, weights = rows
    x, y = pair(split, tuple(rows))
    with naming(split):
        _, counts = weighted(x, weights)
        return Split(like_training("x", x, names), _encoded(as_target("y", y), labels), counts)


def pair(what: str, rows: Any) -> tuple[ArrayLike, ArrayLike]:
    """``rows`` as x and y. Raises ``ConfigError``, which begins with ``what``, for anything else."""
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
