"""What the adapters share can be said without the libraries, and so can it that one is missing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import gradwright.check.jax
import gradwright.check.torch
from gradwright.check.adapters.common import (
    check_by_name,
    name_of_function,
    name_of_input,
    require_outputs,
    require_precision,
    told_by_line,
)
from gradwright.check.full_digits.casts import Casts, FullDigits
from gradwright.check.verdict.examine import FEWEST
from gradwright.errors import CheckError, ConfigError


@dataclass(frozen=True)
class At:
    """A step in a list, as both libraries spell it."""

    idx: int


@dataclass(frozen=True)
class Under:
    """A step in a dictionary."""

    key: str


@dataclass(frozen=True)
class Attribute:
    """A step in an object."""

    name: str


OPTIONS: Any = {
    "seed": 0,
    "outputs": lambda _: [],
    "pullback": lambda x, _: x,
    "full": FullDigits(lambda _: 0.0, lambda x: x, Casts()),
}  # asked of what is wrong alone


@pytest.mark.parametrize("function", ["check_module", "check_function"])
def test_without_pytorch_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match=r'check\.torch needs torch: pip install "torch>=2\.2"'):
        getattr(gradwright.check.torch, function)(abs, 1.0)


def test_without_jax_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ConfigError, match=r'check\.jax needs jax: pip install "jax>=0\.8"'):
        gradwright.check.jax.check_function(abs, 1.0)


@pytest.mark.parametrize("dtype", ["float16", "torch.bfloat16", np.dtype("complex64")])
def test_other_precisions_are_refused_by_name(dtype: Any) -> None:
    with pytest.raises(ConfigError, match=r"fc1\.weight: expected float64 or float32, found (float16|bf|c)"):
        require_precision("fc1.weight", dtype)


def test_an_input_is_called_by_its_place_and_the_users_own_keys() -> None:
    path = [At(1), Under("layers"), At(0), Attribute("kernel")]
    assert name_of_input(path) == "input 1.layers[0].kernel"
    assert name_of_input(path[:1]) == "input 1"


def test_a_function_is_called_by_its_name_and_an_object_by_its_class() -> None:
    assert name_of_function(require_precision) == "require_precision"
    assert name_of_function(At(0)) == "At"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "found"), [([], "none"), ([np.zeros(2, np.int64), "yes"], "int64, str"), ([None], "NoneType")]
)
def test_an_output_without_floats_is_told_as_what_it_is(given: list[Any], found: str) -> None:
    with pytest.raises(ConfigError, match=f"floating-point numbers as the output, found {found}$"):
        require_outputs([], given)


def test_the_complex_step_is_not_taken() -> None:
    seen = set()

    def square(x: Any) -> Any:
        seen.add(x["W"].dtype)
        return (x["W"] ** 2).sum()

    point = {"W": np.array([1.0, 2.0])}
    options: Any = OPTIONS | {"max_evaluations": None}
    report = check_by_name(square, lambda x, times: {"W": 2 * times * x["W"]}, point, ["a note"], **options)
    assert (report.verdict, report.notes) == ("correct", ("a note",))
    assert seen == {np.dtype("float64")}


def test_nothing_to_differentiate_by_is_said() -> None:
    with pytest.raises(ConfigError, match="expected a floating-point array"):
        check_by_name(lambda _: 0.0, lambda x, _: x, {}, [], **OPTIONS, max_evaluations=None)


def test_many_arrays_are_given_more_evaluations() -> None:
    """With as many as a small check takes, the last of so many arrays would be left undecided."""
    point = {f"W{i}": np.full(2, 1.0 + i) for i in range(70)}

    def f(x: Any) -> Any:
        return sum(np.sin(w).sum() for w in x.values())

    def gradient(x: Any, times: float) -> Any:
        return {name: times * np.cos(w) for name, w in x.items()}

    report = check_by_name(f, gradient, point, [], **OPTIONS, max_evaluations=None)
    assert report.verdict == "correct"
    assert report.evaluations > FEWEST
    assert check_by_name(f, gradient, point, [], **OPTIONS, max_evaluations=FEWEST).verdict == "undecided"


def test_an_exception_is_told_with_the_users_line_and_keeps_their_frames() -> None:
    def forward() -> None:
        raise KeyError("no W")

    message = r"Net raised KeyError: 'no W'\n.*test_common\.py"
    with pytest.raises(CheckError, match=message) as caught, told_by_line("Net", "float64"):
        forward()
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_error_about_dtypes_says_which_one_was_used() -> None:
    message = r'evaluated in float64; .*dtype="float32"'
    with pytest.raises(CheckError, match=message), told_by_line("Net", "float64"):
        raise RuntimeError("expected the same dtype")
    with pytest.raises(CheckError, match=r'same dtype"\)$'), told_by_line("Net", "float32"):
        raise RuntimeError("expected the same dtype")


def test_an_error_of_ours_stays_as_it_is() -> None:
    ours = told_by_line("Net", "float64")(require_precision)  # so that no line of this file is in between
    with pytest.raises(ConfigError, match=r"\Adtype: expected"):
        ours("dtype", "int8")
