"""What the system refuses the grader ends the grading, and costs no submission points."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Any

import pytest

from gradwright.errors import CheckError
from gradwright.grading import Rubric, grade
from gradwright.grading.process import Process
from gradwright.grading.submission import Submission
from tests.grading.conftest import EXAMPLES


def test_a_process_that_cannot_be_started_is_one_message_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("gradwright.grading.process.WORKER", [str(tmp_path / "none")])
    with pytest.raises(CheckError, match=r"process could not be started: .*No such file"):
        Process(1)
    assert not [*tmp_path.iterdir()]


def test_what_fails_while_the_grader_asks_costs_no_points(
    one_item: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Submission, "call", refused)
    with pytest.raises(OSError, match="Too many open files"):
        grade(one_item, EXAMPLES / "right.py", seed=0)
