"""The damage that is done to files, and planted falls that its trials must find."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from safetensors.numpy import load, save

from gradwright.errors import DataError
from tests.hostile import attempts as trials
from tests.hostile.attempts import attempts
from tests.hostile.mutations import mutated
from tests.hostile.readers import Reader
from tests.hostile.structures import restructured
from tests.hostile.workers import shared_out

TABLE = {"name": "a", "sizes": [1, 2], "inner": {"rate": 0.5}}


def archive() -> bytes:
    whole = io.BytesIO()
    np.savez(whole, x=np.zeros((3, 2)), y=np.ones(3))
    return whole.getvalue()


def open_archive(content: bytes) -> object:
    return zipfile.ZipFile(io.BytesIO(content)).testzip()


@pytest.mark.parametrize(
    ("content", "parse"),
    [
        (json.dumps(TABLE).encode(), json.loads),
        (json.dumps(TABLE, indent=1).encode(), json.loads),
        (tomli_w.dumps(TABLE).encode(), lambda text: tomllib.loads(text.decode())),
        (archive(), open_archive),
    ],
    ids=["json", "json in lines", "toml", "npz"],
)
def test_a_changed_value_leaves_the_form_whole(content: bytes, parse: Callable[[bytes], object]) -> None:
    changed = {restructured(content, random.Random(seed)) for seed in range(60)} - {content}
    assert len(changed) > 20
    for each in changed:
        with contextlib.suppress(UnicodeDecodeError):  # half a character is one of the values
            parse(each)


def test_tensors_and_arrays_get_past_the_length_of_their_heads() -> None:
    array = io.BytesIO()
    np.save(array, np.zeros((3, 2), np.uint8))
    heads, shapes = set(), set()
    for seed in range(60):
        tensors = restructured(save({"x": np.zeros(3)}), random.Random(seed))
        heads.add(json.dumps(json.loads(tensors[8 : 8 + int.from_bytes(tensors[:8], "little")])))
        with contextlib.suppress(ValueError):
            read = io.BytesIO(restructured(array.getvalue(), random.Random(seed)))
            np.lib.format.read_magic(read)
            shapes.add(np.lib.format.read_array_header_1_0(read)[0])
    assert len(heads) > 20
    assert len(shapes) > 5
    assert load(save({"x": np.zeros(3)}))["x"].shape == (3,)


def test_an_input_follows_from_its_seed_and_its_number_alone(tmp_path: Path) -> None:
    seen: list[bytes] = []
    reader = Reader("any", tmp_path / "a", bytes(range(200)), lambda: seen.append(reader.path.read_bytes()))
    all_of_them = list(attempts([reader], range(20), seed=3))
    (again,) = attempts([reader], range(7, 8), seed=3)
    assert again.number == all_of_them[7].number == 7
    assert seen[20] == seen[7] == mutated(reader.content, random.Random("3 7"))
    assert len(set(seen)) > 10
    assert reader.path.read_bytes() == reader.content


def refuse() -> None:
    raise DataError("a: expected b, found c")


def fail() -> None:
    raise KeyError("x")


def hang() -> None:
    time.sleep(3600)


def take_memory() -> None:
    np.ones(10**7)  # 80 MB


@pytest.mark.parametrize(
    ("read", "fall"),
    [
        (refuse, ""),
        (fail, "KeyError: 'x'"),
        (hang, "HangError: more than 1 s"),
        (take_memory, "MemoryError: "),
    ],
)
def test_what_is_no_refusal_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[], None], fall: str
) -> None:
    (now,) = attempts([Reader("any", tmp_path / "a", b"abc", refuse)], range(1), seed=0)
    monkeypatch.setattr(trials, "MOST_MEMORY", now.memory + 40 * 10**6)
    (attempt,) = attempts([Reader("any", tmp_path / "a", b"abc", read)], range(1), seed=0, seconds=1)
    assert attempt.fall.startswith(fall)
    assert bool(attempt.fall) == bool(fall)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang_in_c() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(3600)


def ends_of_the_interpreter(folder: Path) -> list[Reader]:
    reads = {"well": refuse, "dead": die, "lost": hang_in_c}
    return [Reader(name, folder / name, b"abc", read) for name, read in reads.items()]


@pytest.mark.waits
def test_an_interpreter_that_ends_is_named_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # where the processes find this file
    found = {each.number: each for each in shared_out(range(5), 0, 2, ends_of_the_interpreter, patience=1)}
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert [found[number].fall for number in (0, 3)] == ["", ""]
    assert [found[number].reader for number in (1, 4)] == ["dead", "dead"]
    assert found[1].fall == "the interpreter ended by itself: exit code -9"
    assert found[2].fall == "no alarm ended it within 1 s: exit code -9"
