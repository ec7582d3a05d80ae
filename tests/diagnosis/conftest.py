"""Small data sets that show a fault at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.diagnosis import Diagnosis, diagnose


@pytest.fixture(scope="session")
def peaks() -> Dataset:
    """Five classes in the plane, as they are generated."""
    return gw.data.generators.peaks(np.random.default_rng(0))


@pytest.fixture(scope="session")
def pixels() -> Dataset:
    """Ten classes of 784 bytes: a pattern for each class under noise, as raw pixels are."""
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=1200)
    patterns = rng.integers(256, size=(10, 784))
    x = (patterns[labels] + rng.integers(256, size=(1200, 784))) // 2
    return Dataset("pixels", "made for a test", train=Split(x.astype(np.uint8), labels))


@pytest.fixture(scope="session")
def found() -> Callable[..., Diagnosis]:
    """What is found in a network on data without a trial, with settings as they are asked for."""

    def diagnosis(network: Any, data: Dataset, **settings: Any) -> Diagnosis:
        given = {"learning_rate": 0.1, "batch_size": 32, "epochs": 10}
        return diagnose(network, data, budget=0, **{**given, **settings})

    return diagnosis
