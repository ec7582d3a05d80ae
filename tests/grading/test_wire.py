"""The frames between grader and submission."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from gradwright.grading.wire import LENGTHS, WireError, pack, receive


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
