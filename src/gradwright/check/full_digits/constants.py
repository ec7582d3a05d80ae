"""What a function holds beside its arguments, widened too: the arrays of its closure and of its module.

A copy of the function has them in place of the user's own, which stay as they are. What lies in an object of
a class is not reached, and that is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

PLAIN = (type(None), bool, int, float, complex, str, bytes, type, ModuleType, np.generic, np.ufunc, np.dtype)
BUILT_IN = (type(len), type(str.join), type(np.where))


class Widened:
    """Copies of functions in which each array is what ``wide`` makes of it.

    Functions that share a variable or a module share it as copies, too: what one writes, another reads.
    ``reached_all`` is whether they hold nothing else that arrays may lie in.

    >>> constant = np.ones(2)
    >>> widened = Widened(lambda array: 2 * array)
    >>> widened.of(lambda: constant)(), widened.reached_all
    (array([2., 2.]), True)
    """

    def __init__(self, wide: Callable[[Any], Any]) -> None:
        self.wide = wide
        self.reached_all = True
        self.seen: dict[int, Any] = {}  # by the identity of what it stands for
        self.kept: list[Any] = []  # which must live as long as that identity is told by

    def of(self, value: Any) -> Any:
        """What stands in place of a value that a function holds."""
        if isinstance(value, PLAIN + BUILT_IN):
            return value
        found = self.seen.get(id(value))
        if found is not None:
            return found
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, np.ndarray):
            return self._keep(value, self.wide(value))
        if type(value) is dict:
            found = self._keep(value, {})
            found.update((key, self.of(each)) for key, each in value.items())
            return found
        if type(value) is list:
            found = self._keep(value, [])
            found.extend(map(self.of, value))
            return found
        if type(value) is tuple:
            return self._keep(value, tuple(map(self.of, value)))
        self.reached_all = False
        return value

    def _function(self, function: FunctionType) -> Any:
        cells = tuple(map(self._cell, function.__closure__ or ()))
        names = self._names(function)
        copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells)
        copy.__kwdefaults__ = function.__kwdefaults__
        self._keep(function, copy)
        for name in function.__code__.co_names:  # its module's, if it has such, after it is known itself
            value = function.__globals__.get(name)
            is_theirs = not isinstance(value, FunctionType) or value.__globals__ is function.__globals__
            if value is not None and is_theirs:
                names[name] = self.of(value)
        return copy

    def _cell(self, cell: CellType) -> CellType:
        """A variable of a closure; it may hold the very function that is being copied."""
        if id(cell) not in self.seen:
            self._keep(cell, CellType())
            with suppress(ValueError):  # it may have no value yet
                self.seen[id(cell)].cell_contents = self.of(cell.cell_contents)
        found: CellType = self.seen[id(cell)]
        return found

    def _names(self, function: FunctionType) -> dict[str, Any]:
        """The names of its module, one copy for all functions of that."""
        names = function.__globals__
        if id(names) not in self.seen:
            self._keep(names, dict(names))
        found: dict[str, Any] = self.seen[id(names)]
        return found

    def _keep(self, value: Any, found: Any) -> Any:
        self.kept.append(value)
        self.seen[id(value)] = found
        return found
