"""The scale on which configurations are compared: one on which a seed counts for as much at any level.

A loss of 32 scatters by tens, one of 0.1 by hundredths, and three values around 32 are anything but normal.
On the scale of logarithms both scatter by shares of themselves. An accuracy is squeezed near 0 and 1, its
log-odds are not. (Variance-stabilising transformations: Bartlett, Biometrics 3, 1947.) Every scale rises
where a metric gets better, and no order of single values is changed by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from gradwright.nn.layer import Array
from gradwright.training.metrics import Metric, as_metric

Kind: TypeAlias = Literal["plain", "logarithm", "log-remainder", "log-odds"]


@dataclass(frozen=True)
class Scale:
    """Values of a metric to numbers that rise where it gets better, and back.

    =================  ================================================
    ``plain``          v, or -v for an error
    ``logarithm``      -log v, for errors
    ``log-remainder``  -log(1 - v), for R2 and its like, that end at 1 only
    ``log-odds``       log(v / (1 - v)), for shares
    =================  ================================================

    ``least`` is how near to its end (0, or 0 and 1) a value may come: what lies nearer stands for it.
    """

    kind: Kind
    sign: float = 1.0
    least: float = 0.0

    def of(self, values: Array) -> Array:
        """The numbers that stand for these values; NaN stays."""
        if self.kind == "plain":
            return self.sign * values
        if self.kind == "logarithm":
            numbers: Array = -np.log(np.maximum(values, self.least))
        elif self.kind == "log-remainder":
            numbers = -np.log(np.maximum(1 - values, self.least))
        else:
            shares = np.clip(values, self.least, 1 - self.least)
            numbers = np.log(shares / (1 - shares))
        return numbers

    def back(self, numbers: Array) -> Array:
        """The values that these numbers stand for."""
        if self.kind == "plain":
            return self.sign * numbers
        with np.errstate(over="ignore"):
            inverse = np.exp(-numbers)
        return {"logarithm": inverse, "log-remainder": 1 - inverse, "log-odds": 1 / (1 + inverse)}[self.kind]

    def behind(self, best: float, numbers: Array) -> Array:
        """How far behind, in the metric's unit, is what lies ``numbers`` (k,) below ``best`` on the scale."""
        return self.sign * (self.back(np.array(best)) - self.back(best - numbers))


def scale_for(metric: Metric | str, values: Array) -> Scale:
    """The scale for these values of a metric, NaN among them.

    Shares of rows have log-odds, what ends at 1 and may be negative the logarithm of what is missing to 1,
    errors that are never negative a logarithm; the rest stays as it is. A share of 0 or 1, or an error of 0,
    is where these have no end: it is taken as half as far from there as the nearest other value (half a row,
    where accuracies are counted on rows).

    >>> scale_for("validation.loss", np.array([[0.5, 0.02]]))
    Scale(kind='logarithm', sign=-1.0, least=0.01)
    >>> scale_for("validation.accuracy", np.array([[1.0, 0.98]])).kind
    'log-odds'
    """
    sign = as_metric(metric).sign
    up = sign > 0
    known = values[~np.isnan(values)]
    kind: Kind = "plain"
    if up and known.max() <= 1:
        kind = "log-odds" if known.min() >= 0 else "log-remainder"
        known = np.concatenate([known, 1 - known]) if kind == "log-odds" else 1 - known
    elif not up and known.min() >= 0:
        kind = "logarithm"
    positive = known[known > 0]
    if kind == "plain" or not len(positive):
        return Scale("plain", sign)
    return Scale(kind, sign, float(positive.min()) / 2)
