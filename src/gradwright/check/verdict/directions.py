"""Where to go from x: random signed directions in three scalings, so that no entry stays unseen.

- *even*: every entry of an array moves by the same scale, its root mean square;
- *relative*: every entry moves by its own size, for arrays that hold 1e-6 beside 1e6;
- *balanced*: every entry moves as far as it takes to change f alike, by the claimed gradient, so that a fault
  in a small entry of the gradient is not hidden by the large ones.

Each is scaled so that a step of 1 moves x by about its own size.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from gradwright.check.points import Array, Leaf, Tree

Scaling: TypeAlias = Literal["even", "relative", "balanced"]
SCALINGS: tuple[Scaling, ...] = ("even", "relative", "balanced")
SMALLEST_SHARE = 1e-3  # of the root mean square: entries nearer to 0 move by that
MIXED = 1e-6  # of the root mean square: an even move would change entries that small beyond all their size


def scales(tree: Tree, x: Array, gradient: Array, scaling: Scaling) -> Array:
    """How far each entry moves at a step of 1."""
    out = np.empty_like(x)
    for leaf in tree.leaves:
        out[leaf.places] = _leaf_scales(x[leaf.places], gradient[leaf.places], scaling)
    return out


def draw(rng: np.random.Generator, scale: Array, leaf: Leaf | None = None) -> Array:
    """A random direction: normal draws times ``scale``, within one leaf or in all of x."""
    v = np.zeros_like(scale)
    places = leaf.places if leaf is not None else slice(None)
    v[places] = scale[places] * rng.standard_normal(scale[places].shape)
    return v


def size_of(x: Array) -> float:
    """The root mean square of an array; 1 where all of it is 0."""
    return float(np.sqrt(np.mean(x * x))) or 1.0


def _leaf_scales(x: Array, gradient: Array, scaling: Scaling) -> Array:
    size = size_of(x)
    even = np.full_like(x, size)
    magnitudes = np.abs(x)
    if not magnitudes.any():  # nothing has a size of its own yet, as biases at the start
        return even
    mixed = bool(magnitudes[magnitudes > 0].min() < MIXED * size)
    relative = np.where(magnitudes > 0, magnitudes, SMALLEST_SHARE * size)
    if not mixed:
        relative = np.maximum(magnitudes, SMALLEST_SHARE * size)
    if scaling == "relative" or (scaling == "even" and mixed):
        return relative
    if scaling == "even":
        return even
    pull = np.abs(gradient)
    typical = float(np.median(pull[pull > 0])) if (pull > 0).any() else 1.0
    with np.errstate(divide="ignore", over="ignore"):
        return np.minimum(relative * (typical / pull), even) if typical else even
