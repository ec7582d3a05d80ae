"""The faults of a normalisation, seen where f does not feel the weights before it and the claim does."""

from __future__ import annotations

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.causes import Cause, Explanation
from gradwright.check.verdict.trees import Leaf
from gradwright.check.verdict.workbench import Workbench

UNMOVED = 2e-3  # of |g| |v|: no change but by the epsilon beside a variance
MOVED = 1e-2  # of |g| |v|: a change


def normalised(bench: Workbench) -> Explanation | None:
    """A weight whose size f does not feel, and the claim does: as where a moment is held constant."""
    for weight in (leaf for leaf in bench.weights if leaf in bench.wrong and len(leaf.shape) == 2):
        for units in (1, 0):
            found = _over_samples(bench, weight, units) or _over_features(bench, weight, units)
            if found is not None:
                return found
    return None


def _over_samples(bench: Workbench, weight: Leaf, units: int) -> Explanation | None:
    """Batch normalisation: f feels the size of no unit; with one unit let through, no other gets an error."""
    value = bench.value(weight)
    columns = [_only(value, units, k) for k in range(weight.shape[units])]
    x = bench.probe.x
    if not all(_still(bench, x, weight, column) for column in columns):
        return None
    for gate in (leaf for leaf in bench.vectors if leaf.shape[0] == weight.shape[units]):
        passed = 0
        for unit in (0, 1):
            alone = bench.at({gate: _only(bench.value(gate), 0, unit)})
            others = bench.rng.standard_normal(weight.shape)
            others = others - _only(others, units, unit)
            g = bench.claimed(alone)[weight.places].reshape(weight.shape)
            silent = not bench.matters(g - _only(g, units, unit)) and _still(bench, alone, weight, others)
            passed += silent and _felt(g, columns[unit]) and _still(bench, alone, weight, columns[unit])
        if passed == 2:
            return _held(weight, "the size of a unit", "a moment")
    return None


def _over_features(bench: Workbench, weight: Leaf, units: int) -> Explanation | None:
    """Layer normalisation: f feels neither the size of W nor the same change in all units.

    With W centred the variance is all that its size moves, and the mean all that such a change moves.
    """
    value = bench.value(weight)
    centred = value - value.mean(axis=units, keepdims=True)
    shifts = [_same_in_all(bench, value.shape, units) for _ in range(3)]
    x = bench.at({weight: centred})
    if not all(_still(bench, x, weight, change) for change in (centred, *shifts)):
        return None
    g = bench.claimed(x)[weight.places].reshape(weight.shape)
    if _felt(g, centred) and all(_unfelt(g, shift) for shift in shifts):
        return _held(weight, "the size", "the variance")
    if any(_felt(g, shift) for shift in shifts) and _unfelt(g, centred):
        return _held(weight, "a shift of all units", "the mean")
    return None


def _same_in_all(bench: Workbench, shape: tuple[int, ...], units: int) -> Array:
    """A random change of a weight that is the same in all units."""
    changes = bench.rng.standard_normal(shape)
    return changes[:, :1] + np.zeros(shape) if units == 1 else changes[:1] + np.zeros(shape)


def _held(weight: Leaf, change: str, moment: str) -> Explanation:
    evidence = f"f does not feel {change} of {weight.name} and the claim does, as if {moment} were constant"
    return Explanation(Cause.MOMENT, evidence)


def _still(bench: Workbench, x: Array, weight: Leaf, change: Array) -> bool:
    """Whether f does not feel a change in a weight at x."""
    v = np.zeros(bench.probe.tree.size)
    v[weight.places] = change.ravel()
    size = float(np.linalg.norm(bench.claimed_at_x[weight.places]) * np.linalg.norm(v))
    return abs(bench.true(x, v)) <= UNMOVED * size


def _felt(g: Array, change: Array) -> bool:
    return abs(float((g * change).sum())) > MOVED * float(np.linalg.norm(g) * np.linalg.norm(change))


def _unfelt(g: Array, change: Array) -> bool:
    return abs(float((g * change).sum())) <= UNMOVED * float(np.linalg.norm(g) * np.linalg.norm(change))


def _only(values: Array, axis: int, unit: int) -> Array:
    """The slice of one unit, 0 elsewhere."""
    only = np.zeros_like(values)
    place = (slice(None),) * axis + (unit,)
    only[place] = values[place]
    return only
