"""What all tests share: a Hypothesis profile that repeats itself, and where the real data lies."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable",
    deadline=None,  # nor any other clock: a test holds on a machine that has much else to do
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    max_examples=50,
)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def ctrl_c_as_in_a_terminal() -> Iterator[None]:
    """Tests that were started in the background inherit an ignored Ctrl-C; here it is Python's own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_the_disk() -> Iterator[None]:
    """What is flushed, and when, is asked of the calls (``tests/hostile/disk.py``), and not of the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _handle: None)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real data sets; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("GRADWRIGHT_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs the real data: set GRADWRIGHT_DATA to their folder")
    return Path(folder)


WHITE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
BLANK = {  # one white pixel each
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="1pt" height="1pt"></svg>',
    "png": base64.b64decode(WHITE),
}


@pytest.fixture
def blank_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank pictures where a test is not marked ``drawn``: to draw them takes most of the time of a page."""
    if "drawn" not in request.keywords:
        monkeypatch.setattr("gradwright.show.figures.images.render", lambda _figure, kind: BLANK[kind])
