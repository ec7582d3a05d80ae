"""JAX in full digits: programs with loops, branches and rules of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.check.full_digits.casts import CannotWidenError, Casts
from gradwright.check.full_digits.jax import both_without_casts

jax: Any = pytest.importorskip("jax", reason="needs JAX")

from gradwright.check.jax import check_function  # noqa: E402

X = np.random.default_rng(8).normal(size=(3, 4))
HALVES = np.random.default_rng(9).integers(-3, 4, size=(4, 4)) / 2  # which few digits hold
W = np.random.default_rng(9).normal(size=(4, 4))


def squares(factor: float) -> Any:
    """With a rule of its own in half precision."""
    f = jax.custom_vjp(lambda x: (x.astype("float16") ** 2).astype(x.dtype))
    f.defvjp(
        lambda x: (f(x), x.astype("float16")),
        lambda x, dy: (factor * (2 * x * dy.astype("float16")).astype(dy.dtype),),
    )
    return f


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_softmax_in_few_digits_is_simply_correct(dtype: str) -> None:
    report = check_function(lambda x: jax.nn.softmax(x.astype(dtype), -1).astype(x.dtype), X)
    assert report.verdict == "correct"
    told = f"f computes in {dtype} inside: its slopes were taken with its casts left out"
    assert any(note.startswith(told) for note in report.notes), report.notes


def test_a_fault_of_a_hundredth_shows_through_half_precision() -> None:
    assert check_function(squares(1.0), X).verdict == "correct"
    assert check_function(squares(1.01), X).verdict == "wrong"


def test_a_whole_program_is_computed_in_float64() -> None:
    def f(x: Any, narrow: str) -> Any:
        h = jax.jit(jax.nn.silu)(x.astype(narrow) @ HALVES.astype(narrow))
        _, h = jax.lax.scan(lambda c, row: (jax.numpy.tanh(c + row),) * 2, h[0], h)
        h = jax.lax.cond(h[0, 0] > 9, lambda a: -a, lambda a: 2 * a, h)
        h = jax.checkpoint(jax.numpy.exp)(h)
        mask = jax.random.bernoulli(jax.random.key(0), 0.5, h.shape)
        return jax.numpy.einsum("ij,kj->", jax.numpy.where(mask, h, 0), h, preferred_element_type=narrow)

    casts = Casts()
    with jax.enable_x64(True):
        narrow = jax.grad(lambda x: f(x, "bfloat16").astype("float64"))
        _, slope = both_without_casts(jax.numpy.sum, narrow, casts)
        np.testing.assert_allclose(slope(X), jax.grad(lambda x: f(x, "float64"))(X), rtol=1e-10)
    assert casts.coarsest == "bfloat16"


def test_a_constant_may_have_more_digits_on_the_way_back() -> None:
    f = jax.custom_vjp(lambda x: (x.astype("bfloat16") @ W.astype("bfloat16")).astype(x.dtype))
    f.defvjp(lambda x: (f(x), None), lambda _, dy: (dy @ W.T,))
    report = check_function(f, X)
    assert report.verdict == "correct"
    assert any("casts left out" in note for note in report.notes)


def test_bits_are_not_read() -> None:
    def bits(x: Any) -> Any:
        return jax.lax.bitcast_convert_type(x.astype("float32"), "int32").sum()

    with jax.enable_x64(True), pytest.raises(CannotWidenError):
        both_without_casts(bits, bits, Casts())[0](X)
