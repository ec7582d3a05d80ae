"""The test set of a run: sealed unless the caller opens it, and every opening is on record.

A run measures its training and validation rows. What is chosen after a look at the test rows has seen them,
so a look must be asked for (``open_test``), and a line in ``openings.jsonl`` says when it was and what came
out. The first one is the honest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gradwright.data import Dataset, Split
from gradwright.engine import Metrics
from gradwright.errors import ConfigError

SEALED = "test"  # the split that nothing measures unasked
OPENINGS = "openings.jsonl"  # in the folder of a run or a study


@dataclass(frozen=True)
class Opening:
    """One look of a run at the test set: when, after how many epochs of training, and what came out."""

    time: str
    epoch: int
    rows: int
    metrics: Metrics


def test_split(data: Dataset) -> Split:
    """The test rows of a data set.

    Raises ``ConfigError`` where it has none.
    """
    if data.test is None:
        raise ConfigError(f"{data.name}: expected data with a test split to open, found none")
    return data.test


def now() -> str:
    """The time of an opening, as it is written down."""
    return datetime.now(UTC).isoformat(timespec="seconds")
