"""What a result was made with: the versions and the machine, as plain data for the record."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import threadpoolctl

from gradwright.engine import Engine

VERSIONS = ("gradwright", "python", "numpy", "system", "engine")


def describe_environment(engine: Engine) -> dict[str, Any]:
    """Versions, processor, BLAS and the engine that ran, as JSON can hold them."""
    return {**describe_machine(), "engine": f"{engine.name}: {engine.reason}"}


def describe_machine() -> dict[str, Any]:
    """Versions, processor and BLAS, as JSON can hold them. Names no user, host or path."""
    return {
        "gradwright": version("gradwright"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": [
            f"{pool.get('internal_api')} {pool.get('version')}, {pool.get('num_threads')} threads"
            for pool in threadpoolctl.threadpool_info()
        ],
        "system": f"{sys.platform} {platform.machine()}",
        "cores": os.cpu_count(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def versions_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """What a record says of the environment of its run."""
    return {name: str(environment[name]) for name in VERSIONS if name in environment}
