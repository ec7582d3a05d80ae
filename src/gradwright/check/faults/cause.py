"""The faults that have a name, and what a name rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """The faults that have a name. What no experiment can tell from other faults is named with "as if"."""

    SIGN = "the sign is reversed"
    HALF = "a factor of 2 is missing"
    DOUBLE = "a factor of 2 too many"
    MISSING_MEAN = "as if the division by the batch size were missing"
    MEAN_TWICE = "as if divided by the batch size twice"
    FACTOR = "off by a constant factor"
    FACTOR_INSIDE = "a constant factor within the way back"
    FACTOR_DROPPED = "a factor is left out on the way back"
    EXTRA_TERM = "a term too many"
    LOG_BASE = "as if a logarithm had another base"
    ZERO = "the gradient is missing (zero)"
    UNUSED = "f does not depend on it"
    L2_MISSING = "the L2 term is missing"
    L2_DOUBLED = "the L2 term is doubled"
    L2_HALVED = "the L2 term is halved"
    L2_EXTRA = "an L2 term that the loss does not have"
    LIKE_L2 = "as if a part of an L2 term were missing or too many"
    TRANSPOSED = "transposed"
    FLATTENED = "flattened in the wrong order"
    REVERSED = "reversed along an axis"
    OFF_BY_ONE = "shifted by one index"
    EXCHANGED = "exchanged with that of another parameter"
    BIAS_AXIS = "summed over the wrong axis"
    OTHER_AXIS = "a sum within the way back goes over another axis"
    SELECTION = "another entry than the one that was selected"
    ONE_ENTRY = "one entry is wrong"
    ACCUMULATES = "it accumulates from call to call"
    RANDOM = "it draws anew at each call what f does not, such as a mask"
    KEPT = "as if it kept something of the first call, such as a mask"
    STALE_CACHE = "it depends on earlier calls"
    COVECTOR_IGNORED = "dout is not used"
    NOT_LINEAR_IN_DOUT = "it is not linear in dout"
    MASK_OF_GRADIENT = "the mask is that of dout, not of the input"
    DOUT_PERMUTED = "dout is read in another order"
    TERM_ADDED = "a term that does not depend on dout is added"
    CLIPPED = "the gradient is clipped"
    FROZEN = "it does not follow x, as if from a stale cache"
    ELSEWHERE = "it is right at this x alone"
    ACTIVE_SET = "as if what is active at x were active everywhere, such as a mask or a margin"
    ACTIVATION_MISSING = "an activation's derivative is missing"
    ACTIVATION_AT_OUTPUT = "an activation's derivative is taken at the output instead of the input"
    ACTIVATION_AT_INPUT = "an activation's derivative is taken at the input instead of the output"
    OTHER_ACTIVATION = "the derivative of another activation"
    ACTIVATION_TWICE = "an activation's derivative too many"
    STRAIGHT_THROUGH = "straight-through: dout is passed on as if the layer were the identity"
    STEPPED = "straight-through: f is piecewise constant, and its gradient is 0"
    BRANCH_DROPPED = "a branch of a sum is dropped"
    BRANCH_WRONG = "the way back through a branch is wrong or dropped"
    BRANCH_TWICE = "a branch of a sum is counted twice"
    PART_MISSING = "a part is left out, such as a slice or a step of a loop"
    TRUNCATED = "truncated through time"
    OVERWRITTEN = "overwritten instead of added"
    SUM_MISSING = "only a part of a sum: an axis is not summed over"
    MEAN_FOR_SUM = "the mean over an axis in place of the sum"
    SUM_FOR_MEAN = "the sum over an axis in place of the mean"
    NOT_ARGMAX = "passed on to all entries of a window, not to its largest alone"
    MASK_MISSING = "a mask is not applied"
    EPSILON = "an epsilon is missing or at another place"
    OTHER_VALUES = "other values than those that went in are multiplied by dout"
    DIAGONAL = "only the diagonal of the Jacobian"
    ROW_TERM = "the softmax's row term is missing"
    MOMENT = "as if a moment of a normalisation were held constant"
    SOFTMAX_DIAGONAL = "only the diagonal of the softmax's Jacobian"
    WRONG_CLASS = "probabilities minus the wrong class"
    OTHER_TARGET = "the target that is subtracted is missing or another one"
    RIGHT_CLASS = "the share of the right class is missing or miscounted"
    NO_INDICATOR = "an indicator is missing, as of a margin: everything counts"
    ROWS_MIXED = "a row gets what belongs to another"
    WRONG_MASK = "the mask of another layer"
    OTHER_LOSS = "the gradient of a different loss"
    UPDATE_ORDER = "computed with parameters that were already updated"


@dataclass(frozen=True)
class Explanation:
    """A cause, and the numbers that speak for it; the arrays it is in, where these have shown them.

    It is a ``suspicion`` where no experiment could tell it from its rivals; ``beside`` a cause stands what
    more may be suspected.
    """

    cause: Cause
    evidence: str
    location: str | None = None
    is_suspicion: bool = False
    beside: str | None = None

    @property
    def suspicion(self) -> str | None:
        """What is not told as a fact."""
        return str(self.cause) if self.is_suspicion else self.beside
