"""MAT-files of level 5: their plain matrices of numbers, and nothing else that such a file may hold.

A file is a header and a row of elements (type, size, bytes); a matrix is an element of elements, often
deflated as a whole (MathWorks, MAT-File Format). It is parsed here because the usual reader can crash the
interpreter on damaged files.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gradwright.data.files import most_unpacked, naming, reading, size_of
from gradwright.data.rows import Array
from gradwright.errors import DataError

MAGIC = b"MATLAB 5.0 MAT-file"
HEADER = 128
BYTE_ORDERS = {b"IM": "<", b"MI": ">"}  # the last two bytes of the header
MOST = 2**29  # bytes of a file
MOST_VARIABLES = 10_000
HEAD = 4096  # bytes of a deflated matrix in which its name must have come
PIECE = 2**16  # bytes inflated at a time, to 64 MiB at most

MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
OTHER_CLASSES = {1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse"}
COMPLEX = 0x0800  # a flag beside the class


class _Element(NamedTuple):
    kind: int
    body: memoryview


def read(path: Path, keys: Collection[str]) -> dict[str, Array]:
    """The matrices called ``keys``, as far as the file at ``path`` has them; other variables are passed over.

    Raises ``DataError`` for a damaged file, one above 512 MiB, or a variable of these names that is not a
    matrix of real numbers.
    """
    with reading(path, "MATLAB file") as file:
        if size_of(file) > MOST:
            raise DataError(f"{path}: expected a file of at most {MOST} bytes, found {size_of(file)}")
        content = memoryview(file.read(MOST))
        with naming(path):
            order = BYTE_ORDERS.get(bytes(content[HEADER - 2 : HEADER]))
            if order is None:
                raise DataError("expected a byte order at the end of the header, found none")
            return _read(content[HEADER:], order, keys)


def _read(content: memoryview, order: str, keys: Collection[str]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    room = most_unpacked(len(content))
    for count, element in enumerate(_elements(content, order), 1):
        if count > MOST_VARIABLES:
            raise DataError(f"expected at most {MOST_VARIABLES} variables, found more")
        key = _name(element, order)
        if key in found:
            raise DataError(f"{key}: expected one matrix of this name, found two")
        if key in keys:
            with naming(key):
                found[key] = _matrix(_parts(element, order, room), order, room)
            room -= found[key].nbytes
    return found


def _name(element: _Element, order: str) -> str:
    """The name of a variable, for which a deflated one is inflated no further than that."""
    if element.kind == COMPRESSED:
        head = memoryview(zlib.decompressobj().decompress(element.body, HEAD))
        kind, _ = struct.unpack_from(f"{order}II", head)
        element = _Element(kind, head[8:])
    if element.kind != MATRIX:
        raise DataError(f"expected an intact MATLAB file, found an element of type {element.kind}")
    # Newer classes have other parts, but where the name stands here, they do not have one that we seek.
    _, _, name = islice(_elements(element.body, order), 3)
    return bytes(name.body).decode("latin-1")


def _parts(element: _Element, order: str, room: int) -> list[_Element]:
    """The parts of a matrix: flags, sizes, name and numbers."""
    [matrix] = _elements(_inflated(element, order, room), order) if element.kind == COMPRESSED else [element]
    return list(islice(_elements(matrix.body, order), 5))


def _elements(content: memoryview, order: str) -> Iterator[_Element]:
    at = 0
    while at < len(content):
        kind, size = struct.unpack_from(f"{order}II", content, at)
        if kind >> 16:  # a small element: type and size share four bytes, up to four of data follow
            kind, size, start, room = kind & 0xFFFF, kind >> 16, at + 4, 4
        else:  # all but deflated ones are filled up to whole groups of eight bytes
            start, room = at + 8, size if kind == COMPRESSED else size + -size % 8
        body = content[start : start + min(size, room)]
        if len(body) < size:
            raise DataError(f"expected an intact MATLAB file, found an element of {size} bytes cut short")
        yield _Element(kind, body)
        at = start + room


def _inflated(element: _Element, order: str, room: int) -> memoryview:
    _, announced = struct.unpack_from(f"{order}II", zlib.decompressobj().decompress(element.body, 8))
    if announced > room:
        raise DataError(f"announces {announced} bytes, expected at most {room} in a file of this size")
    stream, body = zlib.decompressobj(), bytearray()
    for start in range(0, len(element.body), PIECE):
        body += stream.decompress(element.body[start : start + PIECE])
        if len(body) > room:
            raise DataError(
                f"expected a deflated matrix of at most {room} bytes in a file of this size, found more"
            )
    if not stream.eof:
        raise DataError("expected a deflated matrix, found it cut short")
    return memoryview(body)


def _numbers(element: _Element, order: str) -> Array:
    if element.kind not in NUMBERS:
        raise DataError(f"expected an intact MATLAB file, found type {element.kind} in place of numbers")
    return np.frombuffer(element.body, order + NUMBERS[element.kind])


def _matrix(parts: list[_Element], order: str, room: int) -> Array:
    flags, sizes, _, *values = parts
    [word] = struct.unpack_from(f"{order}I", flags.body)
    kind = word & 0xFF
    if kind not in CLASSES or word & COMPLEX:
        found = "complex numbers" if kind in CLASSES else f"MATLAB class {OTHER_CLASSES.get(kind, kind)}"
        raise DataError(f"expected a matrix of real numbers, found {found}")
    if len(sizes.body) != 8:
        raise DataError(f"expected a matrix, found {len(sizes.body) // 4} dimensions")
    rows, columns = struct.unpack(f"{order}2I", sizes.body)
    dtype = np.dtype(CLASSES[kind])
    [numbers] = (_numbers(each, order) for each in values)  # in the smallest type that holds them
    if rows * columns != len(numbers):
        raise DataError(f"expected {rows} x {columns} numbers, found {len(numbers)}")
    if len(numbers) * dtype.itemsize > room:
        taken = len(numbers) * dtype.itemsize
        raise DataError(f"comes to {taken} bytes, expected at most {room} in a file of this size")
    return numbers.reshape((rows, columns), order="F").astype(dtype, casting="same_kind")
