"""A user's function or class as what the checker takes: f, its claimed gradient, and a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradwright.check.conventions.calls import described, require_arguments
from gradwright.check.conventions.target import Target
from gradwright.check.points import Tree
from gradwright.check.tracebacks import told
from gradwright.errors import CheckError, ConfigError
from gradwright.usercode.names import Name

Function = Callable[[Any], Any]


def point_at(at: Name) -> Any:
    """The value that ``at`` names, or that the function of this name makes.

    Raises ``ConfigError`` for a function with arguments, ``CheckError`` for one that raises.
    """
    value = at.load()
    if not callable(value):
        return value
    require_arguments(value, at)
    try:
        return value()
    except BaseException as error:
        raise CheckError(f"{at} raised {told(error)}") from None


def one_function(target: Name, loss_and_grad: Function, point: Any) -> Target:
    """The target of a function that returns (loss, gradient)."""
    require_arguments(loss_and_grad, target, "point")

    def both(x: Any) -> tuple[Any, Any]:
        value = loss_and_grad(x)
        if not (isinstance(value, tuple | list) and len(value) == 2):
            raise ConfigError(
                f"{target}: expected it to return (loss, gradient), found {described(value)}; "
                "a gradient that is another function is named by --gradient"
            )
        return a_loss(value[0], target), value[1]

    return Target(lambda x: both(x)[0], lambda x: both(x)[1], point)


def two_functions(target: Name, loss: Function, gradient: Name, point: Any) -> Target:
    """The target of a function that returns the loss, and of another that returns its gradient."""
    require_arguments(loss, target, "point")
    grad = gradient.load()
    if not callable(grad):
        raise ConfigError(f"{gradient}: expected a function, found {described(grad)}")
    require_arguments(grad, gradient, "point")
    return Target(lambda x: a_loss(loss(x), target), grad, point)


def require_point(at: Name, point: Any) -> None:
    """Raise ``ConfigError`` unless ``point`` is an array of floats or nested containers of such."""
    try:
        Tree.of(point)
    except ConfigError as error:
        raise ConfigError(f"{at}: {error}") from None


def a_loss(value: Any, target: Name) -> Any:
    """``value`` if it is one number, real or complex; raises ``ConfigError`` for anything else."""
    number = isinstance(value, int | float | complex | np.generic) or getattr(value, "size", None) == 1
    if not number:
        raise ConfigError(f"{target}: expected one number as the loss, found {described(value)}")
    return value
