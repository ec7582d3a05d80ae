"""What may rightly be said of a fault: causes by their names in ``Cause``, and some it has no word for."""

from __future__ import annotations

from collections.abc import Iterable

WORDS = {
    "ACTIVATION_TWICE": "an activation's derivative is taken twice",
    "DOUT_PERMUTED": "dout is read in another order",
    "FACTOR_DROPPED": "a factor that is a parameter or a value is left out on the way back",
    "FACTOR_INSIDE": "a constant factor within the way back",
    "OTHER_AXIS": "a sum within the way back goes over another axis",
    "OTHER_PENALTY": "the gradient of another penalty",
    "PART_MISSING": "a term, a row or a step of a loop is left out",
    "ROWS_MIXED": "a row gets what belongs to another",
    "SELECTION": "another entry than the one that the maximum or the sorting took",
    "TRANSPOSED_INSIDE": "a matrix within the way back is transposed, or is not",
    "WEIGHT_FLIPPED": "the filter is turned round where it is not to be, or is not where it is",
    "WRONG_WINDOW": "windows lie at other places than in the forward",
}
# What is as true, or true but less exact, wherever the first is.
ALSO = {
    "ACTIVATION_MISSING": ("STRAIGHT_THROUGH",),
    "BRANCH_DROPPED": ("BRANCH_WRONG", "PART_MISSING"),
    "CLIPPED": ("NOT_LINEAR_IN_DOUT",),
    "FACTOR_INSIDE": ("FACTOR",),
    "L2_DOUBLED": ("LIKE_L2",),
    "L2_EXTRA": ("LIKE_L2",),
    "L2_HALVED": ("LIKE_L2",),
    "L2_MISSING": ("LIKE_L2",),
    "MASK_OF_GRADIENT": ("NOT_LINEAR_IN_DOUT",),
    "MEAN_FOR_SUM": ("FACTOR",),
    "MEAN_TWICE": ("FACTOR",),
    "MISSING_MEAN": ("FACTOR",),
    "OVERWRITTEN": ("BRANCH_DROPPED", "SUM_MISSING"),
    "PART_MISSING": ("BRANCH_DROPPED", "SUM_MISSING"),
    "SIGN": ("FACTOR",),
    "SOFTMAX_DIAGONAL": ("DIAGONAL",),
    "SUM_FOR_MEAN": ("FACTOR",),
}


def with_others(causes: Iterable[str]) -> frozenset[str]:
    """These causes and what is true besides.

    >>> sorted(with_others(["MEAN_TWICE"]))
    ['FACTOR', 'MEAN_TWICE']
    """
    named = frozenset(causes)
    return named.union(*(ALSO.get(cause, ()) for cause in named))
