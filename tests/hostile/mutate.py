"""Damaged files for every reader, drawn from a seed: each is read, or refused by an error of ours, in time.

``python -m tests.hostile.mutate --inputs 1000000 --seed 0`` prints what fell, and how to see it again.
"""

from __future__ import annotations

import argparse
import collections
import random
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from gradwright.errors import GradwrightError
from tests.hostile.readers import Reader, readers

SECONDS = 5.0  # that a small file may take
TOKENS = (  # what files are made to say that nobody means
    *(b"-1", b"0", b"1e999", b"1e-999999999", b"nan", b"NaN", b"inf", b"-Infinity", b"null", b"true", b'""'),
    *(
        b"9" * 40,
        b"9" * 5000,
        b"0x" + b"f" * 5000,
        b"10" + b"0" * 12,
        b"[" * 2000,
        b'{"a":' * 2000,
        b"{}",
        b"[]",
    ),
    *(b"\xff\xfe", b"\0" * 8, b"\xff" * 8, b"\x1b[31m", b"\r", b"\n", b'"', b"'", b"[[x]]\n", b"a.b.c = 1\n"),
    *(b"1979-05-27", b"\x80\x02", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\\ud800", "\u202e".encode()),
)


@dataclass(frozen=True)
class Fall:
    """An input that a reader did not stand."""

    number: int
    reader: str
    what: str


class HangError(BaseException):
    """A reader that does not come back; no handler of ordinary exceptions catches it."""


def mutated(content: bytes, rng: random.Random) -> bytes:
    """``content`` after one to four changes."""
    body = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(body) + 1)
        end = min(at + rng.choice((1, 2, 4, 8, 64)), len(body))
        match rng.randrange(8):
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
            case _:
                body[at:at] = rng.choice(TOKENS)
    return bytes(body)


def _replace_number(body: bytearray, rng: random.Random) -> None:
    """Another value in the place of one that is written in digits, where there is any."""
    starts = [
        i for i, byte in enumerate(body) if 48 <= byte <= 57 and (i == 0 or not 48 <= body[i - 1] <= 57)
    ]
    if starts:
        at = end = rng.choice(starts)
        while end < len(body) and body[end] in b"0123456789.e-+":
            end += 1
        body[at:end] = rng.choice(TOKENS)


def falls(every: list[Reader], numbers: range, seed: int, seconds: float = SECONDS) -> Iterator[Fall]:
    """The inputs of ``numbers`` that a reader did not stand; each follows from the seed and its number."""
    for number in numbers:
        rng = random.Random(f"{seed} {number}")
        reader = every[number % len(every)]
        reader.write(mutated(reader.content, rng))
        try:
            with _within(seconds), warnings.catch_warnings():
                warnings.simplefilter("error")
                reader.read()
        except GradwrightError:
            pass
        except (Exception, HangError) as error:
            yield Fall(number, reader.name, f"{type(error).__name__}: {error}"[:200])
        finally:
            reader.write(reader.content)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise HangError(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main() -> int:
    """Read so many damaged files, print what fell; returns 1 where anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one input, to see it again")
    asked = parser.parse_args()
    numbers = range(asked.inputs) if asked.only is None else range(asked.only, asked.only + 1)
    kinds: collections.Counter[tuple[str, str]] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        every = readers(Path(folder))
        for fall in falls(every, numbers, asked.seed):
            kinds[fall.reader, fall.what.partition(":")[0]] += 1
            if kinds[fall.reader, fall.what.partition(":")[0]] <= 3:
                print(
                    f"{fall.reader}: {fall.what}\n  again: --seed {asked.seed} --only {fall.number}",
                    flush=True,
                )
    print(
        f"{len(numbers):,} inputs for {len(every)} readers, seed {asked.seed}: {sum(kinds.values()):,} fell"
    )
    return 1 if kinds else 0


if __name__ == "__main__":
    raise SystemExit(main())
