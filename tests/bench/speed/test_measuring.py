"""What measuring the training rows costs: medians over repeats, the first epoch of each kind left out."""

from __future__ import annotations

from dataclasses import replace

from gradwright.bench.speed import WORKLOADS
from gradwright.bench.speed.measuring import measuring_table

SMALL = replace(WORKLOADS["W1"], rows=64)


class Clock:
    """A clock by which the epochs of each kind take 1, 2 and 4 seconds, and the very first ones longer."""

    def __init__(self) -> None:
        self.calls, self.now = 0, 0.0

    def __call__(self) -> float:
        epoch, is_end = divmod(self.calls, 2)
        self.calls += 1
        if is_end:
            self.now += (1.0, 2.0, 4.0)[epoch % 3] + (100.0 if epoch < 3 else 0.0)
        return self.now


def test_each_kind_is_a_multiple_of_the_cheapest() -> None:
    table = measuring_table([SMALL], repeats=3, clock=Clock())
    assert table.titles == ("workload", "running, s", "2,000 rows", "epoch")
    assert table.rows == (("W1", "1", "2.00", "4.00"),)
