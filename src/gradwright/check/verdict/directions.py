"""Where to go from x: random signed directions in three measures, so that no entry stays unseen.

- *even*: every entry of an array moves by the same scale, its root mean square;
- *relative*: every entry moves by its own size, for arrays that hold 1e-6 beside 1e6;
- *balanced*: every entry moves as far as it takes to change f alike, by the claimed gradient, so that a fault
  in a small entry of the gradient is not drowned by the large ones.

Each is scaled so that a step of 1 moves x by about its own size.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.trees import Leaf, Tree

Measure: TypeAlias = Literal["even", "relative", "balanced"]
MEASURES: tuple[Measure, ...] = ("even", "relative", "balanced")
SMALLEST_SHARE = 1e-3  # of the root mean square: entries nearer to 0 move by that
MIXED = 1e-6  # of the root mean square: with entries that small an even move would tear them away


def scales(tree: Tree, x: Array, gradient: Array, measure: Measure) -> Array:
    """How far each entry moves at a step of 1."""
    out = np.empty_like(x)
    for leaf in tree.leaves:
        out[leaf.places] = _leaf_scales(x[leaf.places], gradient[leaf.places], measure)
    return out


def draw(rng: np.random.Generator, scale: Array, leaf: Leaf | None = None) -> Array:
    """A random direction: normal draws times ``scale``, within one leaf or in all of x."""
    v = np.zeros_like(scale)
    places = leaf.places if leaf is not None else slice(None)
    v[places] = scale[places] * rng.standard_normal(scale[places].shape)
    return v


def _leaf_scales(x: Array, gradient: Array, measure: Measure) -> Array:
    size = float(np.sqrt(np.mean(x * x))) or 1.0
    even = np.full_like(x, size)
    magnitudes = np.abs(x)
    if not magnitudes.any():  # nothing has a size of its own yet, as biases at the start
        return even
    mixed = bool(magnitudes[magnitudes > 0].min() < MIXED * size)
    relative = np.where(magnitudes > 0, magnitudes, SMALLEST_SHARE * size)
    if not mixed:
        relative = np.maximum(magnitudes, SMALLEST_SHARE * size)
    if measure == "relative" or (measure == "even" and mixed):
        return relative
    if measure == "even":
        return even
    pull = np.abs(gradient)
    typical = float(np.median(pull[pull > 0])) if (pull > 0).any() else 1.0
    with np.errstate(divide="ignore", over="ignore"):
        return np.minimum(relative * (typical / pull), even) if typical else even
