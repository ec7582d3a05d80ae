"""What a forward returns, as one number: <y, u> with a covector u, and u for the backward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.check.conventions.calls import described
from gradwright.check.covectors import covectors
from gradwright.check.points import Array
from gradwright.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Covectors:
    """A random u for each output y."""

    us: tuple[Array, ...]

    @classmethod
    def of(cls, name: object, ys: Sequence[Any], seed: int) -> Covectors:
        """Those of the outputs ``ys``.

        Raises ``ConfigError`` for an output that is neither an array of floats nor a number.
        """
        for y in ys:
            if not isinstance(y, np.ndarray | np.floating | float) or np.asarray(y).dtype.kind != "f":
                found = described(y)
                raise ConfigError(f"{name}: expected forward to return an array of floats, found {found}")
        arrays = [np.asarray(y) for y in ys]
        drawn = covectors([y.shape for y in arrays], seed)
        return cls(tuple(u.astype(y.dtype) for u, y in zip(drawn, arrays, strict=True)))

    @property
    def of_a_number(self) -> float | None:
        """The one of the one output, if that is one number."""
        return float(self.us[0].ravel()[0]) if len(self.us) == 1 and self.us[0].size == 1 else None

    def number(self, ys: Sequence[Any]) -> Any:
        """sum <y, u>, in double precision."""
        return sum((y * u.astype(np.float64)).sum() for y, u in zip(ys, self.us, strict=True))

    def given(self, times: float = 1.0) -> list[Any]:
        """Fresh copies for one call of a backward, ``times`` what they are; of a number one number."""
        us = [np.asarray(u.dtype.type(times) * u) for u in self.us]
        return [u if u.ndim else u[()] for u in us]
