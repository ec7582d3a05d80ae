"""An activation's derivative that is missing, of another function, or taken at the wrong place.

Where the weights before it are 0 a layer sees its bias alone, a = b in every row. So the derivative that the
backward pass has at b can be compared with f's entry by entry: db_claimed / db_true = s_claimed(b) / s'(b).
Each fault has another curve there (``curves``); signs in patterns of their own tell one layer's mask from
another's. A function with a kink at 0 is seen on both sides of it, where nothing but the slope has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradwright.check.faults.black_box import ENTRIES, BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.curves import ACTIVATIONS, wrong_derivatives
from gradwright.check.points import Array, Leaf

LEAST, MOST = 0.4, 1.6  # size of the biases that are tried: apart, and far from where slopes are lost
BESIDE = 1e-4  # of these: so near to 0 that what lies on the other side differs by the slope alone
LIGHT = 1e-4  # times the weights after it: what comes back hardly follows what they see
LIKE = 1e-2  # relative: slopes that near to 0 are known to about a per cent
SPREAD = 4  # entries of a bias: of fewer, several values are needed


def activation(box: BlackBox) -> Explanation | None:
    """The last wrong bias at chosen values: which derivative it was given, and at what."""
    for bias in reversed([leaf for leaf in box.wrong if leaf.size == 1 or leaf in box.vectors]):
        first = _of_bias(box, bias)
        again = _of_bias(box, bias) if first else None
        if first and again and first.cause == again.cause:
            return first
    return None


def _of_bias(box: BlackBox, bias: Leaf) -> Explanation | None:
    before = [leaf for leaf in box.leaves if leaf is not bias] if bias.size == 1 else box.before(bias)
    levels: dict[Leaf, Array | float] = dict.fromkeys(before, 0.0)
    if not levels:
        return None
    peers = [leaf for leaf in box.vectors if leaf.size == bias.size and leaf is not bias]
    drawn = {leaf: _drawn(box, leaf, _signs(leaf.size, 2)) for leaf in peers}
    looks = []
    for look in range(-(-SPREAD // bias.size)):
        own = _drawn(box, bias, (-1) ** look * _signs(bias.size, 1))
        x = box.at(levels | drawn | {bias: own})
        looks.append((own[:ENTRIES], box.claimed_of(bias, x).ravel()[:ENTRIES], box.true_entries(x, bias)))
    at, claimed, true = (np.concatenate(parts) for parts in zip(*looks, strict=True))
    wrong = np.array([not box.same(a, b) for a, b in zip(claimed, true, strict=True)])
    if wrong.sum() < 2 or not box.matters(true):
        return None
    smooth = _smooth(box, bias, levels | drawn, at[wrong], claimed[wrong], true[wrong])
    if smooth or len(looks) > 1:
        return smooth
    by_peer = {peer: drawn[peer][:ENTRIES] > 0 for peer in peers}
    return _masked(box, bias, at > 0, claimed, true, by_peer) or _kinked(box, bias, levels | drawn)


def _smooth(
    box: BlackBox, bias: Leaf, levels: Mapping[Leaf, Array | float], at: Array, claimed: Array, true: Array
) -> Explanation | None:
    """The smooth ones, whose wrong derivatives are all different functions of b.

    Where two of them fit, by the derivatives of two activations, it is asked which of these f has.
    """
    if not (box.matters(true) and box.matters(claimed)):
        return None
    where = f"where only {bias.name} sets what it sees, d{bias.name} holds"
    found: dict[str, Explanation] = {}
    for name, own in ACTIVATIONS.items():
        source = true / own.slope(at)
        fitting = (w for w in wrong_derivatives(name) if box.same(claimed, source * w.curve(at)))
        if wrong := next(fitting, None):
            found[name] = Explanation(wrong.cause, f"{where} {wrong.words}")
    if len({each.cause for each in found.values()}) > 1:
        found = {name: each for name, each in found.items() if _has(box, bias, levels, name)}
    causes = {each.cause for each in found.values()}
    return next(iter(found.values())) if len(causes) == 1 else _of_scaled(box, where, at, claimed, true)


def _of_scaled(box: BlackBox, where: str, at: Array, claimed: Array, true: Array) -> Explanation | None:
    """1 - v^2 of values v that are a multiple of tanh's, as dropout leaves them."""
    h, source = np.tanh(at), true / (1 - np.tanh(at) ** 2)
    scale = float(np.sqrt(max((1 - claimed[0] / source[0]) / h[0] ** 2, 0.0)))
    if not (scale > 0 and box.same(claimed, source * (1 - (scale * h) ** 2))):
        return None
    words = f"1 - v^2 of values v that are {scale:.4g} x tanh's own"
    return Explanation(Cause.ACTIVATION_AT_OUTPUT, f"{where} {words}")


