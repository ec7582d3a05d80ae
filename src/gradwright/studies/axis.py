"""A setting that a study varies: its values, a list or a range, as a map from the unit interval."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gradwright.errors import ConfigError


class Values(Protocol):
    """The values that an axis may take."""

    def at(self, u: float) -> Any:
        """The value at u in [0, 1]."""

    def unit(self, value: Any) -> float:
        """A u whose value is ``value``: the middle of those where there are several."""

    def grid(self, count: int) -> list[Any]:
        """All values where they can be listed, else ``count`` evenly spaced ones with both ends."""

    def size(self, count: int) -> int:
        """The length of ``grid(count)``, which may be too long to be made."""


@dataclass(frozen=True)
class Choice:
    """One of a list, all equally likely.

    >>> Choice(("SGD", "Adam")).at(0.7)
    'Adam'
    """

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ConfigError("expected at least one value, found none")
        names = [json.dumps(value, sort_keys=True) for value in self.values]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ConfigError(f"expected different values, found {name} twice")

    def at(self, u: float) -> Any:
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def unit(self, value: Any) -> float:
        return (self.values.index(value) + 0.5) / len(self.values)

    def grid(self, count: int) -> list[Any]:  # noqa: ARG002
        return list(self.values)

    def size(self, count: int) -> int:  # noqa: ARG002
        return len(self.values)


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, evenly or (log) by their logarithm; whole numbers include both ends.

    >>> Range(1e-4, 1.0, log=True).at(0.5)
    0.01
    >>> Range(1, 6, whole=True).grid(0)
    [1, 2, 3, 4, 5, 6]
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ConfigError(
                f"expected a range from a low number to a higher one, found {self.low} to {self.high}"
            )
        if self.log and self.low <= 0:
            raise ConfigError(f"expected a range above 0 for a logarithmic scale, found {self.low}")

    def at(self, u: float) -> Any:
        low, high = self._ends()
        number = low + u * (high - low)
        if self.log:
            number = math.exp(number)
        number = self.tidy(number)
        if self.whole:
            return min(max(math.floor(number + 0.5), int(self.low)), int(self.high))
        return number

    def tidy(self, number: float) -> float:
        """A number of the range with fifteen digits: every machine's exp and log lead to the same setting."""
        return min(max(float(f"{number:.15g}"), self.low), self.high)

    def unit(self, value: Any) -> float:
        low, high = self._ends()
        number = math.log(value) if self.log else value
        return float((number - low) / (high - low))

    def grid(self, count: int) -> list[Any]:
        if self.whole and not self.log:
            return list(range(int(self.low), int(self.high) + 1))
        return list(dict.fromkeys(self.at(i / (count - 1)) for i in range(count)))

    def size(self, count: int) -> int:
        return int(self.high) - int(self.low) + 1 if self.whole and not self.log else len(self.grid(count))

    def _ends(self) -> tuple[float, float]:
        """The scale's ends; whole numbers own half a step on either side, so that all are equally likely."""
        half = 0.5 if self.whole else 0.0
        low, high = self.low - half, self.high + half
        return (math.log(low), math.log(high)) if self.log else (low, high)


@dataclass(frozen=True)
class Axis:
    """A setting that a study varies, by its dotted path; ``when`` says what it needs of others."""

    path: str
    values: Values
    when: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def active(self, point: Mapping[str, Any]) -> bool:
        """Whether the setting means something where the other axes stand at ``point``."""
        return all(path in point and point[path] in allowed for path, allowed in self.when)
