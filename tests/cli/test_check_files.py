"""``gradwright check layers.py``: what is found in a file, at inputs that are found or made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

pytestmark = pytest.mark.waits

LAYERS = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0, keepdims=True)

class Linear:
    def __init__(self, in_features, out_features):
        self.W, self.b = np.zeros((out_features, in_features)), np.zeros((out_features, 1))

    def forward(self, A):
        self.A = A
        return A @ self.W.T + self.b.T

    def backward(self, dLdZ):
        self.dLdW, self.dLdb = dLdZ.T @ self.A, dLdZ.sum(axis=0)[:, None]
        return dLdZ @ self.W

class Odd:
    def __init__(self, wobble): ...
    def forward(self, x): ...
    def backward(self, dy): ...

def softmax_loss(W, X, y, reg):
    p = np.exp(X @ W)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    loss = -np.log(p[rows, y]).mean() + reg * (W**2).sum()
    p[rows, y] -= 1
    return loss, X.T @ p / len(X) + 2 * reg * W
"""

TRAINS = "def train():\n    while True: pass\n\ntrain()\n"


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("layers.py").write_text(LAYERS)
    Path("train.py").write_text(TRAINS)
    Path("empty.py").write_text("x = 1\n")


def test_all_that_is_found_is_listed_and_checked_and_what_was_assumed_is_told(gradwright: Command) -> None:
    outcome = gradwright("check", "layers.py")
    assert outcome.code == 1
    assert "layers.py: 4 to check: affine, Linear, Odd, softmax_loss" in outcome.err
    assert "wrong shape (1, 3) for (3,); the numbers are right" in " ".join(outcome.out.split())
    assert "layers.py:Linear  correct" in outcome.out
    assert "assumed: in_features = 5, out_features = 3" in outcome.out
    assert "W, b: zero when made, filled with random numbers" in outcome.out
    assert "assumed: W (5, 3) random, X (4, 5) random, y (4,) labels, reg = 0.1" in outcome.out
    assert "layers.py:Odd  not checked: no value is known for wobble" in outcome.out
    assert outcome.out.endswith("2 of 4 correct; look at affine; not checked: Odd\n")


def test_several_names_and_json(gradwright: Command) -> None:
    outcome = gradwright("check", "layers.py:Linear", "layers.py:softmax_loss", "--json")
    assert (outcome.code, outcome.json["passed"]) == (0, True)
    checks = outcome.json["checks"]
    assert [check["target"] for check in checks] == ["layers.py:Linear", "layers.py:softmax_loss"]
    assert [each["name"] for each in checks[0]["report"]["parameters"]] == ["A", "W", "b"]


def test_one_name_without_a_point(gradwright: Command) -> None:
    outcome = gradwright("check", "layers.py:affine")
    assert outcome.code == 1
    assert "assumed: x (4, 5) random, w (5, 3) random, b (3,) random" in outcome.out


def test_a_script_that_trains_when_it_is_imported_is_stopped_with_the_advice(gradwright: Command) -> None:
    outcome = gradwright("check", "train.py", "--timeout", "2")
    assert (outcome.code, outcome.out) == (1, "")
    assert 'under if __name__ == "__main__":' in outcome.err
    assert "train.py:2, in train" in outcome.err


def test_a_file_with_nothing_to_check_says_what_was_expected(gradwright: Command) -> None:
    outcome = gradwright("check", "empty.py")
    assert outcome.code == 2
    assert "empty.py: found nothing to check: expected classes with forward and backward" in outcome.err
