"""``gradwright info``: what a report of a problem should begin with."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gradwright.cli.output import facts, say, say_json
from gradwright.cli.parameters import AsJson, DataDir
from gradwright.data import entries
from gradwright.data.catalog import stored_at
from gradwright.data.locate import data_folders
from gradwright.engine.variants import missing, precisions, supported, variant
from gradwright.training.environment import describe_machine

EXTRAS = ("h5py", "matplotlib", "jinja2")


def info(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show versions, engines, threads and data folders."""
    found = {entry.name: stored_at(entry.name, data_dir) for entry in entries()}
    known: dict[str, Any] = {
        **describe_machine(),
        "extras": {package: _version(package) for package in EXTRAS},
        "engines": _engines(),
        "data_folders": [str(folder) for folder in data_folders(data_dir)],
        "data_found": {name: str(path) for name, path in found.items() if path is not None},
    }
    if as_json:
        say_json(known)
    else:
        say(facts((key.replace("_", " "), line) for key, value in known.items() for line in _lines(value)))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _engines() -> list[str]:
    lines = ["reference (NumPy)"]
    if supported():
        serves = f"{variant()} serves, in {', '.join(precisions())}"
        lines.append(f"native, compiled for {', '.join(supported())}; {serves}")
    lacking = missing()
    return lines if lacking is None else [*lines, lacking]


def _lines(value: Any) -> list[str]:
    """A fact as one line, or as one for each of its parts."""
    if isinstance(value, dict):
        return [f"{key} {part or 'is not installed'}" for key, part in value.items()] or ["none"]
    if isinstance(value, list):
        return value or ["none"]
    return [str(value)]
