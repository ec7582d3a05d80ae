"""What a setting may hold: types that say their range, in words and as a test.

A field is declared once, as in ``momentum: Fraction = 0.0``. ``check_fields`` holds a frozen dataclass to it,
``require`` an argument, and a ``Strict`` table what a file says.
"""

from __future__ import annotations

import functools
import math
import sys
import typing
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

import numpy as np
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gradwright.errors import ConfigError

LARGEST = sys.float_info.max
MOST = 10**9  # of anything that is counted: sizes, epochs, steps


@dataclass(frozen=True)
class Domain:
    """The values of one type for which ``holds`` is true, numbers up to ``most``.

    ``most`` is far beyond any use, and spoken of only where it is passed: a count is bounded before anything
    is counted or made by it.
    """

    words: str
    kind: Callable[[Any], object]  # float, int, str or bool
    holds: Callable[[Any], bool]
    most: float = math.inf

    def __contains__(self, value: Any) -> bool:
        plain = as_plain(value)
        truth = isinstance(plain, bool)  # which Python takes for a whole number
        accepted = isinstance(plain, _ACCEPTED[self.kind]) and truth == (self.kind is bool)
        return accepted and self.holds(plain) and not self._is_beyond(plain)

    def expected(self, value: Any) -> str:
        """What should stand in place of ``value``, in words."""
        return f"{self.words}, of at most {self.most:,}" if self._is_beyond(value) else self.words

    def _is_beyond(self, value: Any) -> bool:
        plain = as_plain(value)
        return isinstance(plain, int | float) and plain > self.most

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        def keep(value: Any) -> Any:
            if value not in self:
                raise PydanticCustomError("domain", "{words}", {"words": self.expected(value)})
            return self.kind(as_plain(value))

        return core_schema.no_info_plain_validator_function(keep)


Fraction: TypeAlias = Annotated[float, Domain("a number in [0, 1)", float, lambda x: 0 <= x < 1)]
OpenFraction: TypeAlias = Annotated[float, Domain("a number in (0, 1)", float, lambda x: 0 < x < 1)]
Positive: TypeAlias = Annotated[float, Domain("a finite number > 0", float, lambda x: 0 < x <= LARGEST)]
NonNegative: TypeAlias = Annotated[float, Domain("a finite number >= 0", float, lambda x: 0 <= x <= LARGEST)]
AtLeastOne: TypeAlias = Annotated[float, Domain("a finite number >= 1", float, lambda x: 1 <= x <= LARGEST)]
Count: TypeAlias = Annotated[int, Domain("a whole number >= 1", int, lambda n: n >= 1, MOST)]
Whole: TypeAlias = Annotated[int, Domain("a whole number >= 0", int, lambda n: n >= 0, MOST)]
Seed: TypeAlias = Annotated[int, Domain("a whole number >= 0", int, lambda n: n >= 0, 2**128 - 1)]

_PLAIN = {  # what a type means that declares nothing more
    bool: Domain("true or false", bool, lambda _: True),
    int: Domain("a whole number", int, lambda _: True),
    float: Domain("a finite number", float, lambda x: abs(x) <= LARGEST),
    str: Domain("a text", str, lambda _: True),
}
Finite: TypeAlias = Annotated[float, _PLAIN[float]]


def check_fields(value: Any) -> None:
    """Keep each field of the frozen ``value`` as a plain number, text or truth; for ``__post_init__``.

    Plain, because a NumPy scalar such as ``np.float64(0.9)`` would turn float32 parameters into float64.

    Raises ``ConfigError`` for a field outside the domain that its type declares.
    """
    for name, plain in require_fields(value, f"{type(value).__name__}.").items():
        object.__setattr__(value, name, plain)


def require_fields(value: Any, where: str = "") -> dict[str, Any]:
    """The fields of ``value`` whose types declare a domain, by name, each as a plain value.

    None is left alone where a type allows it. Raises ``ConfigError``, which begins with ``where`` and the
    name, for a field outside its domain.
    """
    cls: type = type(value)
    given = {name: (hint, getattr(value, name)) for name, hint in field_types(cls).items()}
    return {
        name: require(f"{where}{name}", found, hint)
        for name, (hint, found) in given.items()
        if domain_of(hint) is not None and not (found is None and NoneType in get_args(hint))
    }


def require(name: str, value: Any, of: Any) -> Any:
    """``value`` as the plain Python value of a domain, or of a type that declares one.

    Raises ``ConfigError``, which begins with ``name``, for anything else.

    >>> require("epochs", np.int64(3), Count)
    3
    """
    domain = domain_of(of)
    assert domain is not None, f"{of} declares no domain"
    if value not in domain:
        raise ConfigError(f"{name}: expected {domain.expected(value)}, found {value!r}")
    return domain.kind(as_plain(value))


@functools.cache
def field_types(cls: type) -> dict[str, Any]:
    """The fields of a dataclass with their types, and what these declare.

    >>> from gradwright.optim import SGD
    >>> domain_of(field_types(SGD)["momentum"]).words
    'a number in [0, 1)'
    """
    for base in cls.__mro__:
        with suppress(NameError):  # a subclass may be declared with a type that only a function knows
            hints = typing.get_type_hints(base, include_extras=True)
            return {name: hints[name] for name in getattr(base, "__dataclass_fields__", {})}
    return {}


def domain_of(hint: Any) -> Domain | None:
    """The domain that a type declares, or the one option of it that does; None for any other type."""
    if isinstance(hint, Domain):
        return hint
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        *others, last = map(repr, choices)
        words = f"{', '.join(others)} or {last}" if others else last
        return Domain(words, type(choices[0]), lambda value: value in choices)
    if get_origin(hint) is Annotated:
        return next(filter(None, map(domain_of, hint.__metadata__)), None)
    if get_origin(hint) in (Union, UnionType):
        return next(filter(None, map(domain_of, get_args(hint))), None)
    return _PLAIN.get(hint) if isinstance(hint, type) else None


def as_plain(value: Any) -> Any:
    """A NumPy scalar as the Python number that it holds; anything else as it is.

    >>> as_plain(np.float32(0.5)), as_plain("Tanh")
    (0.5, 'Tanh')
    """
    return value.item() if isinstance(value, np.generic) else value


_ACCEPTED: dict[Callable[[Any], object], tuple[type, ...]] = {
    float: (float, int),
    int: (int,),
    str: (str,),
    bool: (bool,),
}
