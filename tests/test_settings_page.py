"""docs/settings.md says what the code declares, and every setting declares its range and its meaning."""

from __future__ import annotations

import dataclasses
import runpy
from pathlib import Path
from typing import Any

import pytest

from gradwright.fields import domain_of, field_types

TOOL = runpy.run_path(str(Path(__file__).parents[1] / "tools" / "settings_page.py"))
KINDS = [cls for classes in TOOL["KINDS"].values() for cls in classes]
WITH_SETTINGS = [cls for cls in KINDS if dataclasses.fields(cls)]


def test_the_page_is_what_the_code_declares() -> None:
    assert TOOL["PAGE"].read_text() == TOOL["page"](), "make docs writes it"


@pytest.mark.parametrize("cls", WITH_SETTINGS)
def test_each_setting_of_a_kind_has_a_meaning(cls: Any) -> None:
    assert list(TOOL["arguments"](cls)) == [field.name for field in dataclasses.fields(cls)]


@pytest.mark.parametrize("cls", WITH_SETTINGS)
def test_what_a_type_declares_is_what_is_refused(cls: Any) -> None:
    """Each setting with a domain refuses an object, in the words of its type and under its name."""
    hints = field_types(cls)
    needed = [field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING]
    good = {name: domain.kind(1) if (domain := domain_of(hints[name])) else 1 for name in needed}
    for name, hint in hints.items():
        if (domain := domain_of(hint)) is not None:
            with pytest.raises(Exception, match=name) as refused:
                cls(**{**good, name: object()})
            assert f"{name}: expected {domain.words}, found" in str(refused.value)
