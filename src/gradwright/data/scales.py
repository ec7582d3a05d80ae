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
    x, y = dataset.train.x, dataset.train.y
    notes = []
    sizes = _sizes(dataset.features(x[:: 1 + len(x) // ROWS], np.float64))
    if sizes.max() > FAR:
        column = int(sizes.argmax())
        name = f" {dataset.feature_names[column]!r}" if dataset.feature_names else f" {column}"
        notes.append(_note("features: column" + name, sizes[column], "standardize"))
    if not dataset.train.has_labels and (size := _sizes(y[:: 1 + len(y) // ROWS]).max()) > FAR:
        notes.append(_note("targets: what is to be learned", size, "standardize_targets"))
    return tuple(notes)


def _sizes(values: Array) -> Array:
    """The root mean square of each column."""
    columns = values.reshape(len(values), -1).astype(np.float64, copy=False)
    sizes: Array = np.sqrt((columns**2).mean(axis=0))
    return sizes


def _note(what: str, size: float, setting: str) -> str:
    return (
        f"{what} is about {size:.3g} in size, where the usual learning rates suit numbers near 1; "
        f"{setting}=True in Dataset.from_arrays, or gradwright.data.{setting}(data)"
    )
