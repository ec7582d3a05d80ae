"""The two summands of a residual layer, of which the way back has one too few or one too many.

The skip of y = x + F(x) is the identity in its Jacobian, and the rest is the branch's own.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import Jacobian


def branches(_: BackwardMap, j: Jacobian) -> Explanation | None:
    """The identity that the difference is, or the branch without it."""
    if not j.is_square or j.same(j.true, np.diag(np.diag(j.true))):
        return None
    identity, difference = np.eye(len(j.true)), j.claimed - j.true
    branch = j.true - identity
    for wrong, cause, words in (
        (-identity, Cause.BRANCH_DROPPED, "the skip is missing: {0} is the true one less dout"),
        (identity, Cause.BRANCH_TWICE, "the skip is counted twice: {0} is the true one and dout"),
        (-branch, Cause.BRANCH_DROPPED, "{0} is dout alone: what goes through the branch is missing"),
        (branch, Cause.BRANCH_TWICE, "the branch beside the skip is counted twice in {0}"),
    ):
        if j.same(difference, wrong):
            return Explanation(cause, words.format(j.gradient))
    return None
