"""What a source reported of a run, in a file that lies beside it."""

from __future__ import annotations

import math
import os
from pathlib import Path

from gradwright.errors import RecordError
from gradwright.show.tables import Reported
from gradwright.training.files import read_table

REPORTED = "reported.json"  # in the folder of a run


def read_reported(folder: Path | str) -> Reported:
    """What lies in the folder of a run; nothing where there is no such file.

    Raises ``RecordError`` that names the file where it is damaged.
    """
    path = Path(folder) / REPORTED
    if not os.path.lexists(path):
        return {}
    found = read_table(path, "what was reported of a run")
    for name, value in found.items():
        expected = str if name == "source" else (int, float)
        finite = not isinstance(value, float) or math.isfinite(value)
        if not isinstance(value, expected) or isinstance(value, bool) or not finite:
            kind = "text" if name == "source" else "number"
            raise RecordError(f"{path}: {name}: expected a {kind}, found {value!r}")
    return found
