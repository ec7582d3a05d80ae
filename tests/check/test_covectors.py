"""The u of <y, u> is nobody's x, and a backward pass that ignores it is told so, at every door."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.check import GradientReport, check_jacobian, check_layer, check_pair
from gradwright.check.covectors import UNUSED, covector, covectors
from gradwright.check.streams import Stream, own_generator
from gradwright.usercode import Request
from gradwright.usercode.worker import check

Array = np.ndarray[Any, np.dtype[Any]]
SHAPE = (8, 5)
X = np.random.default_rng(0).standard_normal(SHAPE)  # as everybody draws it; the checker's seed is 0 too
IGNORED = "dout is not used"


def normalized(x: Array) -> Array:
    normal: Array = (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).mean(axis=0))
    return normal


def test_covectors_are_the_same_for_the_same_seed_and_have_both_signs() -> None:
    shapes = [(3, 4), (5,)]
    first, again, other = (covectors(shapes, seed) for seed in (1, 1, 2))
    for u, v, w, shape in zip(first, again, other, shapes, strict=True):
        np.testing.assert_array_equal(u, v)
        assert (u != w).all()
        assert u.shape == shape
    assert {-1.0, 1.0} == set(np.sign(first[0].ravel()))


def test_that_of_a_single_number_is_neither_1_nor_near_0() -> None:
    for seed in range(20):
        assert 1.1 < covector(np.zeros((1, 1)), seed).item() < 1.9


def test_no_stream_is_another_or_the_users_own() -> None:
    theirs = [np.random.default_rng(0), np.random.default_rng([0, 1]), *np.random.default_rng(0).spawn(3)]
    ours = [own_generator(0, stream) for stream in Stream]
    drawn = [rng.standard_normal(100) for rng in (*theirs, *ours)]
    for one, two in itertools.combinations(drawn, 2):
        assert abs(np.corrcoef(one, two)[0, 1]) < 0.5


# -- x drawn by the checker's own seed: along x a batch normalisation has no derivative ---------------------


def by_vjp() -> GradientReport:
    return check_jacobian(normalized, lambda x, _: 0 * x, X)


def by_battery() -> GradientReport | None:
    class Normalization:
        def forward(self, _: Any, x: Array, __: Any) -> tuple[Array, None]:
            return normalized(x), None

        def backward(self, _: Any, __: None, dy: Array) -> tuple[Array, Any]:
            return 0 * dy, {}

    return check_layer(Normalization(), X, {}).gradient


def by_module() -> GradientReport:
    from gradwright.check.torch import check_module

    torch = pytest.importorskip("torch")

    class Normalization(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return normalized_tensor(x).detach() + 0 * x

    return check_module(Normalization(), torch.as_tensor(X))


def by_function() -> GradientReport:
    from gradwright.check.torch import check_function

    torch = pytest.importorskip("torch")
    return check_function(lambda x: normalized_tensor(x).detach() + 0 * x, torch.as_tensor(X))


def normalized_tensor(x: Any) -> Any:
    return (x - x.mean(0)) / (x - x.mean(0)).pow(2).mean(0).sqrt()


@pytest.mark.parametrize("door", [by_vjp, by_battery, by_module, by_function])
def test_a_normalisation_without_a_gradient_is_wrong(door: Callable[[], GradientReport]) -> None:
    assert door().verdict == "wrong"


NORMALIZATION = """
    import numpy as np

    class Normalization:
        def forward(self, x):
            centred = x - x.mean(axis=0)
            return centred / np.sqrt((centred**2).mean(axis=0))

        def backward(self, dout):
            return 0 * dout

    def point():
        return np.random.default_rng(0).standard_normal((8, 5))
"""

SCALAR = """
    import numpy as np

    class Squares:
        def forward(self, x):
            self.x = x
            return (x**2).sum()

        def backward(self, dout=1.0):
            return 2 * self.x{times}

    def point():
        return np.random.default_rng(0).standard_normal((8, 5))
