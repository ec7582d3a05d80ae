"""A rubric is read strictly: every mistake is named by its file, its key, and the nearest choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gradwright.errors import ConfigError
from gradwright.grading import Grade, Rubric, grade, read_rubric
from tests.grading.conftest import EXAMPLES

TEXT = (EXAMPLES / "rubric.toml").read_text(encoding="utf-8")

MISTAKES = {
    "unknown key": (
        "trials = 3",
        "trails = 3",
        "items.0.trails: there is no such key; did you mean 'trials'?",
    ),
    "unknown property": (
        "pure = 1.0",
        "purre = 1.0",
        "points.purre: there is no such key; did you mean 'pure'?",
    ),
    "unknown limit": (
        "memory_mib",
        "memory_mb",
        "memory_mb: there is no such key; did you mean 'memory_mib'?",
    ),
    "unknown draw": ("integers =", "integer =", "integer: there is no such key; did you mean 'integers'?"),
    "missing reference": ('reference = "softmax_loss"', "", "items.0.reference: this key is needed"),
    "unknown argument": ('["W", "b"]', '["V", "b"]', "with_respect_to: 'V' is not known"),
    "unknown size": ("sizes = { m = [3, 12] }", "", "x: 'm' is not known"),
    "unknown gradient": ("{ W = 3.0, b", "{ V = 3.0, b", "points.gradient: 'V' is not known"),
    "no form": ('function = "loss_and_grad"', "", "expected function, or loss and gradient, or forward"),
    "half a form": ('function = "loss_and_grad"', 'loss = "f"', "expected function, or loss and gradient"),
    "whole numbers moved": ('["W", "b"]', '["W", "labels"]', "no derivative with respect to whole numbers"),
    "two ways to draw": (
        "integers = [0, 2]",
        "integers = [0, 2], value = 1",
        "expected one of range, integers",
    ),
    "backward range": ("[-2.0, 2.0]", "[2.0, -2.0]", "expected [low, high], found [2.0, -2.0]"),
    "backward size": ("m = [3, 12]", "m = [12, 3]", "sizes.m: expected [low, high], found [12, 3]"),
    "rows that are not named": ('rows = ["x", "labels"]', "", "points.batch_mean needs rows"),
    "negative points": ("value = 2.0", "value = -2.0", "points.value: expected a finite number >= 0"),
    "items of one name": ('"linear layer"', '"softmax regression"', "found 'softmax regression' twice"),
    "no TOML": ("[limits]", "[limits", "expected a rubric in TOML"),
    "a text that is moved": (
        "b = { shape = [3] }",
        'b = { text = "b" }',
        "no derivative with respect to a text",
    ),
    "a text of a shape": (
        'labels = { shape = ["m"], integers = [0, 2] }',
        'labels = { shape = ["m"], text = "a" }',
        "expected a text without a shape",
    ),
    "an unknown leniency": (
        "trials = 3",
        'lenient = ["axes"]',
        "items.0.lenient.0: expected 'keepdims', 'shape' or 'names'",
    ),
    "an unknown dtype": ("trials = 3", 'dtype = "float16"', "items.0.dtype: expected 'float64' or 'float32'"),
    "an unknown visibility": (
        "trials = 3",
        'visibility = "never"',
        "items.0.visibility: expected 'visible', 'hidden'",
    ),
    "a gradient that may be anything": (
        "trials = 3",
        "gradient_tolerance = 1.0",
        "items.0.gradient_tolerance: expected a number in [0, 1)",
    ),
    "a method of a method": (
        '"loss_and_grad"',
        '"Net.loss.grad"',
        "items.0.function: expected a name such as loss_and_grad, or TwoLayerNet.loss",
    ),
    "half a pair": (
        'function = "loss_and_grad"',
        'forward = "f"',
        "expected function, or loss and gradient, or forward and backward",
    ),
    "parameters of a function": (
        "trials = 3",
        'parameters = ["W"]',
        "parameters is for a layer, or a method",
    ),
    "an entry that cannot be loaded": (
        'feedback = "full"',
        'entry = "homework.zip"',
        "entry: expected a file name such as homework.py or homework.ipynb",
    ),
    "made_with without a layer": ("trials = 3", "made_with = [3]", "made_with is for a layer"),
}


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TEXT
    path = tmp_path / "rubric.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_rubric(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


BROKEN_REFERENCES = {
    "it is missing": ("", "has no 'softmax_loss'"),
    "it is no function": ("softmax_loss = 3", "expected a function, found int"),
    "it raises": ("def softmax_loss(*a): raise KeyError('W')", "the reference raised KeyError"),
    "it has no value": (
        "def softmax_loss(*a): return float('nan')",
        "expected finite numbers of the reference",
    ),
    "it is an array": ("def softmax_loss(*a): return a[0]", "expected a number of the reference"),
    "it divides by zero": ("def softmax_loss(*a): return 1 / 0", "the reference raised ZeroDivisionError"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN_REFERENCES.values(), ids=BROKEN_REFERENCES)
def test_a_broken_reference_is_the_teachers_fault(
    rubric: Rubric, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "reference.py").write_text(
        f"{text}\ndef linear(x, W, b): return x @ W + b\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        grade(rubric.model_copy(update={"folder": tmp_path}), EXAMPLES / "right.py", seed=0)


def test_arguments_may_be_tables_and_loss_and_gradient_two_functions(
    tmp_path: Path, graded: Callable[..., Grade]
) -> None:
    (tmp_path / "teacher.py").write_text("def cubes(p, x): return (p['u']**3).sum() + (p['v'] * x).sum()")
    (tmp_path / "rubric.toml").write_text(
        'reference = "teacher.py"\n[[items]]\nname = "cubes"\nloss = "f"\ngradient = "g"\n'
        'reference = "cubes"\nwith_respect_to = ["p"]\nsizes = { n = [2, 4] }\n'
        "points = { value = 1, gradient = 2 }\n"
        '[items.arguments]\np = { u = { shape = ["n"] }, v = { shape = [3] } }\nx = { value = 2.0 }\n'
    )
    read = read_rubric(tmp_path / "rubric.toml")
    text = "def f(p, x): return (p['u']**3).sum() + (p['v'] * x).sum()\n"
    right = "def g(p, x): return {'du': 3 * p['u']**2, 'dv': x + 0 * p['v']}\n"
    assert graded(text + right, items=read.items, folder=tmp_path, reference="teacher.py").score == 3
    wrong = graded(
        text + right.replace("3 *", "2 *"), items=read.items, folder=tmp_path, reference="teacher.py"
    )
    assert wrong.score == 1


NORM = """
import numpy as np

