"""Which entry of a gradient is wrong? Halving on one random projection, at one measurement a half.

Of several wrong arrays the deepest is named first, the nearest to f's value: there a fault of the way back
enters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.survey import Survey

CLEAN = 1e-3  # of the whole difference: what a part without a fault may show
ROW, COLUMN = "{}[{}, :]", "{}[:, {}]"
MOST_NAMES = 8  # of wrong arrays that are told one by one


def locate(survey: Survey, leaf: Leaf, allowance: int) -> tuple[str, Array]:
    """The place of the fault in a leaf whose gradient is wrong: its name, and its entries of the vector.

    One entry, a row or a column, or all of the leaf. ``allowance`` bounds the evaluations of f.
    """
    everywhere = np.arange(leaf.start, leaf.stop)
    v = survey.direction(survey.draw("balanced", leaf))
    limit = survey.oracle.meter.f + allowance
    entry = _one_group(survey, v, everywhere, everywhere - leaf.start, limit)
    if entry is not None:
        alone = _alone(survey, leaf, everywhere, entry)
        return (leaf.locate(entry), everywhere[[entry]]) if alone else (leaf.name, everywhere)
    if len(leaf.shape) == 2:
        for words, lines in zip((ROW, COLUMN), np.indices(leaf.shape).reshape(2, -1), strict=True):
            line = _one_group(survey, v, everywhere, lines, limit)
            if line is not None and lines.any():
                return words.format(leaf.name, line), everywhere[lines == line]
    return leaf.name, everywhere


def deepest_first(leaves: Sequence[Leaf]) -> list[Leaf]:
    """By the numbers of layers in their names, where all have some, and else by their order.

    >>> from gradwright.check.points import Tree
    >>> tree = Tree.of({"W2": np.ones(1), "W1": np.ones(1), "b1": np.ones(1)})
    >>> [leaf.name for leaf in deepest_first(tree.leaves)]
    ['W2', 'b1', 'W1']
    """
    numbered = all(leaf.numbers for leaf in leaves)
    return sorted(leaves, key=lambda leaf: (leaf.numbers if numbered else (), leaf.start), reverse=True)


def told_together(places: Sequence[str]) -> str:
    """Places in one line, those beyond the first few as a number.

    >>> told_together(["W2", "W1"])
    'W2, W1'
    """
    more = len(places) - MOST_NAMES
    return ", ".join(places[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _one_group(survey: Survey, v: Direction, entries: Array, groups: Array, limit: int) -> int | None:
    """The one group that all wrong ``entries`` belong to, ``groups`` being the number of each one's group.

    The difference along v is the sum of the entries' own, weighed by v. So along the part of v in one half
    of the groups it is either all of it, or none, or both halves are at fault: then it is None, as where the
    evaluations do not suffice.
    """
    low, high = 0, int(groups.max()) + 1
    whole = survey.measure(v.within(entries))
    while high - low > 1:
        if survey.oracle.meter.f >= limit:
            return None
        middle = low + (high - low) // 2
        part = survey.measure(v.within(entries[(low <= groups) & (groups < middle)]))
        rest = whole.difference - part.difference
        least = max(CLEAN * abs(whole.difference), part.error + whole.error + part.tolerance)
        here, there = abs(part.difference) > least, abs(rest) > least
        if here and there:
            return None
        low, high = (low, middle) if abs(part.difference) >= abs(rest) else (middle, high)
        whole = part if here else whole
    return low


def _alone(survey: Survey, leaf: Leaf, entries: Array, entry: int) -> bool:
    """Whether fresh directions through all other entries of the leaf show no difference."""
    others = np.delete(entries, entry)
    return not any(m.contradicts for _, m in survey.within(leaf, others, 3)) if len(others) else True
