"""Before a file is written, or believed, it must answer as the model does."""

from __future__ import annotations

import numpy as np

from gradwright.errors import RecordError
from gradwright.nn.layer import Array

TOLERANCE = 1e-5  # of the largest number of an answer, or of 1


def require_equal(what: str, expected: Array, found: Array) -> None:
    """Raise ``RecordError`` where answers differ: in shape, by more than 1e-5, or in a label.

    >>> require_equal("model.onnx", np.array([0.5, 1000.0]), np.array([0.5, 1000.005]))
    >>> require_equal("model.onnx", np.array([0.5, 1.0]), np.array([0.5, 1.1]))
    Traceback (most recent call last):
    gradwright.errors.RecordError: model.onnx: expected the model's answers within 1e-05, found 0.1 beside ...
    """
    if expected.shape != found.shape:
        raise RecordError(f"{what}: expected answers of shape {expected.shape}, found {found.shape}")
    if expected.dtype.kind != "f":
        wrong = np.count_nonzero(expected != found)
        if wrong:
            raise RecordError(f"{what}: expected the model's labels, found {wrong} of {found.size} others")
        return
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    worst = float(np.abs(found.astype(np.float64) - expected).max(initial=0)) / scale
    if not worst <= TOLERANCE:  # also where it is no number
        raise RecordError(
            f"{what}: expected the model's answers within {TOLERANCE:g}, found {worst:.3g} beside them, "
            "in units of the largest"
        )
