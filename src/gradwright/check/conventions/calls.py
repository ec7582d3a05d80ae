"""How a user's function may be called, and what it gave, in the words of a message."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from gradwright.check.tracebacks import defined_at
from gradwright.errors import ConfigError

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether ``function`` can be called with so many arguments; what does not say is believed."""
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # written in C, without a signature
        return True
    return True


def require_arguments(function: Callable[..., Any], name: object, *expected: str) -> None:
    """Raise ``ConfigError`` unless ``function`` can be called with the arguments that are ``expected``."""
    if not takes(function, len(expected)):
        wanted = ", ".join(expected)
        raise ConfigError(
            f"{name}: expected a function that can be called as {own_name(function)}({wanted}), "
            f"found {own_name(function)}{inspect.signature(function)}{defined_at(function)}"
        )


def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments that a function takes by position; none where it does not say.

    >>> argument_names(lambda x, w, *rest: x)
    ('x', 'w')
    """
    if isinstance(function, FunctionType) and not vars(function):  # not wrapped: asked at every call
        return function.__code__.co_varnames[: function.__code__.co_argcount]
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(each.name for each in parameters if each.kind in POSITIONAL)


def own_name(function: Any) -> str:
    """What a function or class is called, or the class of an object."""
    return str(getattr(function, "__name__", type(function).__name__))


def described(value: Any) -> str:
    """What a value is, in the words of a message.

    >>> described(np.zeros((2, 3))), described((1, 2)), described(None)
    ('an array of shape (2, 3)', 'a tuple of 2', 'None')
    """
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    if isinstance(value, int | float | np.number):
        return f"the number {value:g}"
    return "None" if value is None else f"{type(value).__name__} {value!r:.40}"
