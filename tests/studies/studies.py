"""Records as a study leaves them, with metrics that a test decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.training.record import RunRecord, Status

EPOCHS = 10


def run_record(
    point: Mapping[str, Any], seed: int, accuracy: float, status: Status = "finished", **more: Any
) -> RunRecord:
    """A run that reached ``accuracy`` on its validation rows, on a curve that rises to it."""
    rise = [accuracy * (1 - np.exp(-epoch)) for epoch in range(EPOCHS)]
    given: dict[str, Any] = {
        "id": f"{sorted(point.items())}-{seed}",
        "point": dict(point),
        "seed": seed,
        "status": status,
        "config": {"monitor": "validation.accuracy"},
        "metrics": {}
        if status != "finished"
        else {"validation": {"accuracy": accuracy, "loss": 1 - accuracy}},
        "history": {"validation.accuracy": [*rise, accuracy], "validation.loss": [1 - rise[-1]] * EPOCHS},
        "seconds": 1.0,
        "steps": 100,
        "message": None if status == "finished" else "the loss is not finite",
        "versions": {"gradwright": "0"},
        "data": "checksum",
        "budget": EPOCHS,
    }
    return RunRecord(**{**given, **more})


def study_of(means: Sequence[float], seeds: int = 5, spread: float = 0.01, seed: int = 0) -> list[RunRecord]:
    """Configurations ``a = 0, 1, ...`` with these true means, and normal noise from seed to seed."""
    rng = np.random.default_rng(seed)
    return [
        run_record({"a": index}, each, mean + spread * rng.standard_normal())
        for index, mean in enumerate(means)
        for each in range(seeds)
    ]
