"""Whatever a submission answers, every property gets a verdict, and what is no answer earns nothing.

The worker's part runs in this process here, without the walls around it: it is the numbers that are hostile.
"""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.grading import Rubric
from gradwright.grading.exam import TeacherError
from gradwright.grading.grader import judgements
from gradwright.grading.submission import Submission
from gradwright.grading.wire import LENGTHS, MOST_NAMES, Message, receive
from gradwright.grading.worker import answer
from tests.grading.conftest import EXAMPLES

Returned = tuple[Any, Any]
HERE: dict[str, Any] = {}
exec((EXAMPLES / "right.py").read_text(encoding="utf-8"), HERE)
right: Callable[..., Returned] = HERE["loss_and_grad"]


class Here(NamedTuple):
    """The process of a submission whose function runs in this one."""

    function: Callable[..., Returned]

    def ask(self, frame: bytes, most_body: int = 0) -> Message:
        def called(arguments: dict[str, Any], *_: Any) -> Returned:
            return self.function(*arguments.values())

        question = receive(io.BytesIO(frame).read)
        return receive(io.BytesIO(answer(called, question)).read, MOST_NAMES, most_body)


def judged(rubric: Rubric, function: Callable[..., Returned], reference: Any = None) -> dict[str, str]:
    """The verdict on each property of the first item."""
    item = rubric.items[0].model_copy(update={"trials": 1})
    student = Submission(Here(function))  # type: ignore[arg-type]
    seed = np.random.SeedSequence(0)
    teacher = reference or (lambda *arguments: right(*arguments)[0])
    return {c.name: j.verdict for c, j in judgements(item, teacher, student, seed)}


