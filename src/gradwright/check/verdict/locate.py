"""Which entry of a gradient is wrong? Halving on one random projection, at one measurement a half."""

from __future__ import annotations

import numpy as np

from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.survey import Survey

CLEAN = 1e-3  # of the whole difference: what a part without a fault may show
ROW, COLUMN = "{}[{}, :]", "{}[:, {}]"


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
