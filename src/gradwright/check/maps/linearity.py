"""What a backward does with dout: it must be linear in it, and what is not is a fault by itself.

A right backward gives 0 for 0, twice as much for 2 dout, the negative for -dout, and for a sum the sum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import CLOSE
from gradwright.check.points import Array

FAR = (1e6, 1e7)  # times dout: between them a linear backward grows by ten
NEARLY = 0.1  # relative
NEAR = (1e-2, 1e-6)  # times dout: what is linear for small dout is so between them


def not_linear(backward: BackwardMap, name: str) -> Explanation | None:
    """How the gradient of one array fails to be linear in dout; None where it is."""
    shapes, rng = backward.shapes(), backward.generator()
    u, w = rng.standard_normal((2, backward.value().size))

    def back(dout: Array) -> Array:
        return backward.gradients(dout, shapes)[name]

    at_zero, once, other = back(0 * u), back(u), back(w)
    if _same(once, back(2 * u)):
        return None  # it does not use dout at all
    if at_zero.any():
        is_affine = _same(back(u + w) + at_zero, once + other)
        return (
            _added(name, at_zero, backward.point[name]) if is_affine else _otherwise(name, once, back(2 * u))
        )
    is_even, is_odd = _same(back(-u), once), _same(back(-u), -once)
    if _same(back(2 * u), 2 * once):
        if is_odd and _same(back(u + w), once + other):
            return None
        if not is_odd and not is_even and _odd_part_is_linear(back, u, w):
            evidence = f"2 dout gives 2 d{name}, but -dout not -d{name}: what passes depends on dout's sign"
            return Explanation(Cause.MASK_OF_GRADIENT, evidence)
        return Explanation(
            Cause.NOT_LINEAR_IN_DOUT,
            f"d{name} for -dout is {'the same' if is_even else 'not -1 x'} that for dout",
        )
    little, less = (back(share * u) / share for share in NEAR)
    if is_odd and _same(little, less) and _same(back(FAR[0] * u), back(FAR[1] * u)):
        evidence = (
            f"d{name} is the same for {FAR[0]:.0e} and {FAR[1]:.0e} times dout, and linear for small dout"
        )
        return Explanation(Cause.CLIPPED, evidence)
    small, smaller = (back(share * u) / share for share in (NEAR[0], NEAR[0] / 2))
    if not is_odd and _same(2 * (smaller - less), small - less, NEARLY) and _same(little, less, NEARLY):
        evidence = (
            f"d{name} is linear for small dout, and what it has more for a larger one grows with its square"
        )
        return Explanation(Cause.UPDATE_ORDER, evidence)
    return _otherwise(name, once, back(2 * u))


def _odd_part_is_linear(back: Callable[[Array], Array], u: Array, w: Array) -> bool:
    """max(u, 0) - max(-u, 0) is u itself, and so is the odd part of every mask by the sign of dout."""
    odd = [back(v) - back(-v) for v in (u, w, u + w)]
    return _same(odd[0] + odd[1], odd[2])


def _added(name: str, term: Array, array: Array) -> Explanation:
    share = float((term * array).sum() / (array * array).sum()) if array.any() else 0.0
    if share and _same(term, share * array):
        return Explanation(Cause.L2_EXTRA, f"where dout is 0, d{name} is {share:.4g} x {name}")
    return Explanation(
        Cause.TERM_ADDED, f"where dout is 0, d{name} is not: it reaches {np.abs(term).max():.3g}"
    )


def _otherwise(name: str, once: Array, twice: Array) -> Explanation:
    times = float((twice * once).sum() / (once * once).sum()) if once.any() else 0.0
    told = f"{times:.4g} x that for dout" if _same(twice, times * once) else "no multiple of that for dout"
    return Explanation(Cause.NOT_LINEAR_IN_DOUT, f"d{name} for 2 dout is {told}, not 2 x")


def _same(a: Array, b: Array, close: float = CLOSE) -> bool:
    size = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return bool(np.abs(a - b).max(initial=0.0) <= close * size)
