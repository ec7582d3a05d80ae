"""``gradwright export``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.studies.store import STUDY, Study
from tests.studies.studies import study_of

Command = Callable[..., Any]


def test_a_study_is_written_and_the_way_to_look_is_told(gradwright: Command, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra 'tensorboard'")
    (tmp_path / "rates").mkdir()
    (tmp_path / "rates" / STUDY).write_text("")
    for record in study_of([0.9], seeds=2):
        Study.open("rates").add(record)
    outcome = gradwright("export", "rates", "--to", "tensorboard", "--out", "events")
    assert (outcome.code, outcome.out.strip()) == (0, "2 runs written to events")
    assert "tensorboard --logdir events" in outcome.err
    assert len(list(Path("events").iterdir())) == 2
    again = gradwright("export", "rates", "--to", "tensorboard", "--out", "events")
    assert (again.code, "in use" in again.err) == (1, True)


def test_another_tracker_is_refused(gradwright: Command) -> None:
    assert gradwright("export", "rates", "--to", "paper", "--out", "events").code == 2
