"""Where a line explains a gradient otherwise than its likeness does, the line is believed, or nothing."""

from __future__ import annotations

import numpy as np

from gradwright.check import check_gradient, check_pair
from tests.check.edits.test_mended import defined

TRIPLETS = """
import numpy as np

def forward(anchor, positive, negative):
    ap, an = anchor - positive, anchor - negative
    return np.sum(ap ** 2 - an ** 2, axis=1), (ap, an)

def backward(dout, cache):
    ap, an = cache
    d = dout[:, None]
    d_positive = d * -2 * ap
    d_negative = d * -2 * an
    return d * 2 * (ap - an), d_positive, d_negative
"""


def test_a_sign_is_no_exchange_of_two_arguments_with_a_common_difference() -> None:
    names = defined(TRIPLETS)
    rng = np.random.default_rng(0)
    anchor, positive, negative = rng.standard_normal((3, 5, 3))
    report = check_pair(
        names["forward"], names["backward"], anchor=anchor, positive=positive, negative=negative
    )
    assert (report.verdict, report.location) == ("wrong", "negative")
    assert report.cause == "the sign is reversed"


PENALTY = """
import numpy as np

X = np.random.default_rng(2).standard_normal((7, 3))
y = X @ np.array([1.0, -2.0, 0.5])

def loss(w):
    return np.mean((X @ w - y) ** 2) + 0.1 * np.abs(w).sum()

def gradient(w):
    return 2 * X.T @ (X @ w - y) / len(y) + 0.1 * np.abs(w)
"""


def test_a_factor_that_stands_there_already_is_not_the_one_that_was_forgotten() -> None:
    """|w| / w is the sign of w: dividing once more by w mends all, and nobody forgot to divide."""
    names = defined(PENALTY)
    report = check_gradient(names["loss"], names["gradient"], np.array([0.7, -0.4, 1.3]))
    assert report.verdict == "wrong"
    assert report.cause != "a factor is left out on the way back"


UPDATED = """
import numpy as np

X = np.random.default_rng(3).standard_normal((6, 4))
y = np.random.default_rng(4).standard_normal((6, 2))

def loss(p):
    return 0.5 * np.sum((np.tanh(X @ p["A"]) @ p["B"] - y) ** 2)

def gradient(p):
    A, B = p["A"], p["B"]
    h = np.tanh(X @ A)
    error = h @ B - y
    dB = h.T @ error
    B = B - 0.1 * dB
    dh = error @ B.T
    return {"A": X.T @ (dh * (1 - h ** 2)), "B": dB}
"""


def test_a_step_of_descent_made_too_soon_is_told_as_that() -> None:
    names = defined(UPDATED)
    rng = np.random.default_rng(5)
    point = {"A": rng.standard_normal((4, 3)), "B": rng.standard_normal((3, 2))}
    report = check_gradient(names["loss"], names["gradient"], point)
    assert (report.verdict, report.location) == ("wrong", "A")
    assert report.cause is not None
    assert "updated" in report.cause
