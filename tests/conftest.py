"""What all tests share: a Hypothesis profile that repeats itself, and where the real data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable",
    deadline=None,  # nor any other clock: a test holds on a machine that has much else to do
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    max_examples=50,
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real data sets; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("GRADWRIGHT_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs the real data: set GRADWRIGHT_DATA to their folder")
    return Path(folder)
