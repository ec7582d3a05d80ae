"""A small problem that trains in a moment, and settings that use everything a run can have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split

NETWORK = gw.Sequential(gw.Linear(2, 8), gw.Tanh(), gw.Dropout(0.1), gw.Linear(8, 3))
SETTINGS: dict[str, Any] = {
    "optimizer": gw.Adam(),
    "learning_rate": gw.ExponentialDecay(0.05, 0.9),
    "penalty": gw.L2(1e-4),
    "batch_size": 16,
    "epochs": 4,
    "clip_norm": 1.0,
    "keep": "best",
    "record_steps": True,
    "progress": False,
}


def three_blobs(rows: int, seed: int) -> Split:
    """Three round classes in the plane, a little mixed."""
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=rows)
    centres = np.array([[0.0, 1.5], [1.5, -1.0], [-1.5, -1.0]])
    return Split((centres[y] + 0.7 * rng.standard_normal((rows, 2))).astype(np.float32), y)


@pytest.fixture(scope="session")
def blobs() -> Dataset:
    """150 training, 50 validation and 50 test rows; 150 = 9 batches of 16 and one of 6."""
    return Dataset("blobs", "made for a test", three_blobs(150, 0), three_blobs(50, 1), three_blobs(50, 2))


@pytest.fixture
def train_blobs(blobs: Dataset) -> Callable[..., gw.Run]:
    """Train the small network on the blobs, with settings changed as asked."""

    def run(folder: Path | None = None, **changes: Any) -> gw.Run:
        return gw.fit(NETWORK, blobs, folder=folder, **{**SETTINGS, **changes})

    return run
