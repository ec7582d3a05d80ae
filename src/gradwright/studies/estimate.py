"""What a few noisy values allow to say of the one behind them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gradwright.studies.scipy_special import special

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value, or the mean of ``count`` of them with their spread ``sd`` (n - 1 in the divisor).

    >>> Estimate.of([1.0, 2.0, 3.0])
    Estimate(mean=2.0, sd=1.0, count=3)
    >>> Estimate(0.9).interval is None
    True
    """

    mean: float
    sd: float | None = None
    count: int = 1

    @classmethod
    def of(cls, values: Iterable[float]) -> Estimate:
        """The mean of at least one value, and the spread of at least two."""
        values = list(values)
        return cls(
            statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None, len(values)
        )

    @property
    def interval(self) -> tuple[float, float] | None:
        """Student's 95 % interval mean -+ t sd / sqrt(n), right where the values are normal around one mean.

        None for a single value. Raises ``ConfigError`` where SciPy is not installed.

        >>> Estimate.of([1.0, 2.0, 3.0]).interval
        (-0.484..., 4.484...)
        """
        if self.sd is None:
            return None
        half = float(t_quantile(0.5 + CONFIDENCE / 2, self.count - 1)) * self.sd / math.sqrt(self.count)
        return self.mean - half, self.mean + half

    def to_dict(self) -> dict[str, float | None]:
        """Mean and spread, as plain data for JSON."""
        return {"mean": self.mean, "sd": self.sd}


def t_quantile(probability: float, freedom: Any) -> Any:
    """The quantile of Student's t distribution."""
    return special().stdtrit(freedom, probability)
