"""What others may call: every public name exists, once, and says what it is."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import gradwright

HOUSE = Path(gradwright.__file__).parent
ROOMS = sorted(  # a room that holds several packages has no names of its own
    ".".join(path.parent.relative_to(HOUSE).parts)
    for path in HOUSE.rglob("*/__init__.py")
    if "__all__" in path.read_text(encoding="utf-8")
)
PACKAGES = [gradwright, *(importlib.import_module(f"gradwright.{room}") for room in ROOMS)]
every_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)


def own_docstring(value: Any) -> str:
    """The docstring that was written for ``value``: neither inherited nor made up by ``dataclass``."""
    text = (vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__) or ""
    return "" if inspect.isclass(value) and text.startswith(f"{value.__name__}(") else text.strip()


def in_the_order_of_imports(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions and modules, each by the alphabet."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@every_package
def test_public_names_exist_once_and_in_order(package: ModuleType) -> None:
    names: list[str] = package.__all__
    assert [name for name in names if not hasattr(package, name)] == []
    assert len(names) == len(set(names))
    assert names == sorted(names, key=in_the_order_of_imports)


@every_package
def test_every_public_name_says_what_it_is(package: ModuleType) -> None:
    values = {name: getattr(package, name) for name in package.__all__}
    documented = {
        name: own_docstring(value)
        for name, value in values.items()
        if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value)
    }
    assert [name for name, text in documented.items() if not text] == []
    assert own_docstring(package)


def arguments(value: Any) -> list[str]:
    """The names of what is handed to a class or function."""
    kinds = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return [name for name, p in inspect.signature(value).parameters.items() if p.kind not in kinds]


TOP = [
    value
    for value in (getattr(gradwright, name) for name in gradwright.__all__)
    if inspect.isroutine(value) or inspect.isclass(value)
]


@pytest.mark.parametrize("value", TOP, ids=lambda value: value.__name__)
def test_what_everybody_uses_tells_each_argument_and_shows_an_example(value: Any) -> None:
    told = inspect.getdoc(value) or ""
    told += inspect.getdoc(gradwright.fit) or "" if value is gradwright.RunConfig else ""  # which says so
    assert [name for name in arguments(value) if not re.search(rf"\b{name}\b", told)] == []
    assert ">>>" in told


def test_a_docstring_that_dataclass_makes_up_does_not_count() -> None:
    from dataclasses import dataclass

    @dataclass
    class Nameless:
        x: int

    class Heir(Nameless):
        pass

    assert str(Nameless.__doc__).startswith("Nameless(")
    assert own_docstring(Nameless) == own_docstring(Heir) == ""


def test_the_names_of_a_room_are_the_same_things_at_the_top() -> None:
    for room in PACKAGES[1:]:
        for name in set(gradwright.__all__) & set(room.__all__):
            assert getattr(gradwright, name) is getattr(room, name)
