"""What a result was made with: the versions and the machine, as plain data for the record."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
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
        "gradwright": _own_version(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": [
            f"{pool.get('internal_api')} {pool.get('version')}, {pool.get('num_threads')} threads"
            for pool in _pools(len(sys.modules)).info()
        ],
        "system": f"{sys.platform} {platform.machine()}",
        "cores": os.cpu_count(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@cache
def _own_version() -> str:
    """It is read in a file."""
    return version("gradwright")


@lru_cache(maxsize=1)
def _pools(_modules: int) -> threadpoolctl.ThreadpoolController:
    """The libraries that have threads, looked for again where a module came since: they come with modules."""
    return threadpoolctl.ThreadpoolController()


def versions_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """What a record says of the environment of its run."""
    return {name: str(environment[name]) for name in VERSIONS if name in environment}
