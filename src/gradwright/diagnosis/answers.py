"""What a network answers: one and the same for every row, whatever the row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.data import Split
from gradwright.diagnosis.finding import Finding
from gradwright.engine.metrics import answers
from gradwright.nn import Classifying, Loss
from gradwright.nn.layer import Array

ALIKE = 0.01  # of the spread of the targets: answers that spread less say nothing of the row
COMMON = 0.95  # of the rows: naming the class of so many for all of them may be the best that can be done


def of_answers(loss: Loss, output: Array, rows: Split) -> Iterator[Finding]:
    """Outputs (N, k) that stand for one class, or one number, on all rows.

    >>> from gradwright.nn import SoftmaxCrossEntropy
    >>> rows = Split(np.zeros((4, 1)), np.array([0, 1, 0, 1]))
    >>> [finding.kind for finding in of_answers(SoftmaxCrossEntropy(), np.eye(2)[[0, 0, 0, 0]], rows)]
    ['one answer']
    """
    if not np.isfinite(output).all():
        return
    truth, given = (each.reshape(len(rows), -1) for each in answers(loss, output, rows.y))
    if isinstance(loss, Classifying):
        if given.shape[1] > 1 or (given != given[0]).any():
            return
        share = float((truth == given[0]).mean())
        if share < COMMON:
            message = (
                f"All {len(rows):,} rows are answered with class {given[0, 0]}, which {share:.1%} of them "
                "have."
            )
            yield Finding("one answer", (), message, "See what keeps it from learning.", {"share": share})
        return
    spread, wanted = float(given.std(axis=0).max()), float(truth.std(axis=0).max())
    if spread < ALIKE * wanted:
        message = (
            f"The answers to {len(rows):,} rows spread by {spread:.2g}, the targets by {wanted:.3g}: about "
            f"{given.mean():.4g} for every row."
        )
        numbers = {"spread": spread, "wanted": wanted}
        yield Finding("one answer", (), message, "See what keeps it from learning.", numbers)
