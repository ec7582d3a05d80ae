"""Names in Python files as users spell them, ``my_homework.py:loss_and_grad``, and what they stand for."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from gradwright.check.tracebacks import told
from gradwright.errors import ConfigError
from gradwright.specs import suggestion


@dataclass(frozen=True)
class Name:
    """A name in a Python file; a dotted one reaches into an object, ``my_layer.py:network.loss``."""

    path: Path
    name: str

    @classmethod
    def parse(cls, text: str) -> Name:
        """The name that is spelled ``FILE.py:NAME``; raises ``ConfigError`` for another spelling.

        >>> Name.parse("homework/one.py:loss").name
        'loss'
        """
        path, colon, name = text.rpartition(":")
        if not (colon and name and path.endswith(".py")):
            raise ConfigError(f"{text}: expected FILE.py:NAME, such as my_homework.py:loss_and_grad")
        return cls(Path(path), name)

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"

    def module(self) -> ModuleType:
        """The file; raises ``ConfigError`` where it cannot be imported."""
        return _module(self.path.absolute())

    def load(self) -> Any:
        """What the name stands for.

        Raises ``ConfigError`` where the file cannot be imported or does not have the name.
        """
        value: Any = self.module()
        for part in self.name.split("."):
            if not hasattr(value, part):
                known = {
                    name: None
                    for name in dir(value)
                    if not name.startswith("_") and not inspect.ismodule(getattr(value, name))
                }
                raise ConfigError(f"{self}: {self.path} has no {part!r}{suggestion(part, known)}")
            value = getattr(value, part)
        return value


@cache
def _module(path: Path) -> ModuleType:
    """The file at ``path`` as a module; it finds the files beside it as it would as a program of its own."""
    if not path.is_file():
        raise ConfigError(f"{path}: expected a Python file, found {'a folder' if path.is_dir() else 'none'}")
    name = path.stem
    while name in sys.modules:  # a file may be called like a module that is in use, such as random.py
        name += "_"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException as error:  # sys.exit() at the end of a script is a reason like any other
        raise ConfigError(f"{path.name} could not be imported: {told(error)}") from None
    return module
