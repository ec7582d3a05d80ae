"""The gradient check that lies beside a run: read and written."""

from __future__ import annotations

import json
import os
from pathlib import Path

from gradwright.check import NetworkCheck
from gradwright.errors import RecordError
from gradwright.locks import writing_in
from gradwright.training.files import read_table
from gradwright.writing import write_atomically

WHAT = "the record of a gradient check"
GRADIENT_CHECK = "gradient_check.json"  # in the folder of a run: ``NetworkCheck.to_dict`` as JSON


def read_check(folder: Path | str) -> NetworkCheck | None:
    """The gradient check in the folder of a run; None where there is none.

    Raises ``RecordError`` that names the file where it is damaged.
    """
    path = Path(folder) / GRADIENT_CHECK
    if not os.path.lexists(path):
        return None
    plain = read_table(path, WHAT)
    try:
        return NetworkCheck.from_dict(plain)
    except Exception as error:  # a record of a stranger may have any form
        raise RecordError(f"{path}: expected {WHAT}, found: {error}") from None


def write_check(check: NetworkCheck, folder: Path | str) -> None:
    """Put a gradient check beside its run, where ``read_check`` finds it.

    Raises ``RecordError`` where it cannot be written.
    """
    with writing_in(Path(folder)):
        write_atomically(Path(folder) / GRADIENT_CHECK, json.dumps(check.to_dict(), indent=2) + "\n")
