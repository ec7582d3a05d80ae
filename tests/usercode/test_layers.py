"""Classes with forward and backward, as people write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check.conventions.stateful import stateful_layer
from gradwright.usercode.names import Name

Checked = Callable[..., Any]
Failed = Callable[..., tuple[int, str]]

POINT = "point = np.random.default_rng(1).standard_normal((5, 3))\n"

LINEAR = f"""
{POINT}
class target:
    def __init__(self):
        self.W, self.b = rng.standard_normal((3, 2)), rng.standard_normal(2)
        self.x = None

    def forward(self, x):
        self.x = x
        self.out = x @ self.W + self.b
        return self.out

    def backward(self, dout):
        self.dout = dout
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        self.dx = dout @ self.W.T
        return self.dx
"""


def named(report: Any) -> dict[str, str]:
    """The verdict on each parameter."""
    return {each.name: each.verdict for each in report.parameters}


def changed(old: str, new: str, text: str = LINEAR) -> str:
    """``text`` with one thing written in another way."""
    assert text.count(old) >= 1
    return text.replace(old, new)


def test_a_layer_is_checked_by_its_input_and_each_parameter(checked: Checked) -> None:
    report = checked(LINEAR)
    assert named(report) == {"x": "correct", "W": "correct", "b": "correct"}
    assert (report.verdict, report.notes) == ("correct", ())


FAULTS = {
    "W": ("self.x.T @ dout", "2 * self.x.T @ dout"),
    "b": ("dout.sum(axis=0)", "dout.mean(axis=0)"),
    "x": ("dout @ self.W.T", "0.999 * dout @ self.W.T"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_gradient_is_found_where_it_is(checked: Checked, name: str) -> None:
    report = checked(changed(*FAULTS[name]))
    assert report.verdict == "wrong"
    assert [each for each, verdict in named(report).items() if verdict == "wrong"] == [name]


SPELLINGS = {
    "grad_W": ("self.dW, self.db", "self.grad_W, self.grad_b"),
    "W_grad": ("self.dW, self.db", "self.W_grad, self.b_grad"),
    "d_W": ("self.dW, self.db", "self.d_W, self.d_b"),
    "grads['dW']": ("self.dW, self.db", "self.grads = {}; self.grads['dW'], self.grads['db']"),
    "gradients['W']": ("self.dW, self.db", "self.gradients = {}; self.gradients['W'], self.gradients['b']"),
}


@pytest.mark.parametrize("change", SPELLINGS.values(), ids=SPELLINGS)
def test_gradients_are_found_by_any_of_the_usual_names(checked: Checked, change: tuple[str, str]) -> None:
    assert named(checked(changed(*change))) == {"x": "correct", "W": "correct", "b": "correct"}


@pytest.mark.parametrize("table", ["params", "parameters"])
def test_parameters_may_stand_in_a_table(checked: Checked, table: str) -> None:
    text = changed("self.W, self.b =", "self.TABLE = {}; self.TABLE['W'], self.TABLE['b'] =")
    text = changed("self.dW, self.db", "self.grads = {}; self.grads['W'], self.grads['b']", text)
    text = text.replace("self.W", "self.TABLE['W']").replace("self.b", "self.TABLE['b']")
    report = checked(text.replace("TABLE", table).replace(f"{table}['b']ackward", "backward"))
    assert named(report) == {"x": "correct", f"{table}.W": "correct", f"{table}.b": "correct"}


def test_a_parameter_with_two_names_is_one_parameter(checked: Checked) -> None:
    """The forward pass reads another name than the one that the gradient is stored under."""
    text = changed("self.x = None", "self.params = {'W': self.W}; self.x = None")
    report = checked(changed("x @ self.W", "x @ self.params['W']", text))
    assert named(report) == {"x": "correct", "W": "correct", "b": "correct"}


def test_an_object_that_is_already_made_is_checked_as_it_is(checked: Checked) -> None:
    report = checked(f"{LINEAR}\nlayer = target()\nlayer.forward(point)", target="layer")
    assert named(report) == {"x": "correct", "W": "correct", "b": "correct"}


def test_a_float32_layer_is_checked_in_its_own_numbers(checked: Checked) -> None:
    text = changed("rng.standard_normal(2)", "np.zeros(2, np.float32)")
    text = changed("rng.standard_normal((3, 2))", "np.ones((3, 2), np.float32)", text)
    text = changed("self.dout = dout", "assert dout.dtype == np.float32", text)
    assert checked(f"{text}\npoint = point.astype(np.float32)").verdict == "correct"


def test_buffers_without_a_gradient_are_said_not_to_be_checked(checked: Checked) -> None:
    report = checked(changed("self.x = None", "self.running_mean, self.dW = np.zeros(3), np.zeros((3, 2))"))
    assert report.verdict == "correct"
    assert report.notes[0] == "not checked, because no gradient is stored for them: running_mean"


def test_a_gradient_that_is_forgotten_is_said_not_to_be_checked(checked: Checked) -> None:
    report = checked(changed("self.dW, self.db = self.x.T @ dout, ", "self.db = "))
    assert set(named(report)) == {"x", "b"}
    assert report.notes[0].endswith("W")


NETWORK = f"""{LINEAR.replace("class target", "class Linear")}
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, dy):
        return dy * (1 - self.y**2)

