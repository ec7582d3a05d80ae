"""Where the system refuses the engine memory, or SQLite a write, there is one message and nothing is lost."""

from __future__ import annotations

import shutil
import sys

import pytest

from gradwright.engine import variants
from tests.hostile.refusals import below

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs LD_PRELOAD"),
    pytest.mark.skipif(shutil.which("c++") is None, reason="needs a C++ compiler"),
]


@pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")
def test_an_allocation_of_the_engine_that_fails_breaks_nothing() -> None:
    assert below("narrow")["MemoryError"] > 5


def test_a_write_of_the_index_that_fails_is_one_message_and_loses_nothing() -> None:
    assert below("index")["one message"] > 5
