"""Numbers between the grader and a submission's process: raw buffers in frames whose lengths are checked.

A frame is the lengths of two parts, a header in JSON, and the bytes of arrays one after the other. Nothing in
it can be code, and what does not add up is refused.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Arrays: TypeAlias = dict[str, np.ndarray[Any, Any]]

LENGTHS = struct.Struct("<IQ")
DTYPES = {"<f8", "<i8"}
MOST_HEADER = 2**22  # bytes
MOST_BODY = 2**28
MOST_NAMES = 2**16  # bytes of the header of an answer
MOST_AXES = 32
ROOM, TIMES = 2**16, 4  # bytes for the answer to nothing, and for each byte of a question


class WireError(ValueError):
    """A frame that does not add up."""


class Message(NamedTuple):
    """Plain data, and arrays by their names."""

    plain: dict[str, Any]
    arrays: Arrays


def pack(plain: Mapping[str, Any], arrays: Mapping[str, Any]) -> bytes:
    """A frame of plain data and arrays of float64 or int64."""
    table = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    header = json.dumps({"plain": plain, "arrays": table}).encode()
    body = b"".join(array.tobytes() for array in arrays.values())
    return LENGTHS.pack(len(header), len(body)) + header + body


def most_bytes(question: Arrays) -> int:
    """How long the body of an answer may be.

    A value, its gradient and the arguments again are few times as much as the arguments.

    >>> most_bytes({"x": np.ones(10)})
    65856
    """
    return min(ROOM + TIMES * sum(array.nbytes for array in question.values()), MOST_BODY)


def receive(
    read: Callable[[int], bytes], most_header: int = MOST_HEADER, most_body: int = MOST_BODY
) -> Message:
    """The next message; ``read(n)`` returns n bytes. Lengths are bounded before anything is read or parsed.

    Raises ``WireError`` where the frame is too long, is no JSON, or its parts do not fit together.

    >>> import io
    >>> frame = pack({"kind": "call"}, {"x": np.ones(2)})
    >>> receive(io.BytesIO(frame).read)
    Message(plain={'kind': 'call'}, arrays={'x': array([1., 1.])})
    """
    header_length, body_length = LENGTHS.unpack(read(LENGTHS.size))
    if header_length > most_header or body_length > most_body:
        raise WireError("a frame that is too long")
    header, body = read(header_length), read(body_length)
    try:
        found = json.loads(header)
        plain, table = found["plain"], found["arrays"]
        if not isinstance(plain, dict):
            raise TypeError
        return Message(plain, _arrays(table, body))
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise WireError("a frame that does not add up") from None


def _arrays(table: Any, body: bytes) -> Arrays:
    arrays: Arrays = {}
    start = 0
    for name, dtype, shape in table:
        if len(shape) > MOST_AXES:
            raise ValueError
        whole = all(type(size) is int and size >= 0 for size in shape)
        if not (type(name) is str and dtype in DTYPES and whole):
            raise TypeError
        stop = start + 8 * math.prod(shape)
        arrays[name] = np.frombuffer(body[start:stop], dtype).reshape(shape).copy()
        start = stop
    if start != len(body):
        raise ValueError
    return arrays


def flatten(node: Any, name: str = "") -> dict[str, Any]:
    """The leaves of nested dictionaries, lists and tuples by their dotted names.

    >>> flatten({"params": {"W": 1, "b": 2}, "x": (3, 4)})
    {'params.W': 1, 'params.b': 2, 'x.0': 3, 'x.1': 4}
    """
    if isinstance(node, Mapping):
        children = [(str(key), child) for key, child in node.items()]
    elif isinstance(node, list | tuple):
        children = [(str(i), child) for i, child in enumerate(node)]
    else:
        return {name: node}
    leaves: dict[str, Any] = {}
    for key, child in children:
        leaves |= flatten(child, f"{name}.{key}" if name else key)
    return leaves


def nest(leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names back in tables of tables.

    >>> nest({"params.W": 1, "params.b": 2, "x": 3})
    {'params': {'W': 1, 'b': 2}, 'x': 3}
    """
    tree: dict[str, Any] = {}
    for path, value in leaves.items():
        *folders, last = path.split(".")
        table = tree
        for folder in folders:
            table = table.setdefault(folder, {})
        table[last] = value
    return tree