class target:
    def __init__(self):
        self.layers = [Linear(), Tanh()]
        self.heads = {{"last": Linear()}}
        self.heads["last"].W = rng.standard_normal((2, 2))
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return self.heads["last"].forward(x)
    def backward(self, dy):
        dy = self.heads["last"].backward(dy)
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy
"""


def test_layers_inside_a_network_are_checked_under_their_own_names(checked: Checked) -> None:
    report = checked(NETWORK)
    assert report.verdict == "correct"
    assert list(named(report)) == ["x", "layers[0].W", "layers[0].b", "heads.last.W", "heads.last.b"]


def test_a_fault_inside_a_network_is_seen_in_all_that_comes_before_it(checked: Checked) -> None:
    verdicts = named(checked(changed("dy * (1 - self.y**2)", "dy * (1 - self.y)", NETWORK)))
    assert [name for name, verdict in verdicts.items() if verdict == "wrong"] == [
        "x",
        "layers[0].W",
        "layers[0].b",
    ]


LOSS = f"""
{POINT}
class target:
    def forward(self, x):
        self.x = x
        return 0.5 * np.mean(x**2)
    def backward(self):
        return self.x / self.x.size
"""


def test_the_backward_of_a_loss_may_take_nothing(checked: Checked) -> None:
    assert checked(LOSS).verdict == "correct"


def test_a_backward_that_leaves_out_the_mean_is_wrong(checked: Checked) -> None:
    assert checked(changed("self.x.size", "len(self.x)", LOSS)).verdict == "wrong"


EMBEDDING = """
point = np.array([1, 0, 1, 2])
class target:
    def __init__(self):
        self.table = rng.standard_normal((4, 3))
    def forward(self, x):
        self.x = x
        return self.table[x]
    def backward(self, dy):
        self.dtable = np.zeros_like(self.table)
        np.add.at(self.dtable, self.x, dy)
"""


def test_an_input_of_whole_numbers_is_held_fixed(checked: Checked) -> None:
    report = checked(EMBEDDING)
    assert named(report) == {"table": "correct"}
    assert report.notes[0].startswith("x was held fixed")


def test_a_row_that_is_assigned_instead_of_added_to_is_wrong(checked: Checked) -> None:
    wrong = changed("np.add.at(self.dtable, self.x, dy)", "self.dtable[self.x] = dy", EMBEDDING)
    assert checked(wrong).verdict == "wrong"


def test_a_backward_that_returns_nothing_leaves_the_parameters_to_check(checked: Checked) -> None:
    report = checked(changed("return self.dx", "del self.dx"))
    assert named(report) == {"W": "correct", "b": "correct"}
    assert "backward returns no dx" in report.notes[0]


PRELU = f"""
{POINT}
class target:
    def __init__(self):
        self.alpha, self.eps = 0.25, 1e-8
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)
    def backward(self, dy):
        self.dalpha = float((dy * np.where(self.x > 0, 0, self.x)).sum())
        return dy * np.where(self.x > 0, 1, self.alpha)
