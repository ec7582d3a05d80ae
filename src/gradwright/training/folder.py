"""A run as a folder: written while it happens, read by everything that shows or compares runs.

===========================  =================================================================
``config.toml``              every setting; ``gradwright train config.toml`` makes the run again
``environment.json``         versions and machine
``data.json``                summary of the data set with its checksum
``sample.safetensors``       some validation rows of a two-dimensional set, for pictures
``history.jsonl``            one line per epoch
``steps.jsonl``              one line per step, where ``record_steps`` is set
``checkpoint.safetensors``   the state after the last whole epoch, from which a killed run resumes
``parameters.safetensors``   the parameters that the run kept, by name, and the features' scaling
``outcome.safetensors``      what the run answered on validation rows (see ``outcome``)
``importance.json``          what each column of a table is worth to the run (see ``importance``)
``openings.jsonl``           each look at the test set; there is no such file while it is sealed
``result.json``              how the run ended, its metrics, and those of a constant; written last
===========================  =================================================================
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from gradwright.data import Affine
from gradwright.errors import RecordError
from gradwright.nn.layer import Array
from gradwright.specs import to_spec
from gradwright.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from gradwright.training.config import RunConfig, config_to_toml
from gradwright.training.files import entries, read_bytes, read_table
from gradwright.training.history import EpochRecord, History
from gradwright.training.importance import IMPORTANCE, Importance, write_importance
from gradwright.training.opening import OPENINGS, Opening
from gradwright.training.outcome import OUTCOME, Outcome, write_outcome
from gradwright.training.own_classes import own_classes, require_names, with_own
from gradwright.writing import SCRATCH, add_entry, append_line, in_use, make_folder, remove, write_atomically

CONFIG, ENVIRONMENT, DATA, SAMPLE = "config.toml", "environment.json", "data.json", "sample.safetensors"
HISTORY, STEPS, CHECKPOINT = "history.jsonl", "steps.jsonl", "checkpoint.safetensors"
PARAMETERS, RESULT = "parameters.safetensors", "result.json"


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run, while it is being written."""

    path: Path

    @property
    def has_checkpoint(self) -> bool:
        return (self.path / CHECKPOINT).exists()

    @property
    def is_done(self) -> bool:
        ends = ("finished", "converged", "stopped early")
        return (self.path / RESULT).exists() and self.result()["status"] in ends

    def begin(
        self,
        config: RunConfig,
        data: dict[str, Any],
        environment: dict[str, Any],
        sample: tuple[Array, Array] | None,
    ) -> None:
        """Write what is known before the first step.

        Raises ``RecordError`` where the folder already holds something, and ``ConfigError`` for a class of
        one's own that a file cannot hold.
        """
        text = _writable(config)
        if in_use(self.path):
            raise RecordError(
                f"{self.path}: expected a new folder for the run, found one that is in use; "
                "choose another folder, or resume the run in it"
            )
        make_folder(self.path)
        write_atomically(self.path / ENVIRONMENT, _json(environment))
        write_atomically(self.path / DATA, _json(data))
        if sample is not None:
            x, y = (np.ascontiguousarray(part) for part in sample)
            write_atomically(self.path / SAMPLE, save({"x": x, "y": y}))
        write_atomically(self.path / CONFIG, text)

    def clear_beginning(self) -> None:
        """Remove the files of a run that was killed before its first checkpoint, and nothing else."""
        names = CONFIG, ENVIRONMENT, DATA, SAMPLE, HISTORY, STEPS, OUTCOME, IMPORTANCE, RESULT
        remove(*(self.path / name for name in names))
        self._clear_scratch()

    def go_on(self, config: RunConfig) -> None:
        """Take back the result of a run that goes on, perhaps for more epochs than it had."""
        remove(self.path / RESULT)  # first: with the new config it would be the result of more epochs
        write_atomically(self.path / CONFIG, config_to_toml(config))

    def require_checkpoint(self) -> None:
        """Raise ``RecordError`` where a run that ended cannot go on, as one that was saved from memory."""
        if not self.has_checkpoint:
            raise RecordError(f"{self.path}: expected a checkpoint to go on from, found none; train anew")

    def write_history(self, history: History) -> None:
        """Write all epochs at once."""
        write_atomically(self.path / HISTORY, history.to_lines())

    def add_epoch(self, record: EpochRecord, steps: str, checkpoint: Checkpoint) -> None:
        """Add an epoch to the history, and make its end the place to resume from."""
        if steps:
            append_line(self.path / STEPS, steps)
        append_line(self.path / HISTORY, record.to_json())
        save_checkpoint(self.path / CHECKPOINT, checkpoint)

    def rewind(self) -> tuple[Checkpoint, History]:
        """The last checkpoint and the history up to it; what was written after it is taken back.

        Raises ``RecordError`` where the history does not reach the checkpoint.
        """
        self._clear_scratch()
        checkpoint = load_checkpoint(self.path / CHECKPOINT)
        whole = self.history()
        history = History(tuple(r for r in whole.epochs if r.epoch <= checkpoint.state.epoch))
        if len(history) != checkpoint.state.epoch + 1:
            raise RecordError(
                f"{self.path / HISTORY}: expected epochs 0 to {checkpoint.state.epoch} as in the checkpoint, "
                f"found {len(history)} lines"
            )
        self.write_history(history)
        steps = self.path / STEPS
        if steps.exists():
            lines = read_bytes(steps).splitlines(keepends=True)
            write_atomically(steps, b"".join(lines[: checkpoint.state.step]))
        return checkpoint, history

    def finish(
        self,
        parameters: Mapping[str, Array],
        features: Affine,
        outcome: Outcome | None,
        openings: Sequence[Opening],
        result: dict[str, Any],
        importance: Importance | None = None,
    ) -> None:
        """Write what a run kept and answered and, last, its result."""
        arrays = {name: np.ascontiguousarray(array) for name, array in parameters.items()}
        arrays["features.shift"] = np.atleast_1d(np.asarray(features.shift, np.float64))
        arrays["features.scale"] = np.atleast_1d(np.asarray(features.scale, np.float64))
        write_atomically(self.path / PARAMETERS, save(arrays))
        if outcome is not None:
            write_outcome(outcome, self.path)
        if importance is not None:
            write_importance(importance, self.path)
        for opening in openings[len(self.openings()) :]:
            add_entry(self.path / OPENINGS, opening)
        write_atomically(self.path / RESULT, _json(result))

    def fail(self, message: str) -> None:
        """Record that the run broke, and how."""
        write_atomically(self.path / RESULT, _json({"status": "diverged", "message": message}))

    def _clear_scratch(self) -> None:
        """Remove the half-written files that a kill leaves behind."""
        remove(*self.path.glob(f".*{SCRATCH}"))

    def history(self) -> History:
        """The epochs on record."""
        path = self.path / HISTORY
        return History.from_lines(read_bytes(path).decode("utf-8", "replace"), str(path))

    def openings(self) -> tuple[Opening, ...]:
        """Every look of the run at the test set, the first one first."""
        return tuple(entries(self.path / OPENINGS, Opening, "an opening of the test set"))

    def data(self) -> dict[str, Any]:
        """The summary of the data set."""
        return read_table(self.path / DATA)

    def environment(self) -> dict[str, Any]:
        """Versions and machine."""
        return read_table(self.path / ENVIRONMENT)

    def result(self) -> dict[str, Any]:
        """How the run ended."""
        return read_table(self.path / RESULT)


def _writable(config: RunConfig) -> str:
    """The config as TOML from which it can be made again."""
    pieces = config.network, config.loss, config.penalty
    if own := own_classes(*pieces):
        require_names(own)
        to_spec(pieces)  # names a field that is no plain value
        with_own(tomllib.loads(config_to_toml(config)), own)
    return config_to_toml(config)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"