class Raises:
    """Raises whatever is done with it."""

    def _raise(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("touched")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __array__ = __len__ = __iter__ = __float__ = _raise
    __repr__ = __str__ = __hash__ = __bool__ = __getattr__ = __add__ = __sub__ = __mul__ = _raise


class Endless(list[Any]):
    """A list that never ends."""

    def __iter__(self) -> Any:
        return itertools.chain([1.0], self._more())

    def _more(self) -> Any:
        raise RecursionError("without end")


def nested(depth: int) -> Any:
    value: Any = 1.0
    for _ in range(depth):
        value = [value]
    return value


circle: list[Any] = []
circle.append(circle)
W, B = np.zeros((4, 3)), np.zeros(3)
WRONG: dict[str, Any] = {
    "nothing": None,
    "text": "0.5",
    "bytes": b"\0" * 8,
    "an object": object(),
    "a function": len,
    "a class": int,
    "a complex number": 1j,
    "what raises when it is touched": Raises(),
    "a list of what raises": [Raises()],
    "a list without an end": Endless(),
    "a list in itself": circle,
    "a list 100,000 deep": nested(100_000),
    "an array of objects": np.array([None, 1], object),
    "an array of text": np.array(["a"]),
    "a structured array": np.zeros(2, [("a", float)]),
    "dates": np.array(["2020-01-01"], "M8[D]"),
    "nothing in an array": np.zeros(0),
    "no rows": np.zeros((0, 3)),
    "thirty axes": np.zeros((1,) * 30),
    "a cube": np.zeros((4, 3, 2)),
    "a row of ones": np.ones((1, 3)),
    "a million numbers": np.zeros(10**6),
    "a view of one number as 10^14": np.broadcast_to(0.0, (10**7, 10**7)),
    "a masked array": np.ma.array(W, mask=True),
    "NaN": np.nan,
    "infinity": -np.inf,
    "the largest number": np.finfo(float).max,
    "the smallest number": 5e-324,
    "an integer of 1,000 digits": 10**1000,
    "the smallest int64": np.iinfo(np.int64).min,
    "the largest uint64": np.iinfo(np.uint64).max,
    "true": True,
    "float16": np.float16(65504),
    "big-endian": np.arange(3, dtype=">f8"),
    "a table": {"": 1.0},
    "a table of NaN": {"W": np.full((4, 3), np.nan), "b": np.full(3, np.nan)},
    "a table of tables": {"W": {"W": {"W": W}}},
    "a table of 5,000 names": {str(i): 0.0 for i in range(5_000)},
    "a name of a megabyte": {"W" * 2**20: W, "b": B},
    "names that are none": {None: W, (1, 2): B, 3.5: W},
    "names with dots": {"W.": W, ".b": B, "..": W},
    "names that raise": {type("N", (str,), {"__str__": Raises._raise})("W"): W},
    "escapes as names": {"\x1b[2J\x07": W, "\ud800": B},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_answer_earns_nothing(rubric: Rubric, wrong: Any) -> None:
    forms: list[Returned] = [(wrong, wrong), (1.0, (wrong, wrong))]
    for value, gradient in forms:
        found = judged(rubric, lambda *_, v=value, g=gradient: (v, g))
        assert "right" not in (found["value"], found["gradient of W"], found["gradient of b"])


class Right(NamedTuple):
    """What the right submission answers: the loss, and its gradient."""

    y: Any
    w: Any
    b: Any


LATE: dict[str, Callable[[Right], Returned]] = {
    "another shape": lambda a: (a.y, (a.w.T, a.b)),
    "one number": lambda a: (a.y, (1.0, 1.0)),
    "none of them": lambda a: (a.y, ()),
    "one more": lambda a: (a.y, (a.w, a.b, a.b)),
    "in a table": lambda a: (a.y, {"dW": a.w, "b": a.b.tolist()}),
    "an axis more": lambda a: (a.y, (a.w[None], a.b[None])),
    "an array as the loss": lambda a: (a.w, (a.w, a.b)),
    "nothing as the loss": lambda a: (np.zeros(0), (a.w, a.b)),
    "NaN": lambda a: (np.nan, (a.w, a.b)),
    "NaN in the gradient": lambda a: (a.y, (a.w * np.nan, a.b)),
    "integers": lambda a: (int(a.y), (a.w.astype(int), a.b.astype(int))),
    "numbers without end": lambda a: (1e308, (a.w * 1e308 * 10, a.b)),
    "nothing": lambda _: (None, None),
    "what raises": lambda _: (Raises(), (Raises(), Raises())),
    "more than was asked for": lambda a: (a.y, (np.zeros(10**6), a.b)),
    "the end": lambda _: sys.exit(0),
}


@pytest.mark.parametrize("how", LATE.values(), ids=LATE)
@pytest.mark.parametrize("call", [2, 13])
def test_an_answer_that_changes_its_form_later_gets_verdicts(
    rubric: Rubric, how: Callable[..., Returned], call: int
) -> None:
    calls = itertools.count(1)

    def function(*arguments: Any) -> Returned:
        y, (w, b) = right(*arguments)
        return (y, (w, b)) if next(calls) < call else how(Right(y, w, b))

    found = judged(rubric, function)
    assert set(found.values()) <= {"right", "wrong", "undecided"}
    assert "wrong" in found.values() or how is LATE["in a table"] or how is LATE["one more"]


def test_a_fault_of_the_checker_itself_costs_the_property_alone(
    rubric: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise IndexError("a case that nobody thought of")

    monkeypatch.setattr("gradwright.grading.criteria.check_gradient", broken)
    found = judged(rubric, right)
    assert (found["value"], found["gradient of W"], found["pure"]) == ("right", "wrong", "right")


def test_a_teachers_fault_is_no_students(rubric: Rubric) -> None:
    def broken(*_: Any) -> float:
        raise KeyError("W")

    with pytest.raises(TeacherError, match="the reference raised KeyError"):
        judged(rubric, right, reference=broken)
    assert issubclass(TeacherError, ConfigError)


def test_time_is_the_mean_of_all_calls(rubric: Rubric, monkeypatch: pytest.MonkeyPatch) -> None:
    """A submission that is slow wherever it has not been is told from one that is quick."""
    now, seen = [0.0], set()
    points = rubric.items[0].points.model_copy(update={"time": rubric.items[1].points.time})
    timed = rubric.items[0].model_copy(update={"points": points})
    rubric = rubric.model_copy(update={"items": [timed]})

    def slow_at_new_points(*arguments: Any) -> Returned:
        key = b"".join(np.asarray(each).tobytes() for each in arguments)
        now[0] += 0.001 if key in seen else 1000.0
        seen.add(key)
        return right(*arguments)

    monkeypatch.setattr("gradwright.grading.submission.time.perf_counter", lambda: now[0])
    assert judged(rubric, slow_at_new_points)["time"] == "wrong"
    assert judged(rubric, right)["time"] == "right"


def test_a_frame_is_refused_by_its_lengths_before_it_is_read() -> None:
    read: list[int] = []

    def pipe(length: int) -> bytes:
        read.append(length)
        return LENGTHS.pack(10, 2**20)

    with pytest.raises(ValueError, match="too long"):
        receive(pipe, MOST_NAMES, 2**16)
    assert read == [LENGTHS.size]
