"""What a source reported of a run, in a file that lies beside it."""

from __future__ import annotations

import json
from pathlib import Path

from gradwright.errors import RecordError
from gradwright.show.tables import Reported
from gradwright.training.files import read_bytes

REPORTED = "reported.json"  # in the folder of a run


def read_reported(folder: Path | str) -> Reported:
    """What lies in the folder of a run; nothing where there is no such file.

    Raises ``RecordError`` that names the file where it is damaged.
    """
    path = Path(folder) / REPORTED
    if not path.exists():
        return {}
    try:
        found = json.loads(read_bytes(path))
    except ValueError as error:
        raise RecordError(f"{path}: expected what was reported of a run, found: {error}") from None
    if not isinstance(found, dict):
        raise RecordError(f"{path}: expected a table of what was reported, found {type(found).__name__}")
    for name, value in found.items():
        expected = str if name == "source" else (int, float)
        if not isinstance(value, expected) or isinstance(value, bool):
            kind = "text" if name == "source" else "number"
            raise RecordError(f"{path}: {name}: expected a {kind}, found {value!r}")
    return found
