"""A normalization whose mean or variance is held constant in the backward pass.

The mark is a change of the weights before it that f does not depend on and the claim does. In batch
normalization that is the size of a unit; in layer normalization the size of all weights, where the variance
is held, and the same change in all units, where the mean is.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

UNMOVED = 2e-3  # of |g| |v|: no change but by the epsilon beside a variance
MOVED = 1e-2  # of |g| |v|: a change


def normalized(box: BlackBox) -> Explanation | None:
    """A weight whose size f does not depend on and the claim does, as where a moment is held constant."""
    for weight in box.wrong_matrices:
        for units in (1, 0):
            found = _over_samples(box, weight, units) or _over_features(box, weight, units)
            if found is not None:
                return found
    return None


def _over_samples(box: BlackBox, weight: Leaf, units: int) -> Explanation | None:
    """Batch normalization: f depends on no unit's size; with one unit let through, no other gets errors."""
    value = box.value(weight)
    columns = [_only(value, units, k) for k in range(weight.shape[units])]
    x = box.x
    if not all(_flat(box, x, weight, column) for column in columns):
        return None
    for gate in (leaf for leaf in box.vectors if leaf.size == weight.shape[units]):
        passed = 0
        for unit in (0, 1):
            alone = box.at({gate: _only(box.value(gate).ravel(), 0, unit)})
            others = box.rng.standard_normal(weight.shape)
            others = others - _only(others, units, unit)
            g = box.claimed_of(weight, alone)
            apart = not box.matters(g - _only(g, units, unit)) and _flat(box, alone, weight, others)
            passed += apart and _depends(g, columns[unit]) and _flat(box, alone, weight, columns[unit])
        if passed == 2:
            return _held(weight, "the size of a unit", "a moment")
    return None


def _over_features(box: BlackBox, weight: Leaf, units: int) -> Explanation | None:
    """Layer normalization: f depends neither on the size of W nor on the same change in all units.

    With W centred the variance is all that its size moves, and the mean all that such a change moves.
    """
    value = box.value(weight)
    centred = value - value.mean(axis=units, keepdims=True)
    shifts = [_same_in_all(box, value.shape, units) for _ in range(3)]
    x = box.at({weight: centred})
    if not all(_flat(box, x, weight, change) for change in (centred, *shifts)):
        return None
    g = box.claimed_of(weight, x)
    if _depends(g, centred) and all(_independent(g, shift) for shift in shifts):
        return _held(weight, "the size", "the variance")
    if any(_depends(g, shift) for shift in shifts) and _independent(g, centred):
        return _held(weight, "a shift of all units", "the mean")
    return None


def _same_in_all(box: BlackBox, shape: tuple[int, ...], units: int) -> Array:
    """A random change of a weight that is the same in all units."""
    changes = box.rng.standard_normal(shape)
    return changes[:, :1] + np.zeros(shape) if units == 1 else changes[:1] + np.zeros(shape)


def _held(weight: Leaf, change: str, moment: str) -> Explanation:
    evidence = (
        f"f does not depend on {change} of {weight.name} and the claim does, as if {moment} were constant"
    )
    return Explanation(Cause.MOMENT, evidence)


def _flat(box: BlackBox, x: Array, weight: Leaf, change: Array) -> bool:
    """Whether f does not depend on a change in a weight at x."""
    v = box.within(weight, change)
    size = float(np.linalg.norm(box.claimed_at_x[weight.places]) * np.linalg.norm(v))
    return abs(box.true(x, v)) <= UNMOVED * size


def _depends(g: Array, change: Array) -> bool:
    return abs(float((g * change).sum())) > MOVED * float(np.linalg.norm(g) * np.linalg.norm(change))


def _independent(g: Array, change: Array) -> bool:
    return abs(float((g * change).sum())) <= UNMOVED * float(np.linalg.norm(g) * np.linalg.norm(change))


def _only(values: Array, axis: int, unit: int) -> Array:
    """The slice of one unit, 0 elsewhere."""
    only = np.zeros_like(values)
    place = (slice(None),) * axis + (unit,)
    only[place] = values[place]
    return only
