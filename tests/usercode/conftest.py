"""A user's file, written for one test, and checked in this process."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gradwright.usercode import Request
from gradwright.usercode.worker import answer, check


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test in a folder of its own; what it imports is forgotten after it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    known = set(sys.modules)
    yield
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def write() -> Callable[..., None]:
    """Write a Python file that has NumPy and a generator with a fixed seed."""

    def write(text: str, path: str = "my.py") -> None:
        head = "import numpy as np\nrng = np.random.default_rng(0)\n"
        Path(path).write_text(head + textwrap.dedent(text), encoding="utf-8")

    return write


@pytest.fixture
def checked(write: Callable[..., None]) -> Callable[..., Any]:
    """Check ``target`` at ``point``, both in the file that is given as text."""

    def checked(text: str, target: str = "target", at: str = "point", **options: Any) -> Any:
        write(text)
        return check(Request(f"my.py:{target}", f"my.py:{at}", **options))

    return checked


@pytest.fixture
def failed(write: Callable[..., None]) -> Callable[..., tuple[int, str]]:
    """The exit code and the message that a request is answered with."""

    def failed(text: str, target: str = "target", at: str = "point", **options: Any) -> tuple[int, str]:
        write(text)
        found = answer(Request(f"my.py:{target}", f"my.py:{at}", **options))
        return found["exit_code"], found["error"]

    return failed