"""


def test_a_parameter_may_be_a_plain_float(checked: Checked) -> None:
    report = checked(PRELU)
    assert (named(report), report.notes) == ({"x": "correct", "alpha": "correct"}, ())
    assert checked(PRELU) == report


ACCUMULATING = changed(
    "self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)",
    "self.dW += self.x.T @ dout; self.db += dout.sum(axis=0)",
).replace("self.x = None", "self.dW, self.db = np.zeros((3, 2)), np.zeros(2)")


def test_gradients_that_accumulate_are_not_passed_over_in_silence(checked: Checked) -> None:
    report = checked(ACCUMULATING)
    assert report.verdict == "wrong" or any("at the same x" in note for note in report.notes)


def test_finding_the_parameters_leaves_the_layer_as_it_was(write: Callable[..., None]) -> None:
    """The first gradient that the checker sees is the first one that the layer computes."""
    write(ACCUMULATING)
    layer, x = (Name.parse(f"my.py:{name}").load() for name in ("target", "point"))
    asked, _ = stateful_layer("target", layer(), (x,), seed=0)
    first, second = (asked.gradient(asked.point)["b"].copy() for _ in range(2))
    np.testing.assert_array_equal(second, 2 * first)


def test_gradients_that_accumulate_are_right_with_a_zero_grad(checked: Checked) -> None:
    zero_grad = "\n    def zero_grad(self):\n        self.dW[...] = 0; self.db[...] = 0\n"
    assert checked(ACCUMULATING + zero_grad).verdict == "correct"


WRONG_USE = {
    "no backward": ("class target:\n    def forward(self, x): ...", "found no backward"),
    "no forward": ("class target:\n    def backward(self, dy): ...", "found no forward"),
    "arguments": (
        changed("def __init__(self)", "def __init__(self, size)"),
        "found target(size); make one, layer = target(...) in the file, and check my.py:layer",
    ),
    "forward with more": (
        changed("def forward(self, x)", "def forward(self, x, momentum)"),
        "expected a function that can be called as forward(x), found forward(x, momentum)",
    ),
    "backward with more": (
        changed("def backward(self, dout)", "def backward(self, dout, cache)"),
        "called as backward(dy), found backward(dout, cache)",
    ),
    "a pair for y": (changed("return self.out", "return self.out, x"), "found a tuple of 2"),
    "no y": (
        changed("return self.out", "del self.out"),
        "expected forward to return an array of floats, found None",
    ),
    "nothing to check": (
        changed(
            "self.dtable = np.zeros_like(self.table)\n        np.add.at(self.dtable, self.x, dy)",
            "pass",
            EMBEDDING,
        ),
        "found nothing to check",
    ),
}


@pytest.mark.parametrize(("text", "part"), WRONG_USE.values(), ids=WRONG_USE)
def test_a_class_that_is_no_layer(failed: Failed, text: str, part: str) -> None:
    code, message = failed(text if "point" in text else f"{POINT}{text}")
    assert code == 2
    assert message.startswith("my.py:target: ")
    assert part in message


def test_a_layer_has_its_own_gradient(failed: Failed) -> None:
    code, message = failed(LINEAR, gradient="my.py:grad")
    assert (code, message) == (2, "--gradient: expected none, because my.py:target has its own backward")


def test_a_gradient_of_another_shape_is_wrong(checked: Checked) -> None:
    report = checked(changed("dout.sum(axis=0)", "dout.sum(axis=1)"))
    assert (report.verdict, report.location) == ("wrong", "b")
    assert report.cause == "wrong shape (5,) for (2,)"


def test_a_layer_that_raises_is_told_with_its_own_line(failed: Failed) -> None:
    code, message = failed(changed("dout @ self.W.T", "dout @ self.W"))
    assert code == 1
    assert message.endswith("self.dx = dout @ self.W")
