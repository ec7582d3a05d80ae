"""The line at fault is told, with what should stand there, where one edit makes all of it right."""

from __future__ import annotations

import cProfile
import linecache
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from gradwright.check import GradientReport, check_gradient, check_jacobian_matrix, check_layer, check_pair
from gradwright.check.faults.cause import Cause

RNG = np.random.default_rng(3)
ARGUMENTS: dict[str, Any] = {
    "x": RNG.standard_normal((5, 3)),
    "w1": RNG.standard_normal((3, 4)),
    "w2": RNG.standard_normal((4, 4)),
    "b": RNG.standard_normal(4),
}
NETWORK = """
import numpy as np

def forward(x, w1, w2, b):
    h = np.tanh(x @ w1)
    g = 1 / (1 + np.exp(-(h @ w2 + b)))
    return g * h, (x, w1, w2, h, g)

def backward(dout, cache):
    x, w1, w2, h, g = cache
    dg = dout * h
    da = dg * g * (1 - g)
    dh = da @ w2.T + dout * g
    dz = dh * (1 - h ** 2)
    dw2 = h.T @ da
    db = da.sum(axis=0)
    dw1 = x.T @ dz
    dx = dz @ w1.T
    return dx, dw1, dw2, db
"""
FAULTS = {  # right, as written, and what it is called
    "a derivative forgotten": ("dh * (1 - h ** 2)", "dh", Cause.ACTIVATION_MISSING),
    "a derivative of another function": ("dh * (1 - h ** 2)", "dh * h * (1 - h)", Cause.OTHER_ACTIVATION),
    "a branch forgotten": (" + dout * g", "", Cause.BRANCH_DROPPED),
    "a weight not transposed": ("da @ w2.T", "da @ w2", Cause.TRANSPOSED),
    "a gate's value forgotten": ("dout * h\n", "dout\n", Cause.FACTOR_DROPPED),
    "other values": ("h.T @ da", "g.T @ da", Cause.OTHER_VALUES),
    "a sign": ("+ dout * g", "- dout * g", Cause.SIGN),
}


def defined(text: str, name: str = "<homework>") -> dict[str, Any]:
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    names: dict[str, Any] = {"__name__": name}
    exec(compile(text, name, "exec"), names)
    return names


def checked(text: str) -> GradientReport:
    names = defined(text)
    return check_pair(names["forward"], names["backward"], **ARGUMENTS)


def test_the_right_text_is_correct() -> None:
    assert checked(NETWORK).verdict == "correct"


@pytest.mark.parametrize(("right", "wrong", "cause"), FAULTS.values(), ids=FAULTS)
def test_a_fault_inside_is_named_and_its_line_is_told(right: str, wrong: str, cause: Cause) -> None:
    text = NETWORK.replace(right, wrong)
    line = next(
        i for i, (a, b) in enumerate(zip(NETWORK.splitlines(), text.splitlines(), strict=True), 1) if a != b
    )
    report = checked(text)
    assert (report.verdict, report.cause) == ("wrong", cause), report.evidence
    assert f"line {line} of <homework>" in str(report)
    assert "makes all right" in str(report).replace("\n", " ")


def test_two_faults_that_no_one_edit_mends_are_told_as_far_as_one_goes() -> None:
    report = checked(NETWORK.replace("dh * (1 - h ** 2)", "dh * h").replace("+ dout * g", ""))
    assert report.verdict == "wrong"
    assert "makes all right" not in str(report)


def test_the_line_of_a_gradient_is_told_by_its_name_where_nothing_mends_it() -> None:
    text = NETWORK.replace("h.T @ da", "np.cos(h.T @ da) + h.T @ np.sin(da)")
    report = checked(text)
    assert report.cause == Cause.NOT_LINEAR_IN_DOUT
    assert any("line 15 of <homework>, dw2 =" in note for note in report.notes)


def test_nothing_of_the_users_is_changed_by_what_is_tried() -> None:
    names = defined(NETWORK.replace("da @ w2.T", "da @ w2"))
    before = {name: f.__code__ for name, f in names.items() if isinstance(f, FunctionType)}
    check_pair(names["forward"], names["backward"], **ARGUMENTS)
    assert {name: f.__code__ for name, f in names.items() if isinstance(f, FunctionType)} == before


