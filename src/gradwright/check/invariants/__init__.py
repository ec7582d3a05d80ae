"""What must hold beyond derivatives: of a loss on batches, of a map of rows, and of a loss on logits.

A right derivative of the wrong function passes every gradient check; most of these faults are of that kind.
"""

from gradwright.check.invariants.batches import duplicated_batch, mean_of_samples, permuted_batch
from gradwright.check.invariants.logits import check_logits
from gradwright.check.invariants.memory import (
    after_another_batch,
    arguments_untouched,
    called_twice,
    fresh_memory,
    leaves_alone,
)
from gradwright.check.invariants.objective import as_loss, check_invariants
from gradwright.check.invariants.report import InvariantReport
from gradwright.check.invariants.rows import check_rows
from gradwright.check.invariants.trial import Trial

__all__ = [
    "InvariantReport",
    "Trial",
    "after_another_batch",
    "arguments_untouched",
    "as_loss",
    "called_twice",
    "check_invariants",
    "check_logits",
    "check_rows",
    "duplicated_batch",
    "fresh_memory",
    "leaves_alone",
    "mean_of_samples",
    "permuted_batch",
]
