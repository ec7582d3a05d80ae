"""Which entry of a gradient is wrong? Halving on one random projection, at one measurement a half."""

from __future__ import annotations

import numpy as np

from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.survey import Survey

CLEAN = 1e-3  # of the whole difference: what a part without a fault may show


def locate(survey: Survey, leaf: Leaf, allowance: int) -> tuple[str, Array]:
    """The place of the fault in a leaf whose gradient is wrong: its name, and its entries of the vector.

    One entry, a row or a column, or all of the leaf.

    The difference along v is the sum of the entries' own, weighed by v. So along the part of v in one half
    of the entries it is either all of it, none, or both halves are at fault. ``allowance`` bounds the
    evaluations of f.
    """
    places = np.arange(leaf.start, leaf.stop)
    v = survey.draw("balanced")  # normal draws: of equal entries no two cancel
    whole = survey.measure(_within(v, places))
    limit = survey.oracle.meter.f + allowance
    while len(places) > 1 and survey.oracle.meter.f < limit:
        half = places[: len(places) // 2]
        part = survey.measure(_within(v, half))
        rest = whole.difference - part.difference
        least = max(CLEAN * abs(whole.difference), part.error + whole.error + part.tolerance)
        here, there = abs(part.difference) > least, abs(rest) > least
        if here and there:
            return _line(survey, leaf, v)
        places = half if abs(part.difference) >= abs(rest) else places[len(half) :]
        if here:
            whole = part
    if len(places) > 1 or not _alone(survey, leaf, int(places[0])):
        return leaf.name, np.arange(leaf.start, leaf.stop)
    return leaf.locate(int(places[0]) - leaf.start), places


def _alone(survey: Survey, leaf: Leaf, place: int) -> bool:
    """Whether fresh directions through all other entries of the leaf show no difference."""
    others = np.setdiff1d(np.arange(leaf.start, leaf.stop), [place])
    return not any(m.contradicts for m in survey.within(others, 3)) if len(others) else True


def _line(survey: Survey, leaf: Leaf, v: Array) -> tuple[str, Array]:
    """The row or column that holds all wrong entries; all of the leaf where there is none."""
    everywhere = np.arange(leaf.start, leaf.stop)
    if len(leaf.shape) == 2:
        for axis, words in ((0, "{}[{}, :]"), (1, "{}[:, {}]")):
            line = _one_line(survey, leaf, v, axis)
            if line is not None and leaf.shape[axis] > 1:
                on = np.unravel_index(everywhere - leaf.start, leaf.shape)[axis] == line
                return words.format(leaf.name, line), everywhere[on]
    return leaf.name, everywhere


def _one_line(survey: Survey, leaf: Leaf, v: Array, axis: int) -> int | None:
    """The row (axis 0) or column (axis 1) outside of which nothing is wrong; None if there is none."""
    everywhere = np.arange(leaf.start, leaf.stop)
    of = np.unravel_index(everywhere - leaf.start, leaf.shape)[axis]
    lines = np.arange(leaf.shape[axis])
    whole = survey.measure(_within(v, everywhere))
    while len(lines) > 1:
        half = lines[: len(lines) // 2]
        part = survey.measure(_within(v, everywhere[np.isin(of, half)]))
        rest = whole.difference - part.difference
        least = max(CLEAN * abs(whole.difference), part.error + whole.error + part.tolerance)
        if abs(part.difference) > least and abs(rest) > least:
            return None
        inside = abs(part.difference) >= abs(rest)
        lines = half if inside else lines[len(half) :]
    return int(lines[0])


def _within(v: Array, places: Array) -> Array:
    """v at these entries, 0 elsewhere."""
    part = np.zeros_like(v)
    part[places] = v[places]
    return part
