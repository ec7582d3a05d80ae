"""An ensemble as a folder: the run of each network in one of its own, and what makes them one model.

=======================  ===============================================================================
``network-1``, ...       the run of each network, as ``Run.save`` writes it
``outcome.safetensors``  what they answered together on rows held out (see ``gradwright.training.outcome``)
``importance.json``      what each column of a table is worth to them
``tabular.json``         how many there are, their temperature and range; written last
=======================  ===============================================================================
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from gradwright.errors import RecordError
from gradwright.fields import Count, Finite, Positive
from gradwright.locks import writing_in
from gradwright.nn.layer import Array
from gradwright.recipes.ensemble import Ensemble
from gradwright.strict import made_of
from gradwright.training import Run, load_run
from gradwright.training.files import read_table
from gradwright.training.folder import CONFIG
from gradwright.training.importance import read_importance, write_importance
from gradwright.training.outcome import read_outcome, write_outcome
from gradwright.writing import in_use, refuse_link, write_atomically

TABULAR = "tabular.json"
WHAT = "what makes one model of several networks"
ALIKE = ("in_features", "classes", "labels", "targets", "encoding")  # of the data of all networks


@dataclass(frozen=True)
class _Record:
    """What ``tabular.json`` holds; ``seen`` is None for labels."""

    version: Literal[1]
    networks: Count
    temperature: Positive
    seen: tuple[tuple[Finite, ...], tuple[Finite, ...]] | None
    remarks: tuple[str, ...]


def is_ensemble(folder: Path) -> bool:
    """Whether ``write_ensemble`` wrote the folder, rather than a run."""
    return (folder / TABULAR).exists()


def write_ensemble(ensemble: Ensemble, folder: Path) -> None:
    """Write ``ensemble`` as a new folder.

    Raises ``RecordError`` where the folder already holds something, or cannot be written.
    """
    low_high = None if ensemble.seen is None else ensemble.seen.tolist()
    record = _Record(1, len(ensemble.runs), ensemble.temperature, low_high, ensemble.remarks)
    with writing_in(folder):
        if in_use(folder):
            raise RecordError(f"{folder}: expected a new folder, found one that is in use; choose another")
        for run, place in zip(ensemble.runs, places(folder, len(ensemble.runs)), strict=True):
            run.save(place)
        if ensemble.outcome is not None:
            write_outcome(ensemble.outcome, folder)
        if ensemble.importance is not None:
            write_importance(ensemble.importance, folder)
        write_atomically(folder / TABULAR, json.dumps(asdict(record), indent=2) + "\n")


def read_ensemble(folder: Path, layers: Sequence[type] = ()) -> Ensemble:
    """The ensemble in a folder, checked; ``layers`` are as for ``load_run``.

    Raises ``RecordError`` that names the file which is missing, damaged, or does not fit the others.
    """
    path = folder / TABULAR
    if not is_ensemble(folder):
        hint = "; it is that of a single run, which load_run reads" if (folder / CONFIG).exists() else ""
        raise RecordError(f"{folder}: expected the folder of a tabular run, found no {TABULAR} in it{hint}")
    record = made_of(_Record, read_table(path, WHAT), str(path), WHAT)
    runs: list[Run] = []
    for place in places(folder, record.networks):
        refuse_link(place)
        runs.append(load_run(place, layers=layers))
        _require_alike(runs[0], runs[-1], place)
    seen = None if record.seen is None else _range(record.seen, runs[0], path)
    if (seen is None) != bool(runs[0].classes):
        learned, found = ("labels", "a range") if runs[0].classes else ("numbers", "no range")
        raise RecordError(f"{path}: expected what belongs to {learned}, found {found} of numbers")
    outcome, worth = read_outcome(folder), read_importance(folder)
    return Ensemble(tuple(runs), record.temperature, seen, outcome, worth, record.remarks)


def places(folder: Path, count: int) -> list[Path]:
    """The folders of the networks."""
    return [folder / f"network-{k}" for k in range(1, count + 1)]


def _require_alike(first: Run, run: Run, place: Path) -> None:
    """Raise ``RecordError`` for a run whose answers cannot be averaged with those of the first."""
    for name in ALIKE:
        if run.data.get(name) != first.data.get(name):
            raise RecordError(f"{place}: expected the {name} of the first network, found others")
    if run.config.network != first.config.network:
        raise RecordError(f"{place}: expected the layers of the first network, found others")


def _range(seen: tuple[tuple[float, ...], tuple[float, ...]], run: Run, path: Path) -> Array:
    """The least and the largest target (2, k)."""
    outputs = run.config.network.output_features(run.data["in_features"])
    lengths = {len(numbers) for numbers in seen}
    if lengths != {outputs}:
        raise RecordError(f"{path}: seen: expected {outputs} numbers twice, found {sorted(lengths)}")
    found = np.array(seen)
    if (found[0] > found[1]).any():
        raise RecordError(f"{path}: seen: expected the least number before the largest, found {seen}")
    return found
