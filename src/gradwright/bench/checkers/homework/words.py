"""What may rightly be said of a fault: causes by their names in ``Cause``, and some it has no word for."""

from __future__ import annotations

from collections.abc import Iterable

WORDS = {
    "OTHER_PENALTY": "the gradient of another penalty",
    "ROWS_MIXED": "a row gets what belongs to another",
    "TRANSPOSED_INSIDE": "a matrix within the way back is transposed, or is not",
    "WEIGHT_FLIPPED": "the filter is turned round where it is not to be, or is not where it is",
    "WRONG_WINDOW": "windows lie at other places than in the forward",
}
A_FACTOR = ("FACTOR", "FACTOR_INSIDE")
# What is as true, or true but less exact, wherever the first is.
ALSO = {
    "ACTIVATION_AT_INPUT": ("OTHER_VALUES",),
    "ACTIVATION_AT_OUTPUT": ("OTHER_ACTIVATION", "OTHER_VALUES"),
    "ACTIVATION_MISSING": ("STRAIGHT_THROUGH", "FACTOR_DROPPED"),
    "BIAS_AXIS": ("OTHER_AXIS",),
    "BRANCH_DROPPED": ("BRANCH_WRONG", "PART_MISSING"),
    "CLIPPED": ("NOT_LINEAR_IN_DOUT",),
    "DOUBLE": A_FACTOR,
    "FACTOR": A_FACTOR,
    "FACTOR_INSIDE": A_FACTOR,
    "HALF": A_FACTOR,
    "L2_DOUBLED": ("LIKE_L2",),
    "L2_EXTRA": ("LIKE_L2", "EXTRA_TERM"),
    "L2_HALVED": ("LIKE_L2",),
    "L2_MISSING": ("LIKE_L2",),
    "MASK_MISSING": ("FACTOR_DROPPED",),
    "MASK_OF_GRADIENT": ("NOT_LINEAR_IN_DOUT", "OTHER_VALUES"),
    "MEAN_FOR_SUM": A_FACTOR,
    "MEAN_TWICE": A_FACTOR,
    "MISSING_MEAN": A_FACTOR,
    "MOMENT": ("BRANCH_DROPPED",),
    "OVERWRITTEN": ("BRANCH_DROPPED", "SUM_MISSING", "PART_MISSING"),
    "PART_MISSING": ("BRANCH_DROPPED", "SUM_MISSING"),
    "SIGN": A_FACTOR,
    "SOFTMAX_DIAGONAL": ("DIAGONAL",),
    "SUM_FOR_MEAN": A_FACTOR,
    "TERM_ADDED": ("EXTRA_TERM",),
    "TRANSPOSED_INSIDE": ("TRANSPOSED",),
    "TRUNCATED": ("PART_MISSING", "SUM_MISSING"),
    "WRONG_CLASS": ("OTHER_TARGET",),
}


def with_others(causes: Iterable[str]) -> frozenset[str]:
    """These causes and what is true besides.

    >>> sorted(with_others(["MEAN_TWICE"]))
    ['FACTOR', 'FACTOR_INSIDE', 'MEAN_TWICE']
    """
    named = frozenset(causes)
    return named.union(*(ALSO.get(cause, ()) for cause in named))
