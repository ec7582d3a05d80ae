"""A file of a public repository, and the questions that are asked of it."""

from __future__ import annotations

import ast
import collections.abc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

Question: TypeAlias = tuple[str, Callable[[], Any]]  # what is checked, and the call that returns a report
Recipe: TypeAlias = Callable[[Any], Iterator[Question]]  # of a loaded module, the questions


@dataclass(frozen=True)
class Source:
    """One file, and how those that are written like it are asked.

    Args:
        repository: owner/name on GitHub.
        commit: that was checked.
        root: the folder in the repository that the file's own imports start from.
        module: the file, by its name from there.
        recipe: a function of this folder that asks the questions, as "cs231n.layers"; it leaves out what a
            file does not have.
        is_script: whether it trains on import, so that its definitions alone are run.
    """

    repository: str
    commit: str
    root: str
    module: str
    recipe: str
    is_script: bool = False

    @property
    def path(self) -> str:
        """Of the file in the repository."""
        return f"{self.root}/{self.module.replace('.', '/')}.py".removeprefix("./")

    def checkout(self, folder: Path) -> Path:
        """Where its repository is looked for."""
        return folder / self.repository.replace("/", "+")

    def questions(self, folder: Path) -> Iterator[Question]:
        """Those of its recipe; the file is imported, so ask in a process of its own."""
        recipe = self.load_recipe()
        checkout = self.checkout(folder)
        remember_dropped_names()
        sys.path.insert(0, str(checkout / self.root))
        yield from recipe(
            definitions(checkout / self.path) if self.is_script else importlib.import_module(self.module)
        )

    def load_recipe(self) -> Recipe:
        """Its function; with it comes the library that it is about, such as PyTorch."""
        module, function = self.recipe.split(".")
        recipe: Recipe = getattr(importlib.import_module(f"tools.wild.{module}"), function)
        return recipe


def found(theirs: Any, *names: str) -> list[Any]:
    """What a module has of these names."""
    return [getattr(theirs, name) for name in names if hasattr(theirs, name)]


def definitions(file: Path) -> ModuleType:
    """The functions and classes of a script, and those of its imports that can be had."""
    module = ModuleType(file.stem)
    sys.modules[file.stem] = module
    for each in ast.parse(file.read_text()).body:
        if isinstance(each, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
            with suppress(ImportError):
                exec(compile(ast.Module([each], []), str(file), "exec"), vars(module))
    return module


def remember_dropped_names() -> None:
    """What older files use and newer versions of Python and NumPy have under another name alone."""
    vars(collections)["Hashable"] = collections.abc.Hashable
    vars(np).update(float=float, int=int)
