"""What a run reached, as plain data for machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradwright.show import results
from gradwright.training import Run
from gradwright.training.remarks import remarks


def record_of(run: Run, folder: Path) -> dict[str, Any]:
    """One run: where it is, how it ended, and its metrics on each split."""
    return {
        "name": run.config.name,
        "seed": run.config.seed,
        "folder": str(folder),
        "status": run.status,
        "epochs": len(run.history) - 1,
        "parameters": run.theta.size,
        "data": run.data["source"],
        "metrics": run.metrics,
        "remarks": list(map(str, remarks(run))),
    }


def over_seeds(runs: list[Run]) -> dict[str, Any]:
    """Mean and standard deviation of each metric on each split, over runs that differ by seed alone."""
    *_, mean = results(runs)
    return {"over_seeds": mean.to_dict()["metrics"]}
