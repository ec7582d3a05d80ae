"""Derivatives without subtraction: the imaginary part of f at a point moved off the real line."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gradwright.check.points import Array
from gradwright.errors import CheckError, ConfigError, ShapeError

# The imaginary part is stored apart from the real one, so no digit of x is lost however small the step is,
# and h^2 = 1e-200 is below the rounding of everything that is not itself as small.
STEP = 1e-100


def complex_step_derivative(f: Callable[[Array], Any], x: Array, direction: Array) -> Array:
    """D f(x)[v] = Im f(x + i h v) / h, right to rounding        x, v (...) -> as f returns, real

    The error is O(h^2) with h = 1e-100, and nothing is subtracted, so that all digits are good (Squire and
    Trapp, SIAM Review 1998). ``f`` may return a number or an array; ``x`` is float64.

    ``f`` must carry complex numbers through: comparisons look at ``.real``, and ``abs`` and ``float`` do
    not occur. Where only a part of f drops its imaginary part this cannot be noticed here; the Taylor
    test, which needs real values alone, is the second witness.

    Raises ``CheckError`` where f returns real numbers for complex ones, ``ShapeError`` where ``direction``
    has not the shape of x.

    >>> x = np.array([1.0, 2.0])
    >>> float(complex_step_derivative(lambda z: (z**3).sum(), x, np.array([1.0, 0.0])))
    3.0
    """
    x = _as_point(x)
    if np.shape(direction) != x.shape:
        raise ShapeError(f"direction: expected the shape {x.shape} of x, found {np.shape(direction)}")
    value = complex_value(f, x + 1j * STEP * direction)
    return value.imag / STEP


def complex_step_gradient(f: Callable[[Array], Any], x: Array) -> Array:
    """The whole gradient of f: x -> a number, entry by entry        x (...) -> (...)

    One call of f for each entry of x, so for small x. Conditions and errors are those of
    ``complex_step_derivative``.

    >>> complex_step_gradient(lambda z: z[0] * z[1], np.array([2.0, 5.0]))
    array([5., 2.])
    """
    gradient = np.empty_like(_as_point(x))
    for place in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[place] = 1
        derivative = complex_step_derivative(f, x, unit)
        if np.ndim(derivative):
            raise ShapeError(f"f: expected a single number, found the shape {np.shape(derivative)}")
        gradient[place] = derivative
    return gradient


def complex_value(f: Callable[[Array], Any], z: Array) -> Array:
    """f(z); raises ``CheckError`` at every sign that f does not carry complex numbers through."""
    advice = "the complex step needs an f without float(), abs() or real buffers that depends on x"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            value = np.asarray(f(z))
    except (TypeError, np.exceptions.ComplexWarning) as error:
        raise CheckError(f"f: expected a complex value for a complex x, found {error}; {advice}") from error
    if not np.iscomplexobj(value):
        raise CheckError(f"f: expected a complex value for a complex x, found {value.dtype}; {advice}")
    return value


def _as_point(x: Array) -> Array:
    """``x``, if it is an array of finite float64 numbers; a check in fewer digits would prove little.

    Raises ``ConfigError`` for anything else.
    """
    found = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else f"{type(x).__name__}"
    if found != "an array of float64":
        raise ConfigError(f"x: expected an array of float64, found {found}")
    if not np.isfinite(x).all():
        raise ConfigError(f"x: expected finite numbers, found {x[~np.isfinite(x)][0]}")
    return x
