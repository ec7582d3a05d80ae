"""Here the text of a backward is at hand."""

from __future__ import annotations

import pytest


@pytest.fixture
def without_text() -> None:
    """Edits are tried, as they are for users."""
