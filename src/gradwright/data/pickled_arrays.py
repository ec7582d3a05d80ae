"""The four functions that a pickled NumPy array calls, as names: what they would have built is built here.

A pickle could otherwise ask ``ndarray`` or ``_reconstruct`` for any amount of memory. Here a size is held
against the bytes that are really there first, and no function that a file names is ever called.
"""

from __future__ import annotations

import math
import re
import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.data.rows import Array
from gradwright.errors import DataError

ALLOWED = {  # under both names of the module that NumPy has moved
    "numpy.core.multiarray _reconstruct": "_reconstruct",
    "numpy._core.multiarray _reconstruct": "_reconstruct",
    "numpy ndarray": "ndarray",
    "numpy dtype": "dtype",
    "_codecs encode": "encode",
}
NUMBER = re.compile(r"[iuf][1248]|b1")
DIMENSIONS = 32
LARGEST = 2**31  # of a single size; larger ones would only serve to make their product slow


@dataclass(frozen=True)
class Function:
    """One of the allowed functions: a name, and nothing that could be called."""

    name: str


@dataclass
class PickledDtype:
    """The type of an array's numbers: its code at first, its byte order with the state that follows."""

    code: str
    order: str = "="


@dataclass
class PickledArray:
    """An array: empty at first, filled by the state that follows."""

    array: Array | None = None


def named(name: str) -> Function:
    """The function that a pickle names as "module function", if it is one of the four."""
    if name not in ALLOWED:
        raise DataError(f"the function {short(name)} is refused: expected only what a NumPy array needs")
    return Function(ALLOWED[name])


def called(function: Any, arguments: Any) -> PickledArray | PickledDtype | str:
    """What a call stands for: an array or a type to be filled, or the text that holds bytes."""
    match function, arguments:
        case Function("_reconstruct"), (Function("ndarray"), (0,), "b" | b"b"):
            return PickledArray()
        case Function("dtype"), (str(code), 0, 0 | 1) if NUMBER.fullmatch(code):
            return PickledDtype(code)
        case Function("encode"), (str(text), "latin1"):
            return text  # as pickletools gives Python 2's strings too: one character for each byte
        case _:
            name = function.name if isinstance(function, Function) else type(function).__name__
            raise DataError(f"the call {name}{short(arguments)} is refused: expected that of a NumPy array")


def fill(unfinished: Any, state: Any, budget: int) -> int:
    """Completes a type or an array by its state, as NumPy pickles it; returns the bytes of array it took.

    Raises ``DataError`` if they exceed ``budget``, or the state is not what its size and type announce.
    """
    match unfinished, state:
        case PickledDtype(), (3, "<" | ">" | "|" as order, None, None, None, -1, -1, 0):
            unfinished.order = order
            return 0
        case PickledArray(array=None), (
            1,
            tuple(shape),
            PickledDtype() as dtype,
            bool(by_column),
            str() | bytes() as raw,
        ):
            numbers = np.dtype(dtype.order + dtype.code)
            if len(shape) > DIMENSIONS or not all(type(n) is int and 0 <= n < LARGEST for n in shape):
                raise DataError(f"expected the sizes of an array, found {short(shape)}")
            announced = math.prod(shape) * numbers.itemsize
            if announced != len(raw):
                raise DataError(f"expected {announced} bytes for {numbers} {shape}, found {len(raw)}")
            if announced > budget:
                raise DataError(
                    "expected no more bytes of array than the file has, found some used repeatedly"
                )
            flat = np.frombuffer(raw.encode("latin-1") if isinstance(raw, str) else raw, numbers)
            unfinished.array = flat.reshape(shape, order="F" if by_column else "C")
            return announced
        case _:
            raise DataError(f"expected a NumPy array and its state, found {short(state)}")


def short(value: Any) -> str:
    """``value`` for a message; a hostile one may be of any length, or contain itself."""
    return reprlib.repr(value)
