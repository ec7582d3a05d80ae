"""How the time of a step grows: one size at a time, away from the Peaks network of W2."""

from __future__ import annotations

from dataclasses import replace

from gradwright.bench.speed.workloads import PEAKS_MLP, Workload

AXES: dict[str, tuple[int, ...]] = {
    "batch": (1, 4, 16, 64, 256, 1024, 4096, 16_384),
    "width": (4, 16, 64, 256, 1024, 2048),
    "depth": (1, 4, 16, 64),
    "models": (1, 4, 16, 64, 256, 1024),
    "rows": (96, 960, 10_000, 100_000, 1_000_000, 10_000_000),
    "whole": (32, 256, 2048, 16_384),
}
PEERS = (
    "gradwright", "reference", "numpy", "torch", "torch-by-hand", "torch-vmap", "jax-scan", "jax-vmap"
)  # fmt: skip
WIDE_BATCH = 32
FEWEST_STEPS = 10  # in an epoch: as many as are compared with the reference


def growth(axis: str, value: int) -> Workload:
    """The workload with ``value`` on ``axis``: its name is such as ``batch=16``.

    ``depth`` counts hidden layers. Deep networks step carefully, and wide ones, so that they stay finite.
    ``rows`` are mapped from a file; ``whole`` is a data set in one batch, so that an epoch is one step.

    >>> growth("depth", 4).widths
    (2, 50, 50, 50, 50, 5)
    """
    inputs, *hidden, classes = PEAKS_MLP.widths
    changes: dict[str, object]
    match axis:
        case "batch":
            steps = max(PEAKS_MLP.rows // value, FEWEST_STEPS)
            changes = {"batch_size": value, "rows": steps * value}
        case "width":
            widths = (inputs, *[value] * len(hidden), classes)
            changes = {"widths": widths, "batch_size": WIDE_BATCH, "learning_rate": 0.01}
        case "depth":
            changes = {"widths": (inputs, *[hidden[0]] * value, classes), "learning_rate": 0.01}
        case "models":
            changes = {"models": value}
        case "whole":
            changes = {"batch_size": value, "rows": value}
        case _:
            changes = {"rows": value, "mapped": True}
    name = f"{axis}={value}"
    return replace(PEAKS_MLP, name=name, title=f"like W2, {name}", **changes)  # type: ignore[arg-type]


def axis_of(workload: str) -> tuple[str, int] | None:
    """The axis and value behind the name of a workload; None for the others.

    >>> axis_of("batch=16"), axis_of("W2")
    (('batch', 16), None)
    """
    axis, equals, value = workload.partition("=")
    return (axis, int(value)) if equals else None
