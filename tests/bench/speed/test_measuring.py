"""What fit costs beside its steps: medians over repeats, the first epoch of each kind left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradwright.bench.speed import WORKLOADS
from gradwright.bench.speed.measuring import measuring_table

SMALL = replace(WORKLOADS["W1"], rows=64)


class Clock:
    """A clock by which what each kind does takes 1, 2, 3 and 5 seconds, and the very first longer."""

    def __init__(self) -> None:
        self.calls, self.now = 0, 0.0

    def __call__(self) -> float:
        epoch, is_end = divmod(self.calls, 2)
        self.calls += 1
        if is_end:
            self.now += (1.0, 2.0, 3.0, 5.0)[epoch % 4] + (100.0 if epoch < 4 else 0.0)
        return self.now


def test_each_kind_is_a_multiple_of_the_bare_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradwright.training.job.AT_ONCE", 0.0)  # an epoch in each call
    table = measuring_table([SMALL], repeats=3, clock=Clock())
    assert table.titles == ("workload", "steps, s", "running", "2,000 rows", "epoch")
    assert table.rows == (("W1", "1", "2.00", "3.00", "5.00"),)
