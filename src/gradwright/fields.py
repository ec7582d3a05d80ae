"""What a setting may hold, in words and as a test: the fields of layers and optimizers, and arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.errors import ConfigError

LARGEST = sys.float_info.max


@dataclass(frozen=True)
class Domain:
    """The values of one type for which ``holds`` is true."""

    words: str
    kind: Callable[[Any], object]  # float, int, str or bool
    holds: Callable[[Any], bool]


FRACTION = Domain("a number in [0, 1)", float, lambda x: 0 <= x < 1)
POSITIVE_FRACTION = Domain("a number in (0, 1)", float, lambda x: 0 < x < 1)
FINITE = Domain("a finite number", float, lambda x: abs(x) <= LARGEST)
POSITIVE = Domain("a finite number > 0", float, lambda x: 0 < x <= LARGEST)
NON_NEGATIVE = Domain("a finite number >= 0", float, lambda x: 0 <= x <= LARGEST)
AT_LEAST_ONE = Domain("a finite number >= 1", float, lambda x: 1 <= x <= LARGEST)
COUNT = Domain("a whole number >= 1", int, lambda n: n >= 1)
WHOLE = Domain("a whole number >= 0", int, lambda n: n >= 0)
FLAG = Domain("True or False", bool, lambda _: True)


def check_fields(value: object, /, **domains: Domain) -> None:
    """Keep each named field of the frozen ``value`` as a plain number, text or truth; for ``__post_init__``.

    Plain, because a NumPy scalar such as ``np.float64(0.9)`` would turn float32 parameters into float64.

    Raises ``ConfigError`` for a field outside its domain.
    """
    for name, domain in domains.items():
        plain = require(f"{type(value).__name__}.{name}", getattr(value, name), domain)
        object.__setattr__(value, name, plain)


def require(name: str, value: Any, domain: Domain) -> Any:
    """``value`` as the plain Python value of a domain.

    Raises ``ConfigError``, which begins with ``name``, for anything else.

    >>> require("epochs", np.int64(3), COUNT)
    3
    """
    plain = as_plain(value)
    truth = isinstance(plain, bool)  # which Python takes for a whole number
    accepted = isinstance(plain, _ACCEPTED[domain.kind]) and truth == (domain.kind is bool)
    if not (accepted and domain.holds(plain)):
        raise ConfigError(f"{name}: expected {domain.words}, found {value!r}")
    return domain.kind(plain)


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
