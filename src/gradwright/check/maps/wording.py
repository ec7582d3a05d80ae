"""Axes and places in the words of a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradwright.check.maps.jacobians import Jacobian


def axis_of(j: Jacobian, axis: int) -> str:
    """An axis of the output: ``axis 0, the samples``.

    The first is called so where the input is as long there, and its samples do not see one another.
    """
    return f"axis {axis} (the samples)" if axis == 0 and j.has_samples else f"axis {axis}"


def several(things: Sequence[Any]) -> str:
    """``1``, ``1 and 2``, ``1, 2 and 4``, ``1 to 4``.

    >>> several([1]), several([0, 2]), several([1, 2, 3])
    ('1', '0 and 2', '1 to 3')
    """
    things = list(things)
    if (
        len(things) > 2
        and all(isinstance(t, int) for t in things)
        and things == list(range(things[0], things[-1] + 1))
    ):
        return f"{things[0]} to {things[-1]}"
    words = [str(thing) for thing in things]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
