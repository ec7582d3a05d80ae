"""A gradient that is clipped, by its entries or by its length, as a step may be and a derivative never is.

The mark of the first is a bound that several entries reach exactly and the true ones exceed, while all others
are right. The mark of the second is a length that stays the same from point to point while the true one does
not, in the true direction.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

SIZES = (1.0, 0.8, -1.3)  # times the parameters: points at which lengths are compared
LOOKS = 3  # directions along which the entries below a bound must be right
FEWEST = 2  # entries that reach a bound
RIGHT = 1e-3  # of the true gradient: what is left where a claim stands


def clipped(box: BlackBox) -> Explanation | None:
    """Clipped by entries in a wrong array, or by the length of all of them."""
    return next((found for leaf in box.wrong if (found := _by_entries(box, leaf))), None) or _by_length(box)


def _by_entries(box: BlackBox, leaf: Leaf) -> Explanation | None:
    g = box.claimed_at_x[leaf.places]
    bound = float(np.abs(g).max())
    reached = np.flatnonzero(np.abs(g) == bound)
    below = np.abs(g) < bound
    if not FEWEST <= len(reached) < len(g) or not bound:
        return None
    for _ in range(LOOKS):
        v = np.where(below, box.rng.standard_normal(len(g)), 0.0)
        if not box.same(box.true(box.x, box.within(leaf, v)), float(g @ v)):
            return None
    units = np.eye(len(g))[reached[: 2 * LOOKS]]
    beyond = [box.true(box.x, box.within(leaf, unit)) * np.sign(g @ unit) for unit in units]
    if not (min(beyond) >= bound * (1 - RIGHT) and max(beyond) > bound * (1 + RIGHT)):
        return None
    evidence = f"{len(reached)} entries of {leaf.name} are {bound:.4g}, where the true ones reach "
    return Explanation(Cause.CLIPPED, evidence + f"{max(beyond):.4g}, and all others are right")


def _by_length(box: BlackBox) -> Explanation | None:
    points = [box.at({leaf: size * box.value(leaf) for leaf in box.leaves}) for size in SIZES]
    claims = [box.claimed(x) for x in points]
    for leaves in (box.leaves, *((leaf,) for leaf in box.wrong)):
        parts = [np.concatenate([g[leaf.places] for leaf in leaves]) for g in claims]
        lengths = [float(np.linalg.norm(part)) for part in parts]
        if not (len(parts[0]) > FEWEST and lengths[0] and np.allclose(lengths, lengths[0], rtol=RIGHT**2)):
            continue
        shares = [_share(box, x, g, leaves) for x, g in zip(points, claims, strict=True)]
        if all(0 < share < 1 - RIGHT for share in shares) and not np.allclose(shares, shares[0], rtol=RIGHT):
            names = ", ".join(leaf.name for leaf in leaves)
            evidence = (
                f"the length of {names} is {lengths[0]:.4g} wherever it was asked, in the true direction"
            )
            return Explanation(Cause.CLIPPED, evidence)
    return None


def _share(box: BlackBox, x: Array, g: Array, leaves: tuple[Leaf, ...]) -> float:
    """The factor by which the claim at x is shorter than the true gradient; 0 where it is another one."""
    along = [box.direction(leaves) for _ in range(LOOKS)]
    claimed, true = np.array([g @ v for v in along]), np.array([box.true(x, v) for v in along])
    share = float(claimed @ true / (true @ true)) if true.any() else 0.0
    return share if box.same(claimed, share * true) else 0.0
