"""A run as plain data, also one that is a trial of a study: what it was and what came of it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from pydantic import ValidationError

from gradwright.errors import RecordError
from gradwright.inputs import parse_json
from gradwright.specs import suggestion
from gradwright.strict import complaints, of_type
from gradwright.training.metrics import Metric

VERSION = 1
Status: TypeAlias = Literal[
    "finished", "converged", "stopped early", "interrupted", "diverged", "failed", "pruned"
]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A run as plain data; a study has a file with such a record for each trial.

    ``point`` are the values of the space's axes by their dotted path in the config; none outside of a study.
    ``metrics`` are those of the parameters that the run kept, such as ``metrics["validation"]["loss"]``; the
    test split, which is sealed, has none. ``history`` holds a column for each curve, such as
    ``history["validation.loss"]``, with a number for each epoch from 0 on (NaN where nothing was measured).
    ``seconds`` is the time of the run, ``data`` the checksum of its data, ``budget`` the epochs it was given.
    ``message`` says why a run did not finish. A trial that stopped early, or converged,
    is "finished".
    """

    id: str
    point: dict[str, Any]
    seed: int
    status: Status
    config: Mapping[str, Any]
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    history: Mapping[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    steps: int = 0
    message: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    data: str
    budget: int

    def metric(self, name: Metric | str) -> float | None:
        """A metric of the kept parameters by its dotted name, such as ``validation.loss``, or None."""
        split, _, key = str(name).partition(".")
        return self.metrics.get(split, {}).get(key)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON can hold it: what is not finite in the history becomes None."""
        history = {
            name: [v if math.isfinite(v) else None for v in column] for name, column in self.history.items()
        }
        return {"version": VERSION, **vars(self), "config": dict(self.config), "history": history}

    def to_json(self) -> str:
        """The record as one line of JSON."""
        return json.dumps(self.to_dict()) + "\n"

    @classmethod
    def from_dict(cls, plain: Any, where: str = "record") -> RunRecord:
        """The record that ``to_dict`` made.

        Raises ``RecordError`` that names ``where`` and the key that is missing, unknown or impossible.
        """
        if not isinstance(plain, Mapping):
            raise RecordError(f"{where}: expected the record of a run, found {type(plain).__name__}")
        if plain.get("version") != VERSION:
            raise RecordError(f"{where}: version: expected {VERSION}, found {plain.get('version')!r}")
        for name in _TYPES:
            if name not in plain:
                raise RecordError(f"{where}: {name}: this key is needed")
        for name, value in plain.items():
            if name != "version" and name not in _TYPES:
                raise RecordError(f"{where}: {name}: there is no such key{suggestion(name, _TYPES)}")
            if name != "version" and (not isinstance(value, _TYPES[name]) or isinstance(value, bool)):
                expected = " or ".join(kind.__name__ for kind in _TYPES[name])
                raise RecordError(f"{where}: {name}: expected {expected}, found {value!r}")
        if plain["status"] not in STATUSES:
            expected = ", ".join(STATUSES)
            raise RecordError(f"{where}: status: expected one of {expected}, found {plain['status']!r}")
        if "test" in plain["metrics"]:
            raise RecordError(f"{where}: metrics.test: the test set is sealed, and no record holds it")
        tables = {name: _table(kind, plain[name], f"{where}: {name}") for name, kind in _TABLES.items()}
        nothing = float("nan")
        history = {
            name: [nothing if v is None else v for v in column] for name, column in tables["history"].items()
        }
        return cls(**{**{name: plain[name] for name in _TYPES}, **tables, "history": history})

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "record") -> RunRecord:
        """The record that ``to_json`` wrote.

        Raises ``RecordError`` that names ``where``, as for a file that was cut in half.
        """
        return cls.from_dict(parse_json(text, where, RecordError, "the record of a run in JSON"), where)


_NUMBER, _TEXT, _TABLE = (int, float), (str,), (dict,)
_TYPES: dict[str, tuple[type, ...]] = {
    "id": _TEXT,
    "point": _TABLE,
    "seed": (int,),
    "status": _TEXT,
    "config": _TABLE,
    "metrics": _TABLE,
    "history": _TABLE,
    "seconds": _NUMBER,
    "steps": (int,),
    "message": (str, type(None)),
    "versions": _TABLE,
    "data": _TEXT,
    "budget": (int,),
}


_TABLES: dict[str, Any] = {  # what lies in those whose keys are free
    "metrics": dict[str, dict[str, float | None]],
    "history": dict[str, list[float | None]],
    "versions": dict[str, str],
}


def _table(kind: Any, plain: Any, where: str) -> Any:
    try:
        return of_type(kind, plain)
    except ValidationError as error:
        raise RecordError(f"{where}.{complaints(error)[0]}") from None


def run_id(config: Mapping[str, Any], seed: int, data: str) -> str:
    """A name for the run of ``config`` (as plain data) with ``seed`` on data of this checksum.

    The same run has the same name wherever it is computed, and another run another one.

    >>> run_id({"epochs": 3, "batch_size": 16}, 0, "a1") == run_id({"batch_size": 16, "epochs": 3}, 0, "a1")
    True
    >>> run_id({"epochs": 3}, 0, "a1") == run_id({"epochs": 3}, 1, "a1")
    False
    """
    whole = {"config": {**config, "seed": seed}, "data": data}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, each value by its dotted path.

    >>> flat({"validation": {"loss": 0.5}, "seed": 0})
    {'validation.loss': 0.5, 'seed': 0}
    """
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found