"""


def of_file(tmp_path: Path, text: str, name: str) -> GradientReport:
    from textwrap import dedent

    file = tmp_path / "mine.py"
    file.write_text(dedent(text))
    return check(Request(f"{file}:{name}", f"{file}:point"))


def test_a_layer_in_a_file_that_has_no_gradient_is_wrong(tmp_path: Path) -> None:
    assert of_file(tmp_path, NORMALIZATION, "Normalization").verdict == "wrong"


# -- what ignores its dout ---------------------------------------------------------------------------------


def test_a_loss_in_a_file_that_ignores_its_dout_is_right_as_the_last_node_and_told_so(tmp_path: Path) -> None:
    report = of_file(tmp_path, SCALAR.format(times=""), "Squares")
    assert (report.verdict, report.notes[0]) == ("correct", UNUSED)


def test_a_loss_that_ignores_its_dout_and_is_wrong_has_its_own_cause(tmp_path: Path) -> None:
    report = of_file(tmp_path, SCALAR.format(times=" / 2"), "Squares")
    assert (report.verdict, report.cause) == ("wrong", "a factor of 2 is missing")
    assert UNUSED in report.notes


def test_a_gradient_that_a_pair_does_not_return_is_in_the_headline() -> None:
    report = check_pair(lambda x, b: (x + b, None), lambda dout, _: dout, x=X, b=np.ones(5))
    assert str(report).startswith("correct in x; not checked: b; <lambda> returns no gradient for it.")


def test_a_loss_in_a_file_that_uses_its_dout_is_correct(tmp_path: Path) -> None:
    assert of_file(tmp_path, SCALAR.format(times=" * dout"), "Squares").verdict == "correct"


def test_a_vjp_that_ignores_its_covector_is_told_so() -> None:
    report = check_jacobian(np.tanh, lambda x, _: 1 - np.tanh(x) ** 2, X)
    assert (report.verdict, report.cause) == ("wrong", IGNORED)


def test_a_vjp_that_is_wrong_in_another_way_is_not() -> None:
    report = check_jacobian(np.tanh, lambda x, u: 0.5 * u * (1 - np.tanh(x) ** 2), X)
    assert (report.verdict, report.cause) == ("wrong", "a factor of 2 is missing")


def test_what_is_kept_from_the_first_call_is_not_told_to_ignore_its_dout() -> None:
    class Kept:
        def __init__(self) -> None:
            self.W = np.eye(5, 3)
            self.dW: Array | None = None

        def forward(self, x: Array) -> Array:
            self.x = x
            return np.asarray(x @ self.W)

        def backward(self, dout: Array) -> Array:
            self.dW = self.x.T @ dout if self.dW is None else self.dW
            return np.asarray(dout @ self.W.T)

    report = check_layer(Kept(), X)
    assert (report.location, report.cause) == (
        "W",
        "as if it kept something of the first call, such as a mask",
    )


def test_what_is_clipped_to_its_limits_is_not_told_to_ignore_its_dout() -> None:
    report = check_jacobian(np.tanh, lambda x, u: np.clip(u * (1 - np.tanh(x) ** 2), -1e-6, 1e-6), X)
    assert report.verdict == "wrong"
    assert report.cause != IGNORED


@pytest.mark.parametrize("uses", [False, True])
def test_a_torch_function_that_ends_in_a_number_is_told_when_it_ignores_grad_output(uses: bool) -> None:
    from gradwright.check.torch import check_function

    torch = pytest.importorskip("torch")

    class Squares(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return (x**2).sum()

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 2 * x * grad_output if uses else 2 * x

    report = check_function(Squares.apply, torch.as_tensor(X))
    assert (report.verdict, report.cause) == (("correct", None) if uses else ("wrong", IGNORED))


@pytest.mark.parametrize("uses", [False, True])
def test_a_custom_vjp_that_ignores_what_comes_back_is_told_so(uses: bool) -> None:
    from gradwright.check.jax import check_function

    jax = pytest.importorskip("jax")
    squares = jax.custom_vjp(lambda x: (x**2).sum())
    squares.defvjp(lambda x: ((x**2).sum(), x), lambda x, g: (2 * x * g if uses else 2 * x,))
    report = check_function(squares, X)
    assert (report.verdict, report.cause) == (("correct", None) if uses else ("wrong", IGNORED))
