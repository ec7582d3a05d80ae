"""The verdict for JAX: is what ``jax.grad`` makes of a function of pytrees its gradient?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.check.adapters.common import (
    Point,
    Precision,
    check_by_name,
    held_constant,
    name_of_function,
    name_of_input,
    package,
    require_outputs,
    require_precision,
    told_by_line,
)
from gradwright.check.covectors import covectors
from gradwright.check.full_digits.casts import Casts, FullDigits
from gradwright.check.full_digits.jax import both_without_casts
from gradwright.check.points import Array
from gradwright.check.present.report import GradientReport


def check_function(
    fn: Callable[..., Any],
    *inputs: Any,
    seed: int = 0,
    dtype: Precision = "float64",
    max_evaluations: int | None = None,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
) -> GradientReport:
    """Whether ``jax.grad`` of ``fn(*inputs)`` is right, and with it every ``custom_vjp`` on the way.

    Inputs are pytrees. Their floating-point leaves are what it is taken with respect to, called as in
    ``input 0.layers[1].W``; whole numbers, keys, and leaves that are not finite, such as masks, are held
    constant. An output y of any shape becomes <y, u>, u a random covector of ``seed``, and several outputs
    their sum.

    Within the check 64-bit numbers are enabled, whatever the setting outside, unless ``dtype`` is float32.
    ``fn`` is called as it is, so it may branch on values; where that is slow, give ``jax.jit(fn)``.

    ``max_evaluations`` is 4000, or 200 for each leaf where that is more; ``tolerance`` and
    ``max_seconds`` are as in ``check_gradient``.

    Raises ``ConfigError`` where JAX is not installed, and for half precision; ``CheckError`` where ``fn``
    raises, with the line where it did.

    >>> import pytest; jax = pytest.importorskip("jax")
    >>> params = {"W": np.array([[1.0, 2.0], [0.5, -1.0]]), "b": np.array([0.1, 0.2])}
    >>> report = check_function(lambda p, x: jax.numpy.tanh(x @ p["W"] + p["b"]), params, np.ones((3, 2)))
    >>> report.verdict, [parameter.name for parameter in report.parameters]
    ('correct', ['input 0.W', 'input 0.b', 'input 1'])
    """
    require_precision("dtype", dtype)
    jax = package("jax")

    def is_float(leaf: Any) -> bool:
        return bool(jax.numpy.issubdtype(_dtype(leaf), jax.numpy.floating))

    with told_by_line(name_of_function(fn), dtype), jax.enable_x64(dtype == "float64"):
        paths, form = jax.tree_util.tree_flatten_with_path(inputs)
        leaves = {name_of_input(path): leaf for path, leaf in paths}
        moved = {name: leaf for name, leaf in leaves.items() if is_float(leaf) and np.isfinite(leaf).all()}
        for name, leaf in moved.items():
            require_precision(name, _dtype(leaf))
        held = {name: leaf for name, leaf in leaves.items() if name not in moved}

        def outputs(x: Mapping[str, Any]) -> list[Any]:
            arguments = form.unflatten([x.get(name, leaf) for name, leaf in leaves.items()])
            output = jax.tree_util.tree_leaves(fn(*arguments))
            ys = [jax.numpy.asarray(leaf) for leaf in output if is_float(leaf)]
            require_outputs(ys, output)
            return ys

        def product(x: Mapping[str, Any], us: Sequence[Array]) -> Any:
            return sum((y * u.astype(y.dtype)).sum() for y, u in zip(outputs(x), us, strict=True))

        def f(x: Point) -> Any:
            return np.asarray(product(on_device(x), us))

        def gradient(x: Point, times: float) -> Point:
            return pullback(x, [np.asarray(times * u) for u in us])

        def pullback(x: Point, us: Sequence[Array]) -> Point:
            return {name: np.asarray(g) for name, g in jax.grad(product)(on_device(x), us).items()}

        def on_device(x: Point) -> dict[str, Any]:
            return {name: jax.numpy.asarray(array) for name, array in x.items()}

        point = {name: np.asarray(leaf, dtype) for name, leaf in moved.items()}
        us = covectors([y.shape for y in outputs(on_device(point))], seed)
        casts = Casts()
        wide, wide_gradient = both_without_casts(product, jax.grad(product), casts)
        full = FullDigits(
            lambda x: np.asarray(wide(on_device(x), us)),
            lambda x: {name: np.asarray(g) for name, g in wide_gradient(on_device(x), us).items()},
            casts,
        )
        return check_by_name(
            f,
            gradient,
            point,
            [f"checked in {dtype}", *held_constant(held)],
            outputs=lambda x: outputs(on_device(x)),
            pullback=pullback,
            full=full,
            seed=seed,
            max_evaluations=max_evaluations,
            tolerance=tolerance,
            max_seconds=max_seconds,
        )


def _dtype(leaf: Any) -> Any:
    return leaf.dtype if hasattr(leaf, "dtype") else np.asarray(leaf).dtype
