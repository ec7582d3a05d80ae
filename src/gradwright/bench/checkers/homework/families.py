"""All families by name, and which of them are kept out of development: a draw by name decides."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Literal, TypeAlias

import numpy as np

from gradwright.bench.checkers.homework import kept, practice
from gradwright.bench.checkers.homework.family import Family

Folder: TypeAlias = Literal["practice", "kept"]

FOLDERS: dict[Folder, ModuleType] = {"practice": practice, "kept": kept}
DRAW = 13  # the seed
KEPT = 1 / 3  # the share


def folder_of(name: str) -> Folder:
    """Where a family of this name belongs, drawn before any of its faults was written.

    >>> folder_of("conv_naive"), folder_of("conv_im2col")
    ('practice', 'kept')
    """
    drawn = np.random.default_rng([DRAW, *name.encode()]).random()
    return "kept" if drawn < KEPT else "practice"


def families(folder: Folder) -> Iterator[tuple[str, Family]]:
    """The families in a folder, by name."""
    package = FOLDERS[folder]
    for module in iter_modules(package.__path__):
        yield module.name, import_module(f"{package.__name__}.{module.name}").FAMILY
