"""A made-up record, so that tables and pages are tested without timing anything."""

from __future__ import annotations

import pytest

from gradwright.bench.speed import WORKLOADS, Limits, Measurement, Record
from gradwright.bench.speed.growth import growth

ENVIRONMENT = {
    "gradwright": "0.1.0",
    "python": "3.11.0",
    "numpy": "2.0.0",
    "system": "linux x86_64",
    "cores": 2,
    "time": "2025-01-01T00:00:00+00:00",
}


def measured(workload: str, peer: str, *microseconds: float, threads: int = 1) -> Measurement:
    return Measurement(
        workload, peer, threads, "measured", microseconds=microseconds, error=1e-6, peak_mb=100.0
    )


@pytest.fixture
def record() -> Record:
    """The compiled engine 10 times as fast as JAX on W2; scikit-learn missing; a peer that disagrees."""
    return Record(
        ENVIRONMENT,
        (WORKLOADS["W2"], WORKLOADS["W6"], growth("batch", 1), growth("batch", 16)),
        (Limits(1, flops=213e9, bandwidth=15e9, source="an example"),),
        (
            measured("W2", "gradwright", 4.0, 3.9, 4.4),
            measured("W2", "jax-scan", 40.0, 39.0, 41.0),
            measured("W2", "numpy", 50.0, 51.0, 52.0),
            Measurement("W2", "scikit-learn", 1, "skipped", "sklearn is not installed"),
            Measurement("W6", "scikit-learn", 1, "skipped", "sklearn is not installed"),
            Measurement("W6", "torch", 1, "disagrees", "off by 1.0e-01 after 10 steps", error=0.1),
            measured("W6", "gradwright", 580.0),
            measured("batch=1", "gradwright", 1.0, 1.1, 1.2),
            measured("batch=16", "gradwright", 4.0, 4.1, 4.2),
        ),
    )
