"""Right derivatives at wrong places: outputs in another order, an axis shifted, J for its transpose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.rearranged import orders
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import Jacobian
from gradwright.check.points import Array

SHIFTS = (-2, -1, 0, 1, 2)


def moved(_: BackwardMap, j: Jacobian) -> Explanation | None:
    """The order, or the shift, that makes the claimed Jacobian of the true one."""
    if j.is_square and not j.same(j.true, j.true.T) and j.same(j.claimed, j.true.T):
        return Explanation(
            Cause.TRANSPOSED, f"{j.gradient} is J dout, not J' dout: what is multiplied is transposed"
        )
    return _outputs_in_another_order(j) or _slices(j) or _shifted(j)


def _outputs_in_another_order(j: Jacobian) -> Explanation | None:
    if len(j.outputs) > 1 or len(j.out) < 2:
        return None
    numbers = np.arange(len(j.true)).reshape(j.out)
    for cause, words, order in orders(numbers):
        if not np.array_equal(order, numbers.ravel()) and j.same(j.claimed, j.true[order]):
            is_swap = any(
                np.array_equal(order, np.swapaxes(numbers, *pair).ravel())
                for pair in combinations(range(numbers.ndim), 2)
            )
            cause = Cause.TRANSPOSED if is_swap else cause
            return Explanation(cause, f"{j.gradient} is right for a dout that is {words}")
    return None


def _slices(j: Jacobian) -> Explanation | None:
    """The slices of the array along one axis in another order."""
    for axis, length in enumerate(j.shape):
        if length < 2 or length == j.true.shape[1] == 1:
            continue
        true, claimed = (
            np.moveaxis(m.reshape(-1, *j.shape), axis + 1, 0).reshape(length, -1) for m in (j.true, j.claimed)
        )
        order = [next((i for i in range(length) if j.same(mine, true[i])), -1) for mine in claimed]
        if sorted(order) == list(range(length)) and order != list(range(length)):
            cause = _order_named(np.array(order))
            told = ", ".join(map(str, order))
            return (
                None
                if cause is None
                else Explanation(cause, f"{j.gradient} is right with axis {axis} in the order {told}")
            )
    return None


def _order_named(order: Array) -> Cause | None:
    """What an order of slices is called."""
    places = np.arange(len(order))
    if np.array_equal(order, places[::-1]) and len(order) > 2:
        return Cause.REVERSED
    if any(np.array_equal(order, np.roll(places, shift)) for shift in (1, -1)) and len(order) > 2:
        return Cause.OFF_BY_ONE
    folded = (n for n in range(2, len(order)) if len(order) % n == 0)
    if any(np.array_equal(order, places.reshape(n, -1).T.ravel()) for n in folded) and len(order) > 3:
        return Cause.FLATTENED
    return Cause.EXCHANGED if _is_exchange(order) else None


def _is_exchange(order: Array) -> bool:
    """Whether two blocks of slices, as long as one another, stand in each other's place."""
    moved = np.flatnonzero(order != np.arange(len(order)))
    size = len(moved) // 2
    one, other = moved[:size], moved[size:]
    return bool(len(moved) == 2 * size and (order[one] == other).all() and (order[other] == one).all())


def _shifted(j: Jacobian) -> Explanation | None:
    """The array moved along one or two axes, where what comes from beyond its end is not looked at."""
    for shift in _shifts(j.shape):
        source = np.arange(j.true.shape[1]).reshape(j.shape)
        known = np.ones(j.shape, bool)
        for axis, by in enumerate(shift):
            source = np.roll(source, by, axis)
            edge = np.arange(by) if by > 0 else np.arange(j.shape[axis] + by, j.shape[axis])
            np.moveaxis(known, axis, 0)[edge] = False
        known = known.ravel()
        there = j.true[:, source.ravel()[known]]
        if known.sum() <= j.true.shape[1] // 4 or not j.matters(there).any():
            continue
        if j.same(j.claimed[:, known], there):
            told = " and ".join(f"{by:+d} along axis {axis}" for axis, by in enumerate(shift) if by)
            return Explanation(Cause.OFF_BY_ONE, f"{j.gradient} is right where it is moved by {told}")
    return None


def _shifts(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Shifts along one or two of the axes that are long enough."""
    choices = [SHIFTS if length > max(SHIFTS) else (0,) for length in shape]
    for shift in product(*choices):
        if 1 <= np.count_nonzero(shift) <= 2:
            yield shift
