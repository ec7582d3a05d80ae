"""An activation's derivative that is missing, of another function, or taken at the wrong place.

Where the weights before it are 0 a layer sees its bias alone, a = b in every row. So the derivative that the
backward pass has at b can be compared with f's entry by entry: db_claimed / db_true = s_claimed(b) / s'(b).
Each fault has another curve there; signs in patterns of their own tell one layer's mask from another's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gradwright.check.faults.black_box import ENTRIES, BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

Curve: TypeAlias = Callable[[Array], Array]
LEAST, MOST = 0.4, 1.6  # size of the biases that are tried: apart, and far from where slopes are lost


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _tanh_slope(z: Array) -> Array:
    return np.asarray(1 - np.tanh(z) ** 2)


def _sigmoid_slope(z: Array) -> Array:
    return np.asarray(_sigmoid(z) * (1 - _sigmoid(z)))


SMOOTH: dict[str, tuple[Curve, Curve]] = {
    "tanh": (np.tanh, _tanh_slope),
    "sigmoid": (_sigmoid, _sigmoid_slope),
}
OF_THE_VALUE: dict[str, Curve] = {"tanh": lambda h: 1 - h**2, "sigmoid": lambda h: h * (1 - h)}


def activation(box: BlackBox) -> Explanation | None:
    """The last wrong bias at chosen values: which derivative it was given, and at what."""
    for bias in reversed(box.wrong_vectors):
        first = _of_bias(box, bias)
        again = _of_bias(box, bias) if first else None
        if first and again and first.cause == again.cause:
            return first
    return None


def _of_bias(box: BlackBox, bias: Leaf) -> Explanation | None:
    values = {leaf: _drawn(box, leaf, _signs(leaf.shape[0], 2)) for leaf in box.vectors}
    values[bias] = _drawn(box, bias, _signs(bias.shape[0], 1))
    levels: dict[Leaf, Array | float] = dict.fromkeys(box.before(bias), 0.0)
    if not levels:
        return None
    peers = [leaf for leaf in box.vectors if leaf.shape == bias.shape and leaf is not bias]
    x = box.at(levels | {leaf: values[leaf] for leaf in (bias, *peers)})
    claimed, true = box.claimed_of(bias, x)[:ENTRIES], box.true_entries(x, bias)
    at = values[bias][:ENTRIES]
    wrong = np.array([not box.same(a, b) for a, b in zip(claimed, true, strict=True)])
    if wrong.sum() < 2 or not box.matters(true):
        return None
    smooth = _smooth(box, bias, at[wrong], claimed[wrong], true[wrong])
    return smooth or _piecewise(box, bias, at, claimed, true, {p: values[p][:ENTRIES] for p in peers})


def _smooth(box: BlackBox, bias: Leaf, at: Array, claimed: Array, true: Array) -> Explanation | None:
    """tanh and sigmoid, whose wrong derivatives are all different functions of b."""
    if not box.matters(true):
        return None
    where = f"where only {bias.name} sets what it sees, d{bias.name} holds"
    for name, (value, slope) in SMOOTH.items():
        h, source = value(at), true / slope(at)
        if box.same(claimed, source):
            return Explanation(Cause.ACTIVATION_MISSING, f"{where} 1 for {name}'s derivative")
        if box.same(claimed, source * slope(h)):
            return Explanation(Cause.ACTIVATION_AT_OUTPUT, f"{where} {name}'s derivative at its own value")
        for other, (_, other_slope) in SMOOTH.items():
            if other != name and (
                box.same(claimed, source * other_slope(at))
                or box.same(claimed, source * OF_THE_VALUE[other](h))
            ):
                evidence = f"{where} {other}'s derivative in place of {name}'s"
                return Explanation(Cause.ACTIVATION_MISSING, evidence)
        if name == "tanh":
            scale = float(np.sqrt(max((1 - claimed[0] / source[0]) / h[0] ** 2, 0.0)))
            if scale > 0 and box.same(claimed, source * (1 - (scale * h) ** 2)):
                words = f"1 - v^2 of values v that are {scale:.4g} x tanh's own"
                return Explanation(Cause.ACTIVATION_AT_OUTPUT, f"{where} {words}")
    return None


def _piecewise(
    box: BlackBox, bias: Leaf, at: Array, claimed: Array, true: Array, peers: dict[Leaf, Array]
) -> Explanation | None:
    """relu and its leaky kin: one slope to the right of 0, another to the left."""
    up, down = at > 0, at < 0
    where = f"at negative {bias.name}"
    if box.same(claimed[up], true[up]) and box.matters(true[up]):
        if not box.matters(claimed[down]) and box.matters(true[down]):
            return Explanation(Cause.ACTIVATION_MISSING, f"{where} the claim is 0, as if there were no leak")
        leak = float(claimed[down] @ true[down] / (claimed[down] @ claimed[down]))
        if box.same(true[down], leak * claimed[down]) and abs(leak) < 1:
            evidence = f"{where} the true gradient is {leak:.4g} x the claimed one, else the same"
            return Explanation(Cause.ACTIVATION_MISSING, evidence)
    for peer, other in peers.items():
        if _masked_by(box, claimed, true, up, other > 0):
            evidence = f"d{bias.name} lets through what the signs of {peer.name} let, not its own"
            return Explanation(Cause.WRONG_MASK, evidence)
    return None


def _masked_by(box: BlackBox, claimed: Array, true: Array, own: Array, other: Array) -> bool:
    """Whether claimed / true is 1, slope or 1 / slope, as the two masks have it in each entry."""
    lost, gained, kept = own & ~other, other & ~own, own == other
    if not (box.matters(true[lost]) and box.matters(claimed[gained])):
        return False
    slope = float(claimed[lost] @ true[lost] / (true[lost] @ true[lost]))
    return (
        abs(slope) < 1
        and box.same(claimed[kept], true[kept])
        and box.same(claimed[lost], slope * true[lost])
        and box.same(true[gained], slope * claimed[gained])
    )


def _signs(count: int, period: int) -> Array:
    """+ - + - ... or + + - - ...: of two vectors, every pair of signs occurs."""
    return np.where(np.arange(count) // period % 2 == 0, 1.0, -1.0)


def _drawn(box: BlackBox, leaf: Leaf, signs: Array) -> Array:
    return np.asarray(signs * box.rng.uniform(LEAST, MOST, leaf.shape[0]))
