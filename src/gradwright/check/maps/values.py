"""The values that dout is multiplied by, as in the gradient of a scale: the right ones, or others."""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import Jacobian
from gradwright.check.points import Array


def other_values(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """Where each output follows one entry of an array: what the claim has there in place of the truth."""
    there, passed = j.matters(j.true), j.matters(j.claimed)
    if not (there.sum(axis=1) <= 1).all() or len(j.outputs) > 1 or not (passed.sum(axis=1) <= 1).all():
        return None
    places = np.argmax(np.abs(j.true), axis=1)
    rows = np.arange(len(places))
    claimed = j.claimed[rows, places]
    if not j.same(j.claimed, np.where(np.eye(j.true.shape[1], dtype=bool)[places], claimed[:, None], 0.0)):
        return None
    for words, values in _candidates(backward, j):
        if values.size == claimed.size and j.same(claimed, values.ravel()):
            cause = Cause.FACTOR_DROPPED if words == "1" else Cause.OTHER_VALUES
            return Explanation(cause, f"{j.gradient} multiplies dout by {words}")
    return None


def _candidates(backward: BackwardMap, j: Jacobian) -> list[tuple[str, Array]]:
    found = [("1", np.ones(len(j.true))), ("the output", backward.value())]
    for name, array in backward.point.items():
        if name != j.name and array.size == len(j.true):
            found.append((f"{name} itself", array))
            found += [
                (f"{name} less its mean over axis {axis}", array - array.mean(axis=axis, keepdims=True))
                for axis in range(array.ndim)
            ]
    return found
