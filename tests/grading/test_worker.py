"""What a submission is asked for in each form that a rubric knows, answered in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradwright.grading.item import Item
from gradwright.grading.subject import subject
from gradwright.grading.wire import Arrays, Message, receive
from gradwright.grading.worker import answer, load

POINT = {"x": np.ones(2), "k": np.array(3.0)}


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    sys.modules.pop("homework", None)


def asked(
    text: str, form: dict[str, Any], point: Arrays = POINT, dy: float | None = None, *, echo: bool = False
) -> Message:
    """The answer of a submission at a point, its value a vector where there is dy."""
    settings: dict[str, Any] = {
        "name": "it",
        "reference": "it",
        "with_respect_to": ["x"],
        "arguments": {name: {"shape": list(value.shape)} for name, value in point.items()},
        "points": {"value": 1.0},
    }
    item = Item(**settings | form)
    arrays = {f"arguments.{name}": value for name, value in point.items()}
    about = {"echo": echo, "made_with": item.made_with, "texts": {}, "names": [*arrays]}
    arrays |= {} if dy is None else {"dy": np.full(2, dy)}
    module, _ = load("homework.py", [("homework.py", text)])
    return receive(io.BytesIO(answer(subject(module, item.asked), Message(about, arrays))).read)


FUNCTION = {"function": "f"}
X = {"x": np.ones(2)}


def test_a_function_answers_with_numbers_and_with_what_it_left_of_its_arguments() -> None:
    plain, arrays = asked("def f(x):\n    x *= 3\n    return x.sum(), [x, 1]", FUNCTION, X, echo=True)
    assert plain == {"kind": "answer"}
    assert arrays["value"] == 6
    assert arrays["gradient.1"].dtype == np.int64
    assert arrays["after.x"].tolist() == [3, 3]


NET = """
class Net:
    def __init__(self, n): self.params = {"x": None, "n": n}
    def loss(self, k):
        x = self.params["x"]
        return k * (x * x).sum(), {"x": 2 * k * x}
"""
KEEPS = """
class Net:
    def loss(self, k):
        self.grad_x = 2 * k * self.x
        return k * (self.x ** 2).sum()
"""
LOSS = """
class Loss:
    def forward(self, x, k):
        self.x, self.k = x, k
        return k * (x * x).sum()
    def backward(self):
        return 2 * self.k * self.x
"""
SETTINGS = """
class Loss:
    def __init__(self): self.k, self.params = 0.0, {"x": 0}
    def forward(self): return self.k * (self.params["x"] ** 2).sum()
    def backward(self): self.grads = {"x": 2 * self.k * self.params["x"]}
"""
LOSSES = {
    "a function": ("def f(x, k): return k * (x * x).sum(), 2 * k * x", FUNCTION),
    "two functions": (
        "def f(x, k): return k * (x * x).sum()\ndef g(x, k): return 2 * k * x",
        {"loss": "f", "gradient": "g"},
    ),
    "a method with a table of parameters": (NET, {"function": "Net.loss", "made_with": [2]}),
    "a method whose object keeps its gradients": (KEEPS, {"function": "Net.loss"}),
    "an object with forward and backward": (LOSS, {"layer": "Loss", "parameters": []}),
    "an object that has all its arguments": (SETTINGS, {"layer": "Loss", "parameters": ["x", "k"]}),
    "a pair of functions": (
        "def f(x, k): return k * (x * x).sum(), (x, k)\ndef b(dout, c): return dout * 2 * c[1] * c[0]",
        {"forward": "f", "backward": "b"},
    ),
}


@pytest.mark.parametrize(("text", "form"), LOSSES.values(), ids=LOSSES)
def test_a_loss_answers_alike_in_every_form(text: str, form: dict[str, Any]) -> None:
    arrays = asked(text, form).arrays
    gradient = next(array for name, array in arrays.items() if name.startswith("gradient"))
    assert (arrays["value"].tolist(), gradient.tolist()) == (6, [6, 6])


AFFINE = """
class Affine:
    def __init__(self, n): pass
    def forward(self, x):
        self.x = x
        return self.k * x
    def backward(self, dout):
        self.dk = (dout * self.x).sum()
        return self.k * dout

def affine_forward(x, k): return k * x, (x, k)
def affine_backward(dout, cache): return cache[1] * dout, (dout * cache[0]).sum()
"""


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ({"layer": "Affine", "made_with": [2]}, ("gradient.x", "gradient.k")),
        ({"forward": "affine_forward", "backward": "affine_backward"}, ("gradient.0", "gradient.1")),
        ({"layer": "affine_", "made_with": [2], "lenient": ["names"]}, ("gradient.x", "gradient.k")),
    ],
    ids=["a layer", "a pair", "under another name"],
)
def test_a_layer_and_a_pair_answer_alike(form: dict[str, Any], names: tuple[str, str]) -> None:
    arrays = asked(AFFINE, form, dy=2.0).arrays
    assert arrays["value"].tolist() == [3, 3]
    assert [arrays[name].tolist() for name in names] == [[6, 6], 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(x): return 1", "TypeError: expected f to return (loss, gradient), found int"),
        ("def f(x): return None, 1", "TypeError: expected numbers as the value, found nothing (None)"),
        ("def f(x): raise SystemExit", "SystemExit"),
    ],
)
def test_what_goes_wrong_is_told(text: str, message: str) -> None:
    plain, _ = asked(text, FUNCTION, X)
    assert plain["kind"] == "failure"
    assert plain["text"].startswith(message)


def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(LookupError, match="expected f in the file, found nothing of that name; it has g"):
        asked("def g(x): pass", FUNCTION)
    with pytest.raises(LookupError, match="it has F, f_"):  # two that are near: nobody knows which is meant
        asked("def F(x): pass\ndef f_(x): pass", {"function": "f", "lenient": ["names"]})
