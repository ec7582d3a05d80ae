"""Where Python gets no memory a training or a study ends, and then goes on to the same bits."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from tests.hostile.memory import lack_memory
from tests.hostile.scenes import STUDY, TRAINING, Scene

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork"),
    pytest.mark.skipif(
        importlib.util.find_spec("_testcapi") is None, reason="needs CPython's own test helpers"
    ),
]


@pytest.mark.parametrize("scene", [TRAINING, STUDY], ids=str)
def test_an_allocation_of_python_that_fails_loses_nothing(scene: Scene) -> None:
    assert lack_memory(scene, 12)["MemoryError"] > 2