def test_what_is_printed_while_edits_are_tried_is_not_seen(capsys: pytest.CaptureFixture[str]) -> None:
    text = NETWORK.replace("    dg = dout * h", "    dg = dout\n    print(dg.shape)")
    checked(text)
    assert capsys.readouterr().out.count("(5, 4)") < 300


def test_methods_of_objects_are_read_too() -> None:
    text = """
import numpy as np

class Gate:
    def __init__(self):
        self.W = np.linspace(-1, 1, 12).reshape(3, 4)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        return self.h ** 2

    def backward(self, dout):
        dz = 2 * dout * self.h
        self.dW = self.x.T @ dz
        return dz @ self.W.T
"""
    report = check_layer(defined(text)["Gate"](), ARGUMENTS["x"]).gradient
    assert report is not None
    assert report.cause == Cause.ACTIVATION_MISSING
    assert "line 14" in str(report.evidence)


def test_functions_without_a_text_are_left_as_they_are() -> None:
    names: dict[str, Any] = {}
    exec(NETWORK.replace("da @ w2.T", "da @ w2"), names)
    report = check_pair(names["forward"], names["backward"], **ARGUMENTS)
    assert report.verdict == "wrong"
    assert "line" not in (report.evidence or "")


def closure(slope: Callable[[Any], Any]) -> Any:
    def backward(dout: Any, x: Any) -> Any:
        return dout * slope(x) * np.cos(x)

    return backward


def test_a_function_with_free_names_can_be_edited() -> None:
    report = check_pair(lambda x: (np.sin(x**2), x), closure(lambda x: 2 * x), x=ARGUMENTS["x"])
    assert report.verdict == "wrong"


def test_a_slice_that_is_written_over_should_be_added_to() -> None:
    text = """
import numpy as np

def forward(x):
    return np.stack([x[:, t] + x[:, t + 1] for t in range(2)], axis=1), x.shape

def backward(dout, shape):
    dx = np.zeros(shape)
    for t in range(2):
        dx[:, t:t + 2] = dout[:, t, None]
    return dx
"""
    names = defined(text)
    report = check_pair(names["forward"], names["backward"], x=ARGUMENTS["x"])
    assert (report.verdict, report.cause) == ("wrong", Cause.OVERWRITTEN)
    assert "line 10 of <homework>" in str(report)


FORGETS_B = """
def forward(x, w1, w2, b):
    return x @ w1 @ w2, (x, w1, w2, b)

def backward(dout, cache):
    x, w1, w2, b = cache
    dh = dout @ w2.T
    db = dout.sum(axis=0)
    return dh @ w1.T, x.T @ dh, (x @ w1).T @ dout, db
"""


def test_an_edit_that_only_cancels_is_no_reason() -> None:
    """dout - dout would make db right; what is wrong is that forward never adds b."""
    names = defined(FORGETS_B)
    report = check_pair(names["forward"], names["backward"], **ARGUMENTS)
    assert (report.location, report.cause) == ("b", Cause.UNUSED)
    assert "dout - dout" not in str(report)


TRANSPOSES = """
import numpy as np

W = np.array([[1.0, -2.0, 0.5], [0.5, 3.0, 1.0], [0.2, -0.4, 0.7]])

def forward(x):
    return np.exp(x @ W)

def jacobian(x):
    return ((np.exp(x @ W) * W).T).T
"""


def test_a_jacobian_is_mended_too() -> None:
    names = defined(TRANSPOSES)
    report = check_jacobian_matrix(names["forward"], names["jacobian"], np.array([0.1, -0.3, 0.2]))
    assert (report.verdict, report.cause) == ("wrong", Cause.TRANSPOSED)


def test_a_check_that_is_profiled_says_the_same() -> None:
    """Both watch what runs, by the one profiler that there is."""
    x = np.array([0.3, -0.4])
    alone = check_gradient(lambda x: (x**3).sum(), lambda x: 2 * x**2, x)
    watched = cProfile.Profile().runcall(check_gradient, lambda x: (x**3).sum(), lambda x: 2 * x**2, x)
    assert watched.verdict == "wrong"
    assert watched.notes == alone.notes
