"""The frames between grader and submission, and the worker's answers, in this process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from gradwright.grading.wire import LENGTHS, Message, WireError, pack, receive
from gradwright.grading.worker import answer, load, subject

LAYER = {"layer": "Double", "function": None}
FUNCTION = {"layer": None, "function": "f"}
PAIR = {"layer": None, "function": None, "loss": "f", "gradient": "g"}


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    sys.modules.pop("homework", None)


def asked(text: str, form: dict[str, str | None], dy: float | None = None, *, echo: bool = False) -> Message:
    arrays = {"arguments.x": np.ones(2)} | ({} if dy is None else {"dy": np.full(2, dy)})
    function = subject(load("homework.py", text), form)
    return receive(io.BytesIO(answer(function, Message({"echo": echo, "made_with": [2]}, arrays))).read)


def test_a_function_answers_with_numbers_and_with_what_it_left_of_its_arguments() -> None:
    plain, arrays = asked("def f(x):\n    x *= 3\n    return x.sum(), [x, 1]", FUNCTION, echo=True)
    assert plain == {"kind": "answer"}
    assert arrays["value"] == 6
    assert arrays["gradient.1"].dtype == np.int64
    assert arrays["after.x"].tolist() == [3, 3]


def test_two_functions_and_a_layer_answer_alike() -> None:
    pair = asked("def f(x): return x.sum()\ndef g(x): return 0 * x + 1", PAIR)
    assert pair.arrays["gradient"].tolist() == [1, 1]
    text = (
        "class Double:\n    def __init__(self, k): self.k = k\n"
        "    def forward(self, x): return self.k * x\n    def backward(self, dy): return self.k * dy"
    )
    layer = asked(text, LAYER, dy=3.0)
    assert (layer.arrays["value"].tolist(), layer.arrays["gradient.x"].tolist()) == ([2, 2], [6, 6])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(x): return 1", "TypeError: expected f to return (loss, gradient), found int"),
        ("def f(x): return None, 1", "TypeError: expected numbers as the value, found nothing (None)"),
        ("def f(x): raise SystemExit", "SystemExit"),
    ],
)
def test_what_goes_wrong_is_told(text: str, message: str) -> None:
    plain, _ = asked(text, FUNCTION)
    assert plain["kind"] == "failure"
    assert plain["text"].startswith(message)


def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(LookupError, match="expected f in the file, found nothing of that name; it has g"):
        subject(load("homework.py", "def g(x): pass"), FUNCTION)


def frame(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return LENGTHS.pack(len(text), len(body)) + text + body


BAD_FRAMES = {
    "too long": LENGTHS.pack(2**31, 0),
    "no JSON": LENGTHS.pack(1, 0) + b"{",
    "no table": frame([1]),
    "nothing in it": frame({}),
    "plain data that are none": frame({"plain": 3, "arrays": []}),
    "objects": frame({"plain": {}, "arrays": [["x", "|O", [1]]]}, bytes(8)),
    "a negative size": frame({"plain": {}, "arrays": [["x", "<f8", [-1]]]}),
    "a size that is no number": frame({"plain": {}, "arrays": [["x", "<f8", [True]]]}, bytes(8)),
    "more than there is": frame({"plain": {}, "arrays": [["x", "<f8", [10**18]]]}, bytes(8)),
    "less than there is": frame({"plain": {}, "arrays": [["x", "<f8", [1]]]}, bytes(16)),
}


@pytest.mark.parametrize("bad", BAD_FRAMES.values(), ids=BAD_FRAMES)
def test_a_frame_that_does_not_add_up_is_refused(bad: bytes) -> None:
    with pytest.raises(WireError):
        receive(io.BytesIO(bad).read)


def test_what_is_packed_comes_out_again() -> None:
    given = {"x": np.arange(6.0).reshape(2, 3), "n": np.array(3), "empty": np.zeros((0, 2))}
    plain, arrays = receive(io.BytesIO(pack({"kind": "call"}, given)).read)
    assert plain == {"kind": "call"}
    for name, array in given.items():
        np.testing.assert_array_equal(arrays[name], array)
