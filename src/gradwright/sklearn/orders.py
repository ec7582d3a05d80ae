"""The order of rows in each epoch, as scikit-learn draws it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.nn.layer import Array


class RowOrders:
    """The row numbers of each epoch: as they stand, or each time the last order shuffled.

    Args:
        rng: what shuffles them.
        shuffled: whether anything does.
    """

    def __init__(self, rng: np.random.RandomState, shuffled: bool) -> None:
        self.rng, self.shuffled, self.last = rng, shuffled, np.arange(0)

    def of(self, rows: int) -> Iterator[Array]:
        """The orders of so many rows, from where those of as many ended."""
        if len(self.last) != rows:
            self.last = np.arange(rows)
        while True:
            if self.shuffled:
                self.last = self.last[self.rng.permutation(rows)]  # as sklearn.utils.shuffle draws it
            yield self.last

    def forget(self) -> None:
        """Begin with the rows as they stand: a fitted estimator is saved without an order."""
        self.last = np.arange(0)
