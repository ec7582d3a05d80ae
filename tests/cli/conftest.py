"""The command line as tests call it: in this process, or as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gradwright.cli import main

SMALL = """
name = "small"
epochs = 2
batch_size = 100

[data]
name = "swiss-roll"

[network]
kind = "mlp"
widths = [2, 8, 2]

[optimizer]
kind = "SGD"
momentum = 0.5
"""


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which must be JSON and nothing else."""
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test in a folder of its own, with no data and no settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GRADWRIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no-data"))


@pytest.fixture
def gradwright(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a command in this process."""

    def run(*arguments: object) -> Outcome:
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a command as a program of its own; none outlives its test."""
    programs: list[subprocess.Popen[str]] = []

    def run(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gradwright", *map(str, arguments)]
        pipe = subprocess.PIPE
        before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # a child inherits an ignored Ctrl-C
        try:
            programs.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True))
        finally:
            signal.signal(signal.SIGINT, before)
        return programs[-1]

    yield run
    for program in programs:
        with program:  # closes its pipes
            program.kill()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config that trains in a moment."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path