def _has(box: BlackBox, bias: Leaf, levels: Mapping[Leaf, Array | float], name: str) -> bool:
    """Whether f has this activation: where the weights after it are light, db goes with its derivative."""
    light = {leaf: LIGHT * box.value(leaf) for leaf in box.weights if leaf not in levels}
    looks = []
    for sign in (1, -1):
        own = sign * _drawn(box, bias, _signs(bias.size, 1))
        true = box.true_entries(box.at({**levels, **light, bias: own}), bias)
        looks.append(true / ACTIVATIONS[name].slope(own[:ENTRIES]))
    return bool(light) and _like(*looks)


def _kinked(box: BlackBox, bias: Leaf, levels: Mapping[Leaf, Array | float]) -> Explanation | None:
    """relu and its kin: one slope to the right of 0, another to the left, in f and in the claim."""
    near = BESIDE * box.rng.uniform(LEAST, MOST, bias.size)
    sides = []
    for own in (near, -near):
        x = box.at({**levels, bias: own})
        sides.append((box.claimed_of(bias, x).ravel()[:ENTRIES], box.true_entries(x, bias, BESIDE / 10)))
    (claimed_right, true_right), (claimed_left, true_left) = sides
    if not (box.matters(true_right) and _like(claimed_right, true_right)):
        if _like(claimed_left, true_right) and not claimed_right.any() and not box.matters(true_left):
            evidence = f"d{bias.name} lets through what is negative and stops what is positive"
            return Explanation(Cause.WRONG_MASK, evidence)
        return None
    theirs, own_slope = (
        float(left @ true_right / (true_right @ true_right)) for left in (claimed_left, true_left)
    )
    fits = _like(claimed_left, theirs * true_right) and _like(true_left, own_slope * true_right)
    if not fits or abs(theirs - own_slope) < LIKE or abs(own_slope - 1) < LIKE:
        return None
    evidence = f"at negative {bias.name} the slope is claimed to be {theirs:.3g}, and f's is {own_slope:.3g}"
    missing = abs(theirs - 1) < LIKE
    return Explanation(Cause.ACTIVATION_MISSING if missing else Cause.OTHER_ACTIVATION, evidence)


def _masked(
    box: BlackBox, bias: Leaf, own: Array, claimed: Array, true: Array, peers: Mapping[Leaf, Array]
) -> Explanation | None:
    """The signs of another vector decide what is let through."""
    for peer, other in peers.items():
        if _masked_by(box, claimed, true, own, other):
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


def _like(a: Sequence[float] | Array, b: Sequence[float] | Array) -> bool:
    """Whether two lists of numbers are about the same."""
    largest = max(np.abs(a).max(), np.abs(b).max())
    return bool(np.abs(np.asarray(a) - b).max() <= LIKE * largest)


def _signs(count: int, period: int) -> Array:
    """+ - + - ... or + + - - ...: of two vectors, every pair of signs occurs."""
    return np.where(np.arange(count) // period % 2 == 0, 1.0, -1.0)


def _drawn(box: BlackBox, leaf: Leaf, signs: Array) -> Array:
    return np.asarray(signs * box.rng.uniform(LEAST, MOST, leaf.size))