def norm_forward(x, settings, gamma):
    assert settings["mode"] == "train"
    settings["mean"] = x.mean(axis=0)
    hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + settings["eps"])
    return gamma * hat, (hat, gamma, x.var(axis=0) + settings["eps"])

def norm_backward(dout, cache):
    hat, gamma, variance = cache
    dhat = dout * gamma
    dx = (dhat - dhat.mean(axis=0) - hat * (dhat * hat).mean(axis=0)) / np.sqrt(variance)
    return dx, (dout * hat).sum(axis=0)
"""
TEACHER = """
def norm(x, settings, gamma):
    assert settings["mode"] == "train"
    return gamma * (x - x.mean(axis=0)) / ((x.var(axis=0) + settings["eps"]) ** 0.5)
"""
PAIR = """
reference = "teacher.py"
[[items]]
name = "normalisation"
forward = "norm_forward"
backward = "norm_backward"
reference = "norm"
with_respect_to = ["x", "gamma"]
sizes = { m = [4, 6] }
trials = 1
points = { value = 1, gradient = { x = 1, gamma = 1 }, pure = 1 }
[items.arguments]
x = { shape = ["m", 3] }
settings = { mode = { text = "train" }, eps = { value = 1e-3 } }
gamma = { shape = [3] }
"""


def test_a_pair_takes_texts_and_tables_in_their_order(tmp_path: Path, graded: Callable[..., Grade]) -> None:
    (tmp_path / "teacher.py").write_text(TEACHER)
    (tmp_path / "rubric.toml").write_text(PAIR)
    changes = {
        "items": read_rubric(tmp_path / "rubric.toml").items,
        "folder": tmp_path,
        "reference": "teacher.py",
    }
    assert graded(NORM, **changes).score == 4  # also what it adds to the table, which nobody gave
    constant = graded(NORM.replace("- hat * (dhat * hat).mean(axis=0)", ""), **changes)
    assert [mark.score for mark in constant.marks] == [1, 0, 1, 1]
    assert constant.marks[1].output.startswith("your gradient is wrong")
