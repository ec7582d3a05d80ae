"""Whatever call of the operating system fails, there is one message, and it goes on to the same bits."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.hostile.failures import fail_in_turn
from tests.hostile.scenes import GRADING, REPORT, STUDY, TRAINING, Scene

pytestmark = pytest.mark.usefixtures("blank_pictures")


@pytest.mark.parametrize(("scene", "every"), [(TRAINING, 11), (STUDY, 8), (REPORT, 3), (GRADING, 9)], ids=str)
def test_a_failure_is_one_message_and_loses_nothing(scene: Scene, every: int) -> None:
    seen = fail_in_turn(scene, every=every)
    assert seen["one message"] >= 2


def test_an_error_of_the_system_that_passes_the_door_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def unnamed(path: Path, content: str) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.write(handle, content.encode())
        os.close(handle)

    monkeypatch.setattr("gradwright.outputs.write_atomically", unnamed)
    with pytest.raises(OSError, match="No space left"):
        fail_in_turn(REPORT, [errno.ENOSPC])
