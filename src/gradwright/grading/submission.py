"""A submission as a function of its arguments: points go to its process, numbers come back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradwright.errors import CheckError
from gradwright.grading.handed_in import Source, require_hidden
from gradwright.grading.item import Item
from gradwright.grading.process import GoneError, Process
from gradwright.grading.rubric import Limits, Rubric
from gradwright.grading.wire import Arrays, most_bytes, pack

STARTING = 60.0  # seconds for Python and NumPy, which are not counted as the submission's


class Answer(NamedTuple):
    """What one call gave: numbers by their names."""

    value: np.ndarray[Any, Any]
    gradient: Arrays
    after: Arrays


@dataclass(frozen=True, eq=False)
class Submission:
    """A file that is loaded for one item, in a process of its own."""

    process: Process
    seconds: list[float] = field(default_factory=list)  # from question to answer, of every call

    @property
    def mean_seconds(self) -> float:
        """What a call took in the mean of all that were made."""
        return sum(self.seconds) / len(self.seconds)

    def call(
        self,
        arguments: Mapping[str, Any],
        dy: Any = None,
        made_with: Sequence[int] = (),
        *,
        echo: bool = False,
    ) -> Answer:
        """What the submission answers at ``arguments``, arrays by dotted names; ``after`` with ``echo``.

        Raises ``CheckError`` where it raised something, ``GoneError`` where no more is to be expected of it.
        """
        given = {f"arguments.{name}": np.asarray(value) for name, value in arguments.items()}
        texts = {name: str(value) for name, value in given.items() if value.dtype.kind == "U"}
        arrays = {name: _sent(value) for name, value in given.items() if name not in texts}
        arrays |= {} if dy is None else {"dy": _sent(dy)}
        plain = {"echo": echo, "made_with": list(made_with), "texts": texts, "names": list(given)}
        start = time.perf_counter()
        frame = pack(plain, arrays)
        answered, found = self.process.ask(frame, most_bytes(arrays))
        self.seconds.append(time.perf_counter() - start)
        _raise_failure(answered)
        parts: dict[str, Arrays] = {"value": {}, "gradient": {}, "after": {}}
        for name, array in found.items():
            part, _, rest = name.partition(".")
            parts.setdefault(part, {})[rest] = array
        if list(parts["value"]) != [""]:
            raise CheckError("the value: expected one array or number, found several")
        return Answer(parts["value"][""], parts["gradient"], parts["after"])


class NotLoadedError(GoneError):
    """A submission whose code cannot be run at all, or that has not got what an item asks for."""


def load(
    process: Process, source: Source, path: Path, rubric: Rubric, item: Item, seconds: float
) -> Submission:
    """Have ``process`` load the code of the submission at ``path``; then it has so many seconds in all.

    Raises ``GoneError`` where it cannot be loaded, or not in time, and, before anything of it ran,
    ``CheckError`` where its process cannot be made ready, ``ConfigError`` where that could read the
    reference.
    """
    setting = {
        "name": source.name,
        "parts": source.parts,
        "item": item.asked,
        "folders": [str(path.absolute())] if path.is_dir() else [],
    }
    readable = _confined(process, rubric.limits, seconds, setting)
    require_hidden(rubric.folder / rubric.reference, readable)
    process.give(seconds)
    loading, _ = process.ask(b"")
    try:
        _raise_failure(loading)
    except CheckError as error:
        raise NotLoadedError(f"could not be loaded: {error}") from None
    return Submission(process)


def not_kept_from(limits: Limits) -> list[str]:
    """What this system cannot keep submissions from, in words: found out by a process that loads none.

    Raises ``CheckError`` where no process can be made ready.
    """
    with closing(Process(limits.folder_mib)) as process:
        _confined(process, limits, limits.item_seconds, {"folders": []})
        return process.missing


def _confined(process: Process, limits: Limits, seconds: float, setting: dict[str, Any]) -> list[str]:
    """Have a process shut itself in, and keep what it could not do; the places that it may read below."""
    asked = {"seconds": seconds, "memory_mib": limits.memory_mib}
    asked |= {"file_mib": limits.file_mib, "folder_mib": limits.folder_mib}
    process.give(STARTING)
    try:
        found, _ = process.ask(pack(setting | {"limits": asked}, {}))
    except GoneError as error:
        raise CheckError(f"a submission's process could not be made ready: it {error}") from None
    process.missing = [str(each) for each in found["missing"]]
    return [str(each) for each in found["readable"]]


def _raise_failure(plain: Mapping[str, Any]) -> None:
    if plain.get("kind") == "failure":
        raise CheckError(str(plain.get("text", "")))


def _sent(value: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(value)
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)
