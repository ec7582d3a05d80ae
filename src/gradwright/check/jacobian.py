"""Jacobians: J' u by random covectors, J v along random directions, and the whole matrix of a small layer.

Each claim becomes the gradient of a function whose value is one number, and ``check_gradient`` decides.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from gradwright.check.covectors import covector, told_if_ignored
from gradwright.check.points import Array, Tree
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.directions import size_of
from gradwright.check.verdict.gradient import check_gradient
from gradwright.errors import CheckError, ConfigError

DIRECTIONS = 8  # of J v at once: each is one number to differentiate by


def check_jacobian(
    forward: Callable[[Any], Any],
    vjp: Callable[[Any, Array], Any],
    x: Any,
    *,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
) -> GradientReport:
    """Whether ``vjp(x, u)`` is J' u, J being the Jacobian of ``forward`` at ``x``.

    It is the gradient of f(x) = <forward(x), u>, here for a random normal covector u in the form of
    forward(x), an array of any shape: no error in J is orthogonal to it but by chance. ``x`` is an array, or
    a dictionary, list or tuple of arrays: with the input, the weights and the biases of a layer in it, each
    is judged by name. ``tolerance`` is as in ``check_gradient``.

    Raises ``CheckError`` where forward(x) is no array of real numbers, and what ``check_gradient`` raises.

    >>> W = np.array([[1.0, -2.0], [0.5, 3.0]])
    >>> def forward(x):
    ...     return np.tanh(x @ W)
    >>> def vjp(x, u):
    ...     return (u * (1 - np.tanh(x @ W) ** 2)) @ W.T
    >>> check_jacobian(forward, vjp, np.array([[0.3, -0.1]])).verdict
    'correct'
    """
    u = covector(_at(forward, Tree.of(x)), seed)
    report = check_gradient(
        lambda x: _product(forward(x), u),
        lambda x: vjp(x, u.copy()),
        x,
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
    )
    return told_if_ignored(report, lambda x, times: vjp(x, u.dtype.type(times) * u), copy.deepcopy(x))


def check_jvp(
    forward: Callable[[Any], Any],
    jvp: Callable[[Any, Any], Any],
    x: Any,
    *,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
) -> GradientReport:
    """Whether ``jvp(x, v)`` is J v, the derivative of ``forward`` at ``x`` along v; v has the form of x.

    For eight random directions v_k, scaled to the size of x, and a random covector u, the derivatives of
    f(t) = <forward(x + sum_k (t_k - 1) v_k), u> at t = 1 are <J v_k, u>. The report calls t ``direction``.
    ``tolerance`` is as in ``check_gradient``.

    Raises ``CheckError`` where forward(x) is no array of real numbers or jvp(x, v) is not like it, and what
    ``check_gradient`` raises.

    >>> check_jvp(lambda x: x**3, lambda x, v: 3 * x**2 * v, np.array([0.5, -1.0])).verdict
    'correct'
    """
    tree = Tree.of(x)
    start = tree.pack(x)
    u = covector(_at(forward, tree), seed)
    rng = own_generator(seed, Stream.TANGENTS)
    sizes = np.empty(tree.size)
    for leaf in tree.leaves:
        sizes[leaf.places] = size_of(start[leaf.places])
    directions = rng.standard_normal((DIRECTIONS, tree.size)) * sizes / np.sqrt(DIRECTIONS)

    def at(t: Array) -> Any:
        point = start + (t - 1) @ directions
        return tree.unpack_complex(point) if np.iscomplexobj(t) else tree.unpack(point)[0]

    def grad(point: dict[str, Array]) -> dict[str, Array]:
        slopes = []
        for v in directions:
            y = np.asarray(jvp(at(point["direction"]), tree.unpack(v)[0]))
            if y.shape != u.shape:
                raise CheckError(f"jvp(x, v): expected the shape {u.shape} of forward(x), found {y.shape}")
            slopes.append(_product(y, u))
        return {"direction": np.array(slopes)}

    # t begins at 1, not 0: then it is rounded as x is, and its size says what a small step is
    coarsest = max((leaf.dtype for leaf in tree.leaves), key=lambda dtype: float(np.finfo(dtype).eps))
    return check_gradient(
        lambda point: _product(forward(at(point["direction"])), u),
        grad,
        {"direction": np.ones(DIRECTIONS, coarsest)},
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
    )


def check_jacobian_matrix(
    forward: Callable[[Array], Array],
    jacobian: Callable[[Array], Array],
    x: Array,
    *,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
) -> GradientReport:
    """Whether ``jacobian(x)`` is the whole Jacobian of ``forward``, down to which entry is wrong.

    Entry [k, i] is the derivative of y_k by x_i; for y and x of more axes than one it is
    ``jacobian(x)[*k, *i]``. Each output gets a copy of x for itself: f(x_1, ..., x_m) = sum_k forward(x_k)_k,
    whose gradient is that very matrix, and so the report names a wrong entry as ``J[2, 3]``. One evaluation
    of f is m calls of ``forward``: for small layers. ``tolerance`` is as in ``check_gradient``.

    Raises ``CheckError`` where forward(x) is no array of real numbers or jacobian(x) has another shape, and
    what ``check_gradient`` raises.

    >>> W = np.array([[1.0, -2.0, 0.5], [0.5, 3.0, 1.0]])
    >>> report = check_jacobian_matrix(lambda x: np.exp(x @ W), lambda x: (np.exp(x @ W) * W).T, np.ones(2))
    >>> report.verdict
    'correct'
    """
    if not isinstance(x, np.ndarray):
        raise ConfigError(f"x: expected an array, found {type(x).__name__}")
    y = _at(forward, Tree.of(x))
    outputs = list(np.ndindex(y.shape))
    expected = y.shape + x.shape

    def row(x: Array, k: tuple[int, ...]) -> Array:
        matrix = np.asarray(jacobian(x))
        if matrix.shape != expected:
            raise CheckError(f"jacobian(x): expected the shape {expected}, found {matrix.shape}")
        return np.asarray(matrix[k])

    return check_gradient(
        lambda point: sum(forward(point["J"][k])[k] for k in outputs),
        lambda point: {"J": np.array([row(point["J"][k], k) for k in outputs]).reshape(expected)},
        {"J": np.broadcast_to(x, expected)},
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
    )


def _product(y: Any, u: Array) -> Any:
    """<y, u>, summed in double precision."""
    return (y * u.astype(np.float64)).sum()


def _at(forward: Callable[[Any], Any], tree: Tree) -> Array:
    """forward(x), called on a copy of x."""
    y = np.asarray(forward(tree.unpack(tree.pack(tree.template))[0]))
    if y.dtype.kind != "f":
        raise CheckError(f"forward(x): expected an array of real numbers, found {y.dtype}")
    return y
