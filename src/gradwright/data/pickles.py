"""Pickled batches, read without unpickling: a pickle is a program, and this one is never run.

``pickletools`` splits the file into instructions; the thirty or so that a dictionary of numbers, texts,
lists and NumPy arrays needs are carried out here on plain values. Anything else is refused by its name.
"""

from __future__ import annotations

import pickletools
import warnings
from pathlib import Path
from typing import Any

from gradwright.data.files import naming, reading, size_of
from gradwright.data.pickled_arrays import PickledArray, called, fill, named
from gradwright.errors import DataError

MOST_BYTES = 64 * 2**20  # of a file; a CIFAR-10 batch has 31 MB
MOST_INSTRUCTIONS = 500_000  # a batch has some 40,000; each may take a hundred times its size in memory

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
NUMBERS = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
TEXTS = {"BINSTRING", "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
BYTES = {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8"}
VALUES = NUMBERS | TEXTS | BYTES


def load(path: Path) -> dict[str, Any]:
    """The dictionary that the pickle at ``path`` describes: text keys for numbers, texts, lists and arrays.

    Python 2's eight-bit strings come as text, read as Latin-1.

    Raises ``DataError`` for anything but that: another instruction, another function, sizes that do not
    fit the file, a file that is damaged or above 64 MiB.
    """
    with reading(path, "pickle") as file:
        if size_of(file) > MOST_BYTES:
            raise DataError(f"{path}: expected a pickle of at most {MOST_BYTES} bytes, found {size_of(file)}")
        content = file.read(MOST_BYTES)
        with naming(path):
            result = _run(content)
    return {key: value.array if isinstance(value, PickledArray) else value for key, value in result.items()}


def _run(content: bytes) -> dict[str, Any]:
    machine = _Machine(budget=len(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pickletools, about odd escapes in a text
        for count, (instruction, argument, _) in enumerate(pickletools.genops(content), start=1):
            if count > MOST_INSTRUCTIONS:
                raise DataError(f"expected at most {MOST_INSTRUCTIONS} pickle instructions, found more")
            machine.step(instruction.name, argument)
    result = machine.stack.pop()
    if not isinstance(result, dict):
        raise DataError(f"expected a pickled dictionary, found {type(result).__name__}")
    return result


class _Machine:
    """The stack of a pickle, the stacks its marks set aside, its memo, and its budget of array bytes."""

    def __init__(self, budget: int) -> None:
        self.stack: list[Any] = []
        self.set_aside: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.budget = budget  # no honest file builds more array than it has bytes

    def step(self, name: str, argument: Any) -> None:
        """One instruction, by the name that ``pickletools`` gives it."""
        stack = self.stack
        match name:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case _ if name in VALUES:
                stack.append(argument)
            case _ if name in CONSTANTS:
                stack.append(CONSTANTS[name])

            case "MARK":
                self.set_aside.append(stack)
                self.stack = []
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                count = int(name.removeprefix("TUPLE"))
                stack[-count:] = [tuple(stack[-count:])]
            case "TUPLE":
                items = self.since_mark()
                self.stack.append(tuple(items))
            case "EMPTY_LIST":
                stack.append([])
            case "APPEND":
                item = stack.pop()
                _expect(list, stack[-1]).append(item)
            case "APPENDS":
                items = self.since_mark()
                _expect(list, self.stack[-1]).extend(items)
            case "EMPTY_DICT":
                stack.append({})
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                _expect(dict, stack[-1])[_key(key)] = value
            case "SETITEMS":
                items = self.since_mark()
                pairs = zip(items[::2], items[1::2], strict=True)
                _expect(dict, self.stack[-1]).update((_key(key), value) for key, value in pairs)

            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])

            case "GLOBAL":
                stack.append(named(argument))
            case "STACK_GLOBAL":
                function, module = stack.pop(), stack.pop()
                stack.append(named(f"{module} {function}"))
            case "REDUCE":
                arguments, function = stack.pop(), stack.pop()
                stack.append(called(function, arguments))
            case "BUILD":
                state = stack.pop()
                self.budget -= fill(stack[-1], state, self.budget)
            case _:
                raise DataError(f"the instruction {name} is refused: expected only those of plain data")

    def since_mark(self) -> list[Any]:
        """What was pushed since the last mark; the stack becomes the one set aside there."""
        items, self.stack = self.stack, self.set_aside.pop()
        return items


def _expect(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise DataError(f"expected a {kind.__name__} to put items into, found {type(value).__name__}")
    return value


def _key(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise DataError(f"expected a text as a dictionary's key, found {type(value).__name__}")
    return value
