"""What backward takes as constant in forward, or gives another share, is found in forward's own text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.check import GradientReport, check_gradient, check_pair
from gradwright.check.faults.cause import Cause
from tests.check.edits.test_mended import defined

DRAW = np.random.default_rng(5).standard_normal

FOCAL = """
import numpy as np

def loss(z):
    p = 1 / (1 + np.exp(-z))
    return np.mean(-(1 - p) ** 2 * np.log(p))

def gradient(z):
    p = 1 / (1 + np.exp(-z))
    dp = 2 * (1 - p) * np.log(p) - (1 - p) ** 2 / p
    return dp * p * (1 - p) / z.size
"""
SHARES = {  # what is written in place of which, and what is said of the share of what
    "held constant": ("2 * (1 - p) * np.log(p) - (1 - p)", "-(1 - p)", Cause.BRANCH_DROPPED, "is left out"),
    "with the wrong sign": ("2 * (1 - p) * np", "-2 * (1 - p) * np", Cause.SIGN, "is -1 x"),
    "a quarter too much": ("2 * (1 - p) * np", "2.5 * (1 - p) * np", Cause.FACTOR_INSIDE, "is 1.25 x"),
}


def of_loss(text: str) -> GradientReport:
    names = defined(text)
    return check_gradient(names["loss"], names["gradient"], DRAW((4, 3)))


@pytest.mark.parametrize(("right", "wrong", "cause", "told"), SHARES.values(), ids=SHARES)
def test_the_share_of_an_expression_is_named_with_its_line(
    right: str, wrong: str, cause: Cause, told: str
) -> None:
    report = of_loss(FOCAL.replace(right, wrong))
    assert (report.verdict, report.cause) == ("wrong", cause)
    assert told in str(report.evidence)
    assert "line 6 of <homework>" in str(report.evidence)


def test_the_right_gradient_is_correct() -> None:
    assert of_loss(FOCAL).verdict == "correct"


RECURRENT = """
import numpy as np

def forward(x, h0, w, u):
    h, hs = h0, []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ w + h @ u)
        hs.append(h)
    return np.stack(hs, axis=1), (x, h0, w, u, hs)

def backward(dout, cache):
    x, h0, w, u, hs = cache
    dx, dw, du, dh = np.zeros_like(x), np.zeros_like(w), np.zeros_like(u), np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        da = (dout[:, t] + dh) * (1 - hs[t] ** 2)
        dx[:, t] = da @ w.T
        dw += x[:, t].T @ da
        du += (hs[t - 1] if t else h0).T @ da
        dh = da @ u.T
    return dx, dh, dw, du
"""


def test_what_a_loop_hands_on_to_itself_is_truncated_through_time() -> None:
    names = defined(RECURRENT.replace("(dout[:, t] + dh)", "dout[:, t]"))
    arguments: dict[str, Any] = {
        "x": DRAW((2, 3, 3)),
        "h0": DRAW((2, 4)),
        "w": DRAW((3, 4)),
        "u": DRAW((4, 4)),
    }
    report = check_pair(names["forward"], names["backward"], **arguments)
    assert (report.verdict, report.cause) == ("wrong", Cause.TRUNCATED)


NORMED = """
import numpy as np

def normed(z):
    z = z - z.mean(axis=1, keepdims=True)
    return z / np.sqrt((z ** 2).mean(axis=1, keepdims=True))

def forward(x, w, v):
    h = x @ w
    return np.sin(normed(h)) @ v, (x, w, v, normed(h))

def backward(dout, cache):
    x, w, v, n = cache
    dh = dout @ v.T * np.cos(n)
    return dh @ w.T, x.T @ dh, np.sin(n).T @ dout
"""


def test_a_layer_that_errors_pass_as_if_it_were_not_there_is_named() -> None:
    names = defined(NORMED)
    report = check_pair(names["forward"], names["backward"], x=DRAW((5, 3)), w=DRAW((3, 4)), v=DRAW((4, 2)))
    assert (report.verdict, report.cause) == ("wrong", Cause.ACTIVATION_MISSING)
    assert "through normed(h) as if it were h" in str(report.evidence)


CURVED = """
import numpy as np

def bent(a):
    return a * (1 + np.tanh(a + 0.3 * a ** 3))

def loss(p):
    return np.sum(bent(p[0] @ p[1]))

def gradient(p):
    def slope(a):
        t = np.tanh(a + 0.3 * a ** 3)
        return 1 + t + a * (1 - t ** 2) * (1 + 3 * 0.25 * a ** 2)
    dz = slope(p[0] @ p[1])
    return [dz @ p[1].T, p[0].T @ dz]
"""


def test_a_share_within_an_activation_is_the_derivative_of_another_one() -> None:
    names = defined(CURVED)
    report = check_gradient(names["loss"], names["gradient"], [0.5 * DRAW((3, 4)), 0.5 * DRAW((4, 2))])
    assert (report.verdict, report.cause) == ("wrong", Cause.OTHER_ACTIVATION)


WAITS = """
import numpy as np

def loss(x):
    root = 1.0 + 0 * x
    while np.abs(root * root - x * x).max() > 1e-13:
        root = (root + x * x / root) / 2
    return np.sum(root)

def gradient(x):
    return 0.7 * np.sign(x) * x ** 2
"""


def test_a_function_that_waits_for_a_value_is_left_alone() -> None:
    """Held at its first value it would wait for ever."""
    names = defined(WAITS)
    report = check_gradient(names["loss"], names["gradient"], np.array([0.5, 2.0, 1.5]))
    assert report.verdict == "wrong"
