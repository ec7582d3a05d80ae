"""A table whose rows are looked up more than once, where the gradient of a row is overwritten, not added to.

The mark is that the wrong rows are just those whose number stands more than once in the indices at hand, and
that all others are right. Where all rows are wrong, or no indices are at hand, nothing tells it from others.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.at_hand import arrays_at_hand
from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Leaf

MOST_ROWS = 200  # of a table whose rows are looked at one by one
LOOKS = 2  # directions in each of them


def overwritten(box: BlackBox) -> Explanation | None:
    """One wrong table, and indices of its rows at hand."""
    for leaf in (each for each in box.wrong if len(each.shape) == 2 and each.shape[0] <= MOST_ROWS):
        repeated = _repeated(box, leaf)
        if not repeated:
            continue
        wrong = {row for row in range(leaf.shape[0]) if _is_wrong(box, leaf, row)}
        for name, rows in repeated.items():
            if wrong == rows and len(wrong) < leaf.shape[0]:
                told = ", ".join(map(str, sorted(rows)))
                evidence = f"of {leaf.name} the rows {told} are wrong, those that {name} has more than once"
                return Explanation(Cause.OVERWRITTEN, evidence)
    return None


def _repeated(box: BlackBox, leaf: Leaf) -> dict[str, set[int]]:
    """The rows that stand more than once in arrays of whole numbers at hand, by the names of these."""
    found = {}
    for name, array in arrays_at_hand((box.oracle.f, box.oracle.grad)):
        if array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() < leaf.shape[0]:
            rows, counts = np.unique(array, return_counts=True)
            found[name] = {int(row) for row in rows[counts > 1]}
    return {name: rows for name, rows in found.items() if rows}


def _is_wrong(box: BlackBox, leaf: Leaf, row: int) -> bool:
    for _ in range(LOOKS):
        v = np.zeros(leaf.shape)
        v[row] = box.rng.standard_normal(leaf.shape[1])
        along = box.within(leaf, v)
        if not box.same(box.true(box.x, along), float(box.claimed_at_x @ along)):
            return True
    return False
