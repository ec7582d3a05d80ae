"""A small study that is over in a moment, and records to fill stores with."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.studies import RunRecord, Study, create_study

SETTINGS: dict[str, Any] = {
    "repeats": 2,
    "base": {
        "name": "small",
        "epochs": 2,
        "batch_size": 64,
        "learning_rate": 0.1,
        "data": {"name": "swiss-roll"},
        "network": {"kind": "mlp", "widths": [2, 4, 2]},
    },
    "space": {"learning_rate": {"log_uniform": [0.01, 1.0]}, "batch_size": [64, 128]},
    "search": {"kind": "Random", "trials": 4},
}


def settings(**changes: Any) -> dict[str, Any]:
    """The small study, with other tables in place of some."""
    return {**copy.deepcopy(SETTINGS), **changes}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", settings())


@pytest.fixture
def record() -> Callable[..., RunRecord]:
    """A function that makes a record."""

    def make(run: str = "a0", **changes: Any) -> RunRecord:
        fields: dict[str, Any] = {
            "id": run,
            "point": {"batch_size": 16},
            "seed": 1,
            "status": "finished",
            "config": {"batch_size": 16},
            "metrics": {"validation": {"loss": 0.5}},
            "history": {"epoch": [0.0, 1.0], "running": [float("nan"), 0.5]},
            "seconds": 0.25,
            "steps": 10,
            "message": None,
            "versions": {"numpy": "2"},
            "data": "c0ffee",
            "budget": 1,
        }
        return RunRecord(**{**fields, **changes})

    return make


def without_times(records: list[RunRecord]) -> list[dict[str, Any]]:
    """Records as plain data, but for what no two runs share."""
    plain = [{k: v for k, v in r.to_dict().items() if k != "seconds"} for r in records]
    return sorted(plain, key=lambda each: str(each["id"]))
