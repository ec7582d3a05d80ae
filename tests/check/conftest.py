"""Faults here are told by f and the claimed gradient alone, as where their text is not at hand."""

from __future__ import annotations

import pytest

from gradwright.check import why


@pytest.fixture(autouse=True)
def without_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is not asked: that takes seconds. In ``edits`` they are."""
    monkeypatch.setattr(why, "_of_the_text", lambda *_, **__: (None, None))
