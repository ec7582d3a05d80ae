"""Parameters to begin with, from where they are: a run, its folder, a file of arrays, or arrays by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from gradwright.errors import ConfigError
from gradwright.nn import ParameterLayout
from gradwright.nn.layer import Array
from gradwright.training.checkpoint import read_tensors
from gradwright.training.folder import PARAMETERS
from gradwright.training.run import Run

Start: TypeAlias = str | Path | Run | Mapping[str, Any]
HANDED_OVER = "sha256:"  # how a config names parameters that no file holds


def starting_theta(start: Start, layout: ParameterLayout, dtype: str) -> Array:
    """theta (P,) with the parameters of ``start``, which have the names and the shapes of ``layout``.

    Raises ``ConfigError`` that lists every array that differs, for entries that are not finite numbers, and
    for parameters that a config can name but that were handed over in Python; ``RecordError`` for a file that
    is missing or damaged.

    >>> from gradwright.nn import Linear
    >>> layout = ParameterLayout.of(Linear(2, 1))
    >>> starting_theta({"weight": [[1.0], [2.0]], "bias": [3.0]}, layout, "float32")
    array([1., 2., 3.], dtype=float32)
    >>> starting_theta({"weight": [[1.0, 2.0]], "bais": [3.0]}, layout, "float32")
    Traceback (most recent call last):
    gradwright.errors.ConfigError: start: expected the parameters of this network, found others: weight of \
(1, 2) for (2, 1); no bias; bais, which it does not have
    """
    return checked_theta("start", _named(start), layout, dtype)


def checked_theta(what: str, given: Mapping[str, Any], layout: ParameterLayout, dtype: str) -> Array:
    """theta (P,) of arrays by name; a ``ConfigError`` begins with ``what``."""
    arrays = {name: np.asarray(array) for name, array in given.items()}
    expected = {slot.name: slot.shape for slot in layout.slots}
    differ = [
        f"{name} of {arrays[name].shape} for {shape}" if name in arrays else f"no {name}"
        for name, shape in expected.items()
        if name not in arrays or arrays[name].shape != shape
    ]
    differ += [f"{name}, which it does not have" for name in arrays if name not in expected]
    if differ:
        raise ConfigError(
            f"{what}: expected the parameters of this network, found others: {'; '.join(differ)}"
        )
    for name, array in arrays.items():
        if array.dtype.kind not in "uif":
            raise ConfigError(f"{what}: {name}: expected numbers, found {array.dtype}")
        if not np.isfinite(array).all():
            raise ConfigError(f"{what}: {name}: expected finite numbers, found others")
    return layout.from_named(arrays, dtype)


def start_name(start: Start, theta: Array) -> str:
    """How a config names what a run began with: the path, or the checksum of what no file holds."""
    if isinstance(start, str | Path):
        return str(start)
    return HANDED_OVER + hashlib.sha256(theta.astype(theta.dtype.newbyteorder("<")).tobytes()).hexdigest()


def _named(start: Start) -> Mapping[str, Any]:
    if isinstance(start, Run):
        return start.parameters
    if isinstance(start, Mapping):
        return start
    if not isinstance(start, str | Path):
        raise ConfigError(
            "start: expected a run, its folder, a .safetensors file or arrays by name, "
            f"found {type(start).__name__}"
        )
    if str(start).startswith(HANDED_OVER):
        raise ConfigError(
            f"start: {start} was handed over in Python, and no file holds it; give it again there"
        )
    path = Path(start) / PARAMETERS if Path(start).is_dir() else Path(start)
    arrays, _ = read_tensors(path, links=True)
    return {name: array for name, array in arrays.items() if not name.startswith("features.")}
