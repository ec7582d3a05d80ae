"""What the fields of optimizers and schedules may hold, in words and as a test."""

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
    kind: Callable[[Any], object]  # float, int or str
    holds: Callable[[Any], bool]


FRACTION = Domain("a number in [0, 1)", float, lambda x: 0 <= x < 1)
POSITIVE_FRACTION = Domain("a number in (0, 1)", float, lambda x: 0 < x < 1)
POSITIVE = Domain("a finite number > 0", float, lambda x: 0 < x <= LARGEST)
NON_NEGATIVE = Domain("a finite number >= 0", float, lambda x: 0 <= x <= LARGEST)
AT_LEAST_ONE = Domain("a finite number >= 1", float, lambda x: 1 <= x <= LARGEST)
COUNT = Domain("a whole number >= 1", int, lambda n: n >= 1)


def check_fields(value: object, /, **domains: Domain) -> None:
    """Keep each named field of the frozen ``value`` as a plain float, int or str; call in ``__post_init__``.

    Plain, because a NumPy scalar such as ``np.float64(0.9)`` would turn float32 parameters into float64.

    Raises ``ConfigError`` for a field outside its domain.
    """
    for name, domain in domains.items():
        found = getattr(value, name)
        plain = found.item() if isinstance(found, np.generic) else found
        accepted = isinstance(plain, _ACCEPTED[domain.kind]) and not isinstance(plain, bool)
        if not (accepted and domain.holds(plain)):
            raise ConfigError(f"{type(value).__name__}.{name}: expected {domain.words}, found {found!r}")
        object.__setattr__(value, name, domain.kind(plain))


_ACCEPTED: dict[Callable[[Any], object], tuple[type, ...]] = {float: (float, int), int: (int,), str: (str,)}
