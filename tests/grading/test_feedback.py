"""What students are told: of their loss and their gradient, by the names of their arrays."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright.check import check_gradient
from gradwright.grading.feedback import RIGHT, in_their_words, not_finite, told

POINT = {"W1": np.array([0.3, -0.7, 1.1]), "b1": np.array([0.4, 0.9])}


def report(**factors: float) -> Any:
    """The report on a gradient that is off by these factors."""

    def f(p: Any) -> Any:
        return np.exp(p["W1"]).sum() * np.exp(p["b1"]).sum()

    def grad(p: Any) -> Any:
        return {name: factors.get(name, 1.0) * np.exp(p[name]) * f(p) / np.exp(p[name]).sum() for name in p}

    return check_gradient(f, grad, POINT)


@pytest.mark.parametrize("factor", [0.5, -1.0, 0.0, 1.3])
def test_a_wrong_gradient_is_told_by_its_array_and_never_of_f(factor: float) -> None:
    text = told(report(W1=factor), "your loss")
    assert text.startswith("your gradient is wrong")
    assert "W1" in text
    assert not re.search(r"\bf\b|\bf's\b|\bcovector\b|\bleaf\b", text)


def test_causes_and_suspicions_are_told_apart() -> None:
    wrong = replace(report(W1=0.5), cause="a factor of 2 is missing", suspicion=None)
    assert "The cause: a factor of 2 is missing" in told(wrong, "your loss")
    suspected = replace(wrong, cause=None, suspicion="the derivative of another activation")
    text = told(suspected, "your loss")
    assert "Perhaps: the derivative of another activation" in text
    assert "cause" not in text
    likely = replace(wrong, cause="as if the batch size were missing")
    assert "It is as if the batch size were missing" in told(likely, "your loss")


def test_what_is_right_is_told_in_four_words() -> None:
    assert told(report(), "your loss") == RIGHT


SENTENCES = {
    "f has a kink near x in every direction that was tried": (
        "your loss has a kink near this point in every direction that was tried"
    ),
    "f(x): expected a finite number, found nan": "your loss: expected a finite number, found NaN",
    "the gradient of W differs from f's by 0.3 of its size": (
        "your gradient of W differs from that of your loss by 0.3 of its size"
    ),
    "b has the shape (1, 3), and agrees with f's once reshaped to (3,)": (
        "b has the shape (1, 3), and agrees with that of your loss once reshaped to (3,)"
    ),
    "x is 0.5 x the true gradient in every entry": "x is 0.5 x the true gradient in every entry",
}


@pytest.mark.parametrize(("text", "theirs"), SENTENCES.items())
def test_sentences_of_the_checker_become_theirs(text: str, theirs: str) -> None:
    assert in_their_words(text, "your loss") == theirs


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.nan, "your loss is NaN"),
        (-np.inf, "your loss is infinite"),
        ([1.0, np.nan, np.inf, np.nan], "your loss is NaN in 2 of 4 entries"),
        ([1.0, 2.0], ""),
    ],
)
def test_what_is_no_number_is_called_so(array: Any, text: str) -> None:
    assert not_finite(array, "your loss") == text
