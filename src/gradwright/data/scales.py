"""Whether the numbers of a data set have a scale that the usual learning rates suit."""

from __future__ import annotations

import numpy as np

from gradwright.data.dataset import Dataset
from gradwright.data.rows import Array

FAR = 10.0  # times 1: the root mean square above which something is said
ROWS = 4096  # at even distances, which are enough to see a scale


def scale_notes(dataset: Dataset) -> tuple[str, ...]:
    """A sentence each where features, as the network gets them, or float targets are far larger than 1.

    >>> data = Dataset.from_arrays([[0.2, 700.0], [0.1, 900.0]], [0.5, 0.7])
    >>> for note in scale_notes(data): print(note)
    features: column 1 is about 806 in size, where the usual learning rates suit numbers near 1;
    standardize=True in Dataset.from_arrays, or gradwright.data.standardize(data)
    """
    y = dataset.train.y
    notes = []
    sizes = sizes_of(dataset.features(evenly(dataset.train.x), np.float64))
    if sizes.max() > FAR:
        column = int(sizes.argmax())
        notes.append(_note(f"features: column {name_of(dataset, column)}", sizes[column], "standardize"))
    if not dataset.train.has_labels and (size := sizes_of(evenly(y)).max()) > FAR:
        notes.append(_note("targets: what is to be learned", size, "standardize_targets"))
    return tuple(notes)


def evenly(rows: Array, most: int = ROWS) -> Array:
    """At most ``most`` of the rows, at even distances: a file may have its classes one after the other."""
    return rows[:: -(-len(rows) // most)]


def name_of(dataset: Dataset, column: int) -> str:
    """What to call a feature: its name, or its number.

    >>> name_of(Dataset.from_arrays([[0.2, 700.0], [0.1, 900.0]], [0.5, 0.7]), 1)
    '1'
    """
    return repr(dataset.feature_names[column]) if dataset.feature_names else str(column)


def sizes_of(values: Array) -> Array:
    """The root mean square of each column."""
    columns = values.reshape(len(values), -1).astype(np.float64, copy=False)
    sizes: Array = np.sqrt((columns**2).mean(axis=0))
    return sizes


def _note(what: str, size: float, setting: str) -> str:
    return (
        f"{what} is about {size:.3g} in size, where the usual learning rates suit numbers near 1; "
        f"{setting}=True in Dataset.from_arrays, or gradwright.data.{setting}(data)"
    )
