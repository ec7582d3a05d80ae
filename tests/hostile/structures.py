"""Values of a file changed and its form kept, so that the damage gets past the parser."""

from __future__ import annotations

import ast
import copy
import io
import json
import math
import random
import tomllib
import zipfile
from collections.abc import Iterator
from typing import Any

import tomli_w

NUMBERS = (0, 1, -1, 3.5, 1e308, -1e-320, math.nan, math.inf, 2**31, 2**63, 2**64, 10**12, 2**127, 2**130)
TEXTS = ("", "x", "a" * 3000, "\x1b[31m", "\ud800", "\0", "../up", "/etc/passwd", "nan", "1", "<b>", "F64")
NESTED: tuple[Any, ...] = (
    [],
    {},
    [[]],
    [0],
    [1] * 3000,
    {"a": 1},
    {"": {}},
    {"kind": "mlp"},
    [{"kind": "Linear"}],
    ["x", 1],
)
VALUES = (None, True, False, *NUMBERS, *TEXTS, *NESTED)
SHAPES = ((), (0,), (-1,), (5, 0, 4), (2**31, 2**31), (2**62, 4), (10**12,), (1,) * 40, (5, 4, 4), (80,), "x")
DTYPES = ("|u1", "<f8", ">f4", "<f2", "<i8", "|b1", "|O", "<c16", "|S9", "<U3", "<M8[s]", "|V4", "", "x")
ARRAY = b"\x93NUMPY\x01\x00"


def restructured(content: bytes, rng: random.Random) -> bytes:
    """``content`` with one value of its form changed; ``content`` itself where the form is none of these."""
    try:
        if content.startswith(b"PK"):
            return _archive(content, rng)
        if content.startswith(ARRAY):
            return _array(content, rng)
        if content[8:9] == b"{" and len(content) > int.from_bytes(content[:8], "little") + 8:
            return _tensors(content, rng)
        return _json_lines(content, rng) if content.startswith(b"{") else _toml(content, rng)
    except Exception:  # an earlier change took its form, in any of the ways there are
        return content


def _json_lines(content: bytes, rng: random.Random) -> bytes:
    """A value of one line changed, or a line put in the place of another; where it is not all one value."""
    lines = content.splitlines(keepends=True)
    if not lines[0].rstrip().endswith(b"}"):
        lines = [content]
    at = rng.randrange(len(lines))
    if rng.random() < 0.1:
        lines[at] = rng.choice(lines)
    else:
        end = b"\n" if lines[at].endswith(b"\n") else b""  # without it a line is one that was cut short
        lines[at] = json.dumps(_changed(json.loads(lines[at]), rng)).encode() + end
    return b"".join(lines)


def _toml(content: bytes, rng: random.Random) -> bytes:
    return tomli_w.dumps(_changed(tomllib.loads(content.decode()), rng)).encode(errors="surrogatepass")


def _tensors(content: bytes, rng: random.Random) -> bytes:
    """A file of safetensors whose head says something else of its arrays, or of their run."""
    start = 8 + int.from_bytes(content[:8], "little")
    head = json.dumps(_changed(json.loads(content[8:start]), rng)).encode()
    return len(head).to_bytes(8, "little") + head + content[start:]


def _archive(content: bytes, rng: random.Random) -> bytes:
    """An archive of arrays, one of which says something else of itself, or is missing, or there twice."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    at = rng.randrange(len(members))
    name, array = members[at]
    match rng.randrange(6):
        case 0:
            del members[at]
        case 1:
            members[at] = (name, rng.choice(members)[1])
        case _:
            members[at] = (name, _array(array, rng))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, array in members:
            archive.writestr(name, array)
    return whole.getvalue()


def _array(content: bytes, rng: random.Random) -> bytes:
    """An array of NumPy whose head announces another shape, type or order; also more or fewer numbers."""
    start = 10 + int.from_bytes(content[8:10], "little")
    head, body = ast.literal_eval(content[10:start].decode("latin-1")), content[start:]
    match rng.randrange(5):
        case 0:
            head["shape"] = rng.choice(SHAPES)
        case 1:
            head["shape"] = tuple(rng.choice((size, *NUMBERS)) for size in head["shape"])
        case 2:
            head["descr"] = rng.choice(DTYPES)
        case 3:
            head["fortran_order"] = rng.choice(VALUES)
        case _:
            head["shape"] = (
                len(body) // math.prod(head["shape"][1:]) + rng.choice((-1, 1)),
                *head["shape"][1:],
            )
            body = (body + body)[: math.prod(head["shape"])]
    told = repr(head).encode("latin-1", "replace")
    return content[:8] + (len(told) % 2**16).to_bytes(2, "little") + told + body


def _changed(value: Any, rng: random.Random) -> Any:
    """Plain data after one value in it became another, moved, went, came twice, or was wrapped."""
    value = copy.deepcopy(value)
    places = list(_places(value))
    if not places:
        return copy.deepcopy(rng.choice(VALUES))
    within, key = rng.choice(places)
    match rng.randrange(7):
        case 0:
            other, at = rng.choice(places)
            within[key] = copy.deepcopy(other[at])
        case 1:
            del within[key]
        case 2:
            within[key] = rng.choice(([within[key]], {"a": within[key]}))
        case 3 if isinstance(within, list):
            within.insert(key, within[key])
        case 3:
            within[f"{key}'"] = within[key]
        case 4 if isinstance(within[key], str) and within[key].startswith(("{", "[")):
            within[key] = json.dumps(_changed(json.loads(within[key]), rng))
        case 5 if isinstance(within[key], int | float):
            within[key] = rng.choice(NUMBERS)
        case _:
            within[key] = copy.deepcopy(rng.choice(VALUES))
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each table or list within ``value``, with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
