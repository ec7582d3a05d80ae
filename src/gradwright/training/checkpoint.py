"""The state of a run between two epochs, in one file, so that a killed run can go on to the same last bit.

The file holds the parameters, the optimizer's arrays and the best parameters so far; the seed and the
counters of epochs and steps. No generator is stored because none has a state to lose: the order and the
noise of an epoch are pure functions of the seed and the number of the epoch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from gradwright.engine import State
from gradwright.errors import RecordError
from gradwright.inputs import parse_json, parsing
from gradwright.nn.layer import Array
from gradwright.training.files import read_bytes
from gradwright.writing import write_atomically

VERSION = 1


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A state, the parameters of the best epoch so far, and what run they belong to."""

    state: State
    best_theta: Array
    config: str  # the run's config as TOML
    data_checksum: str


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in one step; the one that was there survives a crash during the write.

    Raises ``RecordError`` where it cannot be written.
    """
    state = checkpoint.state
    counters = np.array([state.epoch, state.step], np.int64)
    arrays = {"theta": state.theta, "best_theta": checkpoint.best_theta, "counters": counters}
    if state.mean is not None:
        arrays["mean"] = state.mean
    arrays |= {f"optimizer.{name}": array for name, array in state.optimizer.items()}
    # one entry, because safetensors writes several in no certain order, and equal runs make equal files
    about = {"version": VERSION, "config": checkpoint.config, "data_checksum": checkpoint.data_checksum}
    contiguous = {name: np.ascontiguousarray(a).reshape(a.shape) for name, a in arrays.items()}
    write_atomically(path, save(contiguous, {"gradwright_checkpoint": json.dumps(about)}))


def load_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in a file.

    Raises ``RecordError`` where the file is missing, damaged, or of another version.
    """
    arrays, metadata = read_tensors(path)
    try:
        about = parse_json(metadata["gradwright_checkpoint"], path, RecordError)
        if about["version"] != VERSION:
            raise RecordError(
                f"{path}: expected a checkpoint of version {VERSION}, found version {about['version']!r}"
            )
        epoch, step = (int(count) for count in arrays["counters"])
        slots = {k.removeprefix("optimizer."): a for k, a in arrays.items() if k.startswith("optimizer.")}
        theta, best, mean = arrays["theta"], arrays["best_theta"], arrays.get("mean")
        if theta.ndim != 1 or theta.dtype.kind != "f":
            raise ValueError(f"theta {theta.shape} {theta.dtype}")
        for name, other in (("best_theta", best), ("mean", theta if mean is None else mean)):
            if other.shape != theta.shape or other.dtype != theta.dtype:
                raise ValueError(f"theta {theta.shape} {theta.dtype} and {name} {other.shape} {other.dtype}")
        if not isinstance(about["config"], str) or not isinstance(about["data_checksum"], str):
            raise TypeError("config and data_checksum are no texts")
        state = State(theta, slots, epoch, step, mean)
        return Checkpoint(state, best, about["config"], about["data_checksum"])
    except (KeyError, ValueError, TypeError) as error:
        raise RecordError(f"{path}: expected a checkpoint of a run, found other arrays ({error})") from None


def read_tensors(path: Path, *, links: bool = False) -> tuple[dict[str, Array], dict[str, str]]:
    """The named arrays of a safetensors file and its metadata; ``links`` says whether the path may be one.

    Raises ``RecordError`` where the file is missing or damaged.
    """
    content = read_bytes(path, links=links)
    with parsing(path, "arrays in safetensors form", RecordError):
        arrays = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return arrays, header.get("__metadata__") or {}
