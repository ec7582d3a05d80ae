"""What several edits that all make a gradient right say of its cause: no more than all of them say.

Many texts are right: a factor may be put back in this line or in the next, and 2 may stand for a power, a
count or itself. A cause is named where the plainest edits agree in it, or in what is true of all they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradwright.check.edits.edit import Edit
from gradwright.check.faults.cause import Cause

WIDER = {  # what is true wherever a cause is
    Cause.ACTIVATION_AT_INPUT: Cause.OTHER_VALUES,
    Cause.ACTIVATION_AT_OUTPUT: Cause.OTHER_VALUES,
    Cause.ACTIVATION_MISSING: Cause.FACTOR_DROPPED,
    Cause.DOUBLE: Cause.FACTOR_INSIDE,
    Cause.FACTOR: Cause.FACTOR_INSIDE,
    Cause.HALF: Cause.FACTOR_INSIDE,
    Cause.MASK_MISSING: Cause.FACTOR_DROPPED,
    Cause.MEAN_FOR_SUM: Cause.FACTOR_INSIDE,
    Cause.MEAN_TWICE: Cause.FACTOR_INSIDE,
    Cause.MISSING_MEAN: Cause.FACTOR_INSIDE,
    Cause.OVERWRITTEN: Cause.BRANCH_DROPPED,
    Cause.PART_MISSING: Cause.BRANCH_DROPPED,
    Cause.ROW_TERM: Cause.BRANCH_DROPPED,
    Cause.SUM_FOR_MEAN: Cause.FACTOR_INSIDE,
    Cause.TRUNCATED: Cause.PART_MISSING,
}


def agreed(causes: Iterable[Cause | None]) -> Cause | None:
    """The one cause, or the narrowest that is true of all; None where there is none.

    >>> agreed([Cause.MISSING_MEAN, Cause.FACTOR_INSIDE]) == Cause.FACTOR_INSIDE
    True
    >>> agreed([Cause.SIGN, Cause.OTHER_VALUES]) is None
    True
    """
    shared: list[Cause] | None = None
    for cause in causes:
        if cause is None:
            return None
        its = [cause]
        while its[-1] in WIDER:
            its.append(WIDER[its[-1]])
        shared = its if shared is None else [each for each in shared if each in its]
    return shared[0] if shared else None


def plainest(edits: Sequence[Edit]) -> list[Edit]:
    """Those without what is put in by force: a division by an array, a number that stands for a count."""
    least = min(edit.force for edit in edits)
    return [edit for edit in edits if edit.force == least]
