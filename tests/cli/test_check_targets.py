"""``gradwright check FILE.py:NAME``"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.programs import PATIENCE

Command = Callable[..., Any]

HOMEWORK = """
import numpy as np

print("homework")
point = {"w": np.array([0.5, -1.0, 2.0]), "b": np.array(0.3)}

def loss_and_grad(p):
    y = np.tanh(p["w"].sum() + p["b"])
    return y, {"w": np.full(3, 1 - y**2), "b": 1 - y**2}

def wrong(p):
    loss, grad = loss_and_grad(p)
    return loss, {"w": 2 * grad["w"], "b": grad["b"]}

def noisy(p):
    loss, grad = loss_and_grad(p)
    return loss + np.random.default_rng().standard_normal(), grad

def loss(p):
    return loss_and_grad(p)[0]

def grad(p):
    return loss_and_grad(p)[1]

def hangs(p):
    while True: pass

class Layer:
    def __init__(self):
        self.W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dy):
        self.dW = self.x.T @ dy
        return dy @ self.W.T

x = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.7]])
"""


@pytest.fixture(autouse=True)
def _homework() -> None:
    Path("my.py").write_text(HOMEWORK)


def test_a_correct_gradient_is_fine_and_says_so(gradwright: Command) -> None:
    outcome = gradwright("check", "my.py:loss_and_grad", "--at", "my.py:point")
    assert outcome.code == 0
    assert outcome.out.startswith("correct: ")
    assert "homework" in outcome.err


def test_a_wrong_gradient_fails_and_says_where_and_why(gradwright: Command) -> None:
    outcome = gradwright("check", "my.py:wrong", "--at", "my.py:point")
    assert outcome.code == 1
    assert outcome.out.startswith("wrong: w is 2 x the true gradient in every entry")


def test_what_cannot_be_decided_has_not_passed(gradwright: Command) -> None:
    outcome = gradwright("check", "my.py:noisy", "--at", "my.py:point")
    assert outcome.code == 1
    assert outcome.out.startswith("undecided: f is not deterministic")


def test_a_gradient_may_be_a_function_of_its_own(gradwright: Command) -> None:
    assert gradwright("check", "my.py:loss", "--gradient", "my.py:grad", "--at", "my.py:point").code == 0


def test_a_class_with_forward_and_backward(gradwright: Command) -> None:
    outcome = gradwright("check", "my.py:Layer", "--at", "my.py:x", "--json")
    assert outcome.code == 0
    assert [each["name"] for each in outcome.json["parameters"]] == ["x", "W"]


def test_json_is_alone_on_stdout_whatever_the_file_prints(gradwright: Command) -> None:
    outcome = gradwright("check", "my.py:wrong", "--at", "my.py:point", "--json", "--seed", "3")
    assert (outcome.json["verdict"], outcome.json["seed"]) == ("wrong", 3)
    assert (outcome.code, "homework" in outcome.err) == (1, True)


BAD_INPUT = {
    "a gradient without --at": (
        ["my.py:loss", "--gradient", "my.py:grad"],
        2,
        ["--at: expected where to check my.py:loss"],
    ),
    "a file without a name": (["my.py", "--at", "my.py:point"], 2, ["my.py: expected FILE.py:NAME"]),
    "a point without a file": (["my.py:wrong", "--at", "point"], 2, ["point: expected FILE.py:NAME"]),
    "a file that is not there": (["no.py:f", "--at", "my.py:point"], 2, ["no.py", "found none"]),
    "a name that is not there": (
        ["my.py:los", "--at", "my.py:point"],
        2,
        ["my.py has no 'los'; did you mean 'loss'?"],
    ),
    "no gradient": (["my.py:loss", "--at", "my.py:point"], 2, ["found the number", "--gradient"]),
    "a hang": (
        ["my.py:hangs", "--at", "my.py:point", "--timeout", "1"],
        1,
        ["not done after 1 s", "my.py:26, in hangs\n"],
    ),
    "an option of a config": (
        ["my.py:wrong", "--at", "my.py:point", "--samples", "3"],
        2,
        ["--samples is an option of a config, and my.py:wrong is none"],
    ),
    "a slip of the pen": (
        ["my.py:wrong", "--at", "my.py:point", "--timeot", "3"],
        2,
        ["my.py:wrong: --timeot is no option here; did you mean '--timeout'?"],
    ),
    "an impossible time": (["my.py:wrong", "--at", "my.py:x", "--timeout", "0"], 2, ["--timeout: expected"]),
    "too few evaluations": (
        ["my.py:wrong", "--at", "my.py:point", "--max-evaluations", "3"],
        2,
        ["max_evaluations: expected at least 1000, found 3"],
    ),
    "an option of a file": (
        ["small.toml", "--at", "my.py:point"],
        2,
        ["--at is an option of FILE.py:NAME, and small.toml is a config"],
    ),
    "neither config nor file": (["notes.ipynb"], 2, ["notes.ipynb", "expected a config in TOML"]),
}


@pytest.mark.waits
@pytest.mark.parametrize(("arguments", "code", "parts"), BAD_INPUT.values(), ids=BAD_INPUT)
@pytest.mark.usefixtures("config")
def test_bad_input_is_one_clear_message(
    gradwright: Command, arguments: list[str], code: int, parts: list[str]
) -> None:
    outcome = gradwright("check", *arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert "Traceback" not in outcome.err
    assert outcome.err.count("error: ") == 1
    for part in parts:
        assert part in outcome.err


def test_a_config_is_still_checked_and_takes_a_seed(gradwright: Command, config: Path) -> None:
    outcome = gradwright("check", config, "--seed", "1")
    assert outcome.code == 0
    assert outcome.out.rstrip().endswith("Every gradient is right, and every property holds.")


@pytest.mark.waits
def test_it_is_a_program_that_others_can_call(start: Callable[..., subprocess.Popen[str]]) -> None:
    program = start("check", "my.py:wrong", "--at", "my.py:point", "--json")
    out, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 1
    assert out.startswith('{\n  "gradwright_check": 1')
    assert "homework" in err


@pytest.mark.waits
@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_ctrl_c_ends_it_and_the_process_of_the_file(start: Callable[..., subprocess.Popen[str]]) -> None:
    Path("my.py").write_text("import os\nprint(os.getpid())\nwhile True: pass")
    program = start("check", "my.py:f", "--at", "my.py:x")
    assert program.stderr is not None
    child = int(program.stderr.readline().removeprefix("my.py | "))
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=PATIENCE)
    assert (program.returncode, err) == (130, "error: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_check_of_nothing_is_wrong_usage(gradwright: Callable[..., Any]) -> None:
    outcome = gradwright("check")
    assert outcome.code == 2
    assert "expected CONFIG.toml or FILE.py:NAME, found neither" in outcome.err
