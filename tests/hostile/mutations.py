"""Damage to a file: bytes that change, vanish and repeat, and values of its form that become others."""

from __future__ import annotations

import random
import re

from tests.hostile.structures import restructured

TOKENS = (  # what files are made to say that nobody means
    *(b"-1", b"0", b"1e999", b"1e-999999999", b"nan", b"NaN", b"inf", b"-Infinity", b"null", b"true", b'""'),
    *(b"9" * 40, b"9" * 5000, b"0x" + b"f" * 5000, b"10" + b"0" * 12),
    *(b"[" * 2000, b'{"a":' * 2000, b"{}", b"[]"),
    *(b"\xff\xfe", b"\0" * 8, b"\xff" * 8, b"\x1b[31m", b"\r", b"\n", b'"', b"'", b"[[x]]\n", b"a.b.c = 1\n"),
    *(b"1979-05-27", b"\x80\x02", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\\ud800", "\u202e".encode()),
)
SIZES = (0, 1, -1, 2**7, 2**15, 2**16 - 1, 2**24, 10**8, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """``content`` after one to four changes; half of the time its form is kept, where that is known."""
    changes = rng.choice((1, 1, 1, 2, 4))
    if rng.random() < 0.5:
        other = content
        for _ in range(changes):
            other = restructured(other, rng)
        if other != content:
            return other
    body = bytearray(content)
    for _ in range(changes):
        _change_bytes(body, rng)
    return bytes(body)


def _change_bytes(body: bytearray, rng: random.Random) -> None:
    """One change that knows of no form."""
    at = rng.randrange(len(body) + 1)
    end = min(at + rng.choice((1, 2, 4, 8, 64)), len(body))
    match rng.randrange(9):
        case 0 if body:
            body[min(at, len(body) - 1)] ^= 1 << rng.randrange(8)
        case 1:
            body[at:end] = rng.randbytes(end - at)
        case 2:
            del body[at:end]
        case 3:
            body[at:at] = body[at:end] * rng.choice((1, 2, 100))
        case 4:
            del body[at:]
        case 5:
            body[at:end] = rng.choice(TOKENS)
        case 6:
            _replace_number(body, rng)
        case 7:
            _replace_word(body, rng)
        case _:
            body[at:at] = rng.choice(TOKENS)


def _replace_number(body: bytearray, rng: random.Random) -> None:
    """Another value in the place of one that is written in digits, where there is any."""
    if numbers := [found.span() for found in re.finditer(rb"[0-9][0-9.e+-]*", body)]:
        at, end = rng.choice(numbers)
        body[at:end] = rng.choice(TOKENS)


def _replace_word(body: bytearray, rng: random.Random) -> None:
    """Another size in the place of a binary one: they stand where their length divides the place."""
    width = rng.choice((2, 4, 8))
    at = width * rng.randrange(min(len(body), 1024) // width + 1)
    size = rng.choice(SIZES) % 2 ** (8 * width)
    body[at : at + width] = size.to_bytes(width, rng.choice(("little", "big")))
