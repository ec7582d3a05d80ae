"""What a step costs at the least: operations and bytes, and the time that a machine needs for them."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.bench.speed.workloads import Workload

# A vector tanh, exponential or sigmoid takes as long as about this many multiply-adds, counted as two each.
OPERATIONS_PER_EXPONENTIAL = 48
BYTES = 4  # in a float32


@dataclass(frozen=True)
class Limits:
    """What one machine can do with some threads: operations a second and bytes a second, as measured.

    ``source`` says how; a rate taken from a BLAS is a lower bound of what the machine can do.
    """

    threads: int
    flops: float
    bandwidth: float
    source: str


def operations(workload: Workload) -> int:
    """Floating-point operations of one step of one model.

    For a layer (i, o) and a batch of B rows: 2 B i o forward, 2 B i o for dW and, except in the first
    layer, 2 B i o for dx. A residual block has two such maps. An exponential counts 48, and a norm
    or dropout, which takes a few for each unit, nothing.

    >>> from gradwright.bench.speed.workloads import WORKLOADS
    >>> operations(WORKLOADS["W1"])  # 2 * 2 * 32 * 2 * 5 + 48 * 32 * 5
    8960
    """
    batch, products = workload.batch_size, 0
    exponentials = workload.widths[-1] if workload.loss == "cross-entropy" else 0
    *hidden, last = workload.layers
    maps = 2 if workload.residual else 1
    for position, (i, o) in enumerate([*hidden, last]):
        copies = 1 if position == len(hidden) else maps
        products += copies * (2 if position == 0 else 3) * i * o
    if workload.residual or workload.activation != "relu":
        exponentials += sum(o for _, o in hidden)
    return batch * (2 * products + OPERATIONS_PER_EXPONENTIAL * exponentials)


def memory_traffic(workload: Workload) -> int:
    """Bytes of one step that no cache can spare: the rows of the batch and their labels."""
    return workload.batch_size * (workload.widths[0] + 1) * BYTES


def floor(workload: Workload, limits: Limits) -> float:
    """The least microseconds per step: the longer of the arithmetic and the reading of the rows.

    >>> from gradwright.bench.speed.workloads import WORKLOADS
    >>> round(floor(WORKLOADS["W6"], Limits(1, flops=213e9, bandwidth=15e9, source="an example")))
    290
    """
    return 1e6 * max(operations(workload) / limits.flops, memory_traffic(workload) / limits.bandwidth)
