"""Where edits that make a gradient right say different things of it, the line is told and no cause."""

from __future__ import annotations

import ast

import numpy as np

from gradwright.check import check_gradient
from gradwright.check.edits.edit import Edit
from gradwright.check.edits.named import agreed, plainest
from gradwright.check.faults.cause import Cause
from tests.check.edits.test_mended import defined

POISSON = """
import numpy as np

X = np.random.default_rng(2).standard_normal((6, 3))
y = np.random.default_rng(3).integers(5, size=6)

def loss(b):
    return np.mean(np.exp(X @ b) - y * (X @ b))

def gradient(b):
    mu = 1 / (1 + np.exp(-X @ b))
    return X.T @ (mu - y) / len(y)
"""


def test_a_number_that_makes_all_right_is_no_cause() -> None:
    """1 / exp(-z) is exp(z): the 1 that is too many is not what was meant, the sigmoid is."""
    names = defined(POISSON)
    report = check_gradient(names["loss"], names["gradient"], np.array([0.3, -0.4, 0.8]))
    assert (report.verdict, report.cause) == ("wrong", None)
    assert any("line 11" in note and "makes all right" in note for note in report.notes)


POSITIVE = """
import numpy as np

def loss(p):
    return np.sum(np.tanh(p["x"]) * np.exp(p["b"]))

def gradient(p):
    h = np.tanh(p["x"])
    e = np.exp(p["b"])
    return {"x": (1 - h ** 2) * e * np.minimum(1, np.abs(p["x"])), "b": (h * e).sum(axis=0)}
"""


def test_a_mask_that_is_one_by_chance_at_x_mends_nothing() -> None:
    """All of b is positive, and (b > 0) is 1: at a point of other signs it is not."""
    names = defined(POSITIVE)
    point = {"x": np.random.default_rng(1).standard_normal((4, 3)), "b": np.array([0.5, 1.2, 0.8])}
    report = check_gradient(names["loss"], names["gradient"], point)
    assert report.verdict == "wrong"
    assert "> 0" not in str(report)


def test_what_is_true_of_all_is_named() -> None:
    assert agreed([Cause.ACTIVATION_MISSING, Cause.FACTOR_DROPPED]) == Cause.FACTOR_DROPPED
    assert agreed([Cause.TRUNCATED, Cause.OVERWRITTEN]) == Cause.BRANCH_DROPPED
    assert agreed([Cause.SIGN, Cause.TRANSPOSED]) is None
    assert agreed([Cause.SIGN, None]) is None


def test_what_is_put_in_by_force_counts_where_nothing_else_is_right() -> None:
    plain, forced = (Edit(Cause.SIGN, ast.Pass(), "body", None, ast.Pass(), 1, force) for force in (0, 1))
    assert plainest([forced, plain]) == [plain]
    assert plainest([forced]) == [forced]
