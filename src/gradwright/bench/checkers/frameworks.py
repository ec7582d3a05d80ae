"""The gradient checks of PyTorch and JAX, given the NumPy functions as custom derivatives."""

from __future__ import annotations

import warnings
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from gradwright.bench.checkers.checker import Answer, Checker, flatten
from gradwright.bench.checkers.model import Gradient, Point, Value
from gradwright.check.points import Array


def gradcheck(f: Value, grad: Gradient, x: Point, *, fast: bool) -> Answer:
    """``torch.autograd.gradcheck`` as it comes: step 1e-6, atol 1e-5, rtol 1e-3."""
    torch: Any = import_module("torch")
    flat = flatten(f, grad, x)

    def forward(ctx: Any, vector: Any) -> Any:
        ctx.save_for_backward(vector)
        return vector.new_tensor(flat.f(vector.detach().numpy()))

    def backward(ctx: Any, dy: Any) -> Any:
        (vector,) = ctx.saved_tensors
        return dy * vector.new_tensor(flat.grad(vector.detach().numpy()))

    methods = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    custom: Any = type("Custom", (torch.autograd.Function,), methods)
    inputs = torch.tensor(flat.x.astype(_dtype(x)), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # it advises against float32, which is judged all the same
        passed = torch.autograd.gradcheck(custom.apply, (inputs,), fast_mode=fast, raise_exception=False)
    return Answer("correct" if passed else "wrong")


def jax_check_grads(f: Value, grad: Gradient, x: Point) -> Answer:
    """``jax.test_util.check_grads`` of order 1 in reverse mode, with its own tolerances for the dtype."""
    jax: Any = import_module("jax")
    check_grads: Any = import_module("jax.test_util").check_grads
    flat, dtype = flatten(f, grad, x), _dtype(x)
    number, like_x = jax.ShapeDtypeStruct((), dtype), jax.ShapeDtypeStruct(flat.x.shape, dtype)

    def f_outside(vector: Any) -> Array:
        return np.asarray(flat.f(np.asarray(vector)), dtype)

    def grad_outside(vector: Any) -> Array:
        return flat.grad(np.asarray(vector)).astype(dtype)

    def value(vector: Any) -> Any:
        return jax.pure_callback(f_outside, number, vector)

    def forward(vector: Any) -> Any:
        return value(vector), vector

    def backward(vector: Any, dy: Any) -> Any:
        return (dy * jax.pure_callback(grad_outside, like_x, vector),)

    with jax.enable_x64(dtype == np.float64):
        custom = jax.custom_vjp(value)
        custom.defvjp(forward, backward)
        try:
            check_grads(custom, (flat.x.astype(dtype),), order=1, modes=["rev"])
        except AssertionError:
            return Answer("wrong")
    return Answer("correct")


def _dtype(x: Point) -> np.dtype[Any]:
    return np.result_type(*x.values())


FRAMEWORKS = (
    Checker(
        "torch gradcheck", "its own: atol 1e-5, rtol 1e-3", partial(gradcheck, fast=False), needs="torch"
    ),
    Checker(
        "torch gradcheck, fast", "its own: atol 1e-5, rtol 1e-3", partial(gradcheck, fast=True), needs="torch"
    ),
    Checker("jax check_grads", "its own tolerances", jax_check_grads, needs="jax"),
)
