"""The auditor: what arithmetic alone can say about reported numbers.

It knows nothing of how they were made. It says of an accuracy that no k of n rows gives it, of a loss that a
guess is better, of a winner that chance would do as much, and of two figures that they cannot both be right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

from gradwright.audit.claims import Claims, Comparison, Figure

CERTAIN = 3.0  # standard errors: two figures of one setting that are further apart contradict each other


@dataclass(frozen=True)
class Contradiction:
    """One thing that cannot be: its kind, the figures that it is about, and the arithmetic in a sentence."""

    kind: str
    figures: tuple[str, ...]
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self) | {"figures": list(self.figures)}


def audit(claims: Claims) -> list[Contradiction]:
    """Everything in ``claims`` that arithmetic forbids, in the order of the table.

    >>> from gradwright.audit.claims import make_claims
    >>> table = {"source": "S4", "figure": [{"name": "one cycle", "accuracy": "49.536 %", "rows": 10000}]}
    >>> [found.kind for found in audit(make_claims(table))]
    ['no k/n']
    """
    found = [each for figure in claims.figures for check in CHECKS for each in check(figure)]
    found += [each for comparison in claims.comparisons for each in _noise(claims, comparison)]
    return found + list(_disagreements(claims))


def _whole_counts(figure: Figure) -> Iterator[Contradiction]:
    """An accuracy a of n rows is k/n, rounded or cut off at its last digit u: a - u/2 <= k/n < a + u."""
    if figure.accuracy is None or figure.rows is None or not 0 <= figure.accuracy <= 1:
        return
    a, u, n = Fraction(figure.accuracy), Fraction(figure.unit), figure.rows
    k = math.ceil((a - u / 2) * n)
    if Fraction(k, n) < a + u:
        return
    below, above = math.floor(a * n), math.floor(a * n) + 1
    yield Contradiction(
        "no k/n",
        (figure.name,),
        f"{figure.name}: {figure.accuracy} of {n:,} rows would be {float(a * n):g} of them; {below:,} give "
        f"{below / n:.6g} and {above:,} give {above / n:.6g}. Read as exact, it needs a multiple of "
        f"{a.denominator:,} rows.",
    )


def _counted(figure: Figure) -> Iterator[Contradiction]:
    """Where the count is told as well, k/n must be the share."""
    if figure.accuracy is None or figure.rows is None or figure.count is None:
        return
    share = Fraction(figure.count, figure.rows)
    if abs(share - Fraction(figure.accuracy)) > Fraction(figure.unit):
        yield Contradiction(
            "wrong share",
            (figure.name,),
            f"{figure.name}: {figure.count:,} of {figure.rows:,} is {float(share):.4%}, "
            f"not {float(figure.accuracy):.4%}.",
        )


def _limits(figure: Figure) -> Iterator[Contradiction]:
    """A share lies between 0 and 1, and below the limit that is stated beside it."""
    if figure.accuracy is None:
        return
    if not 0 <= figure.accuracy <= 1:
        message = f"{figure.name}: an accuracy lies between 0 and 1, found {figure.accuracy}."
        yield Contradiction("no share", (figure.name,), message)
    if figure.upper is not None and figure.accuracy > figure.upper:
        message = f"{figure.name}: {figure.accuracy} lies above its own upper limit of {figure.upper}."
        yield Contradiction("above its limit", (figure.name,), message)


def _untrained(figure: Figure) -> Iterator[Contradiction]:
    """A guess by equal chances has the loss ln K; a trained model is better than that."""
    if not figure.trained or figure.loss is None or figure.classes is None:
        return
    guess = math.log(figure.classes)
    if figure.loss > Decimal(guess):
        yield Contradiction(
            "worse than a guess",
            (figure.name,),
            f"{figure.name}: the loss {figure.loss} of a model that is called trained is above ln "
            f"{figure.classes} = {guess:.4f}, which equal chances for every class have.",
        )


CHECKS: tuple[Callable[[Figure], Iterator[Contradiction]], ...] = (
    _whole_counts,
    _counted,
    _limits,
    _untrained,
)


def _noise(claims: Claims, comparison: Comparison) -> Iterator[Contradiction]:
    """A gap below its own standard error, sqrt(p (1 - p) / n) of both together, is no difference.

    The rows are taken as independent; on the same rows the error may be smaller, which only the single
    answers could tell.
    """
    best = claims.figure(comparison.best)
    for name in comparison.of:
        other = claims.figure(name)
        if best.accuracy is None or other.accuracy is None:
            continue
        gap, error = float(best.accuracy - other.accuracy), _standard_error(best, other)
        pair = (best.name, other.name)
        if gap == 0:
            message = f"{best.name} is called better than {other.name}: both are {best.accuracy}, a tie."
            yield Contradiction("tie", pair, message)
        elif gap < 0:
            message = f"{best.name} is called better than {other.name}: {best.accuracy} < {other.accuracy}."
            yield Contradiction("worse", pair, message)
        elif error is not None and gap < error:
            yield Contradiction(
                "noise",
                pair,
                f"{best.name} is called better than {other.name}: the gap {gap:.5f} is below its "
                f"standard error {error:.5f}.",
            )


def _disagreements(claims: Claims) -> Iterator[Contradiction]:
    """Figures of one setting that are too far apart for chance."""
    for one, other in combinations(claims.figures, 2):
        if one.setting is None or one.setting != other.setting or None in (one.accuracy, other.accuracy):
            continue
        assert one.accuracy is not None
        assert other.accuracy is not None
        gap = abs(float(one.accuracy - other.accuracy))
        error = _standard_error(one, other)
        if gap > CERTAIN * (error or 0.0) + float(one.unit + other.unit):
            yield Contradiction(
                "disagree",
                (one.name, other.name),
                f"{one.name} and {other.name} are of one setting ({one.setting}), but are {one.accuracy} "
                f"and {other.accuracy}.",
            )


def _standard_error(one: Figure, other: Figure) -> float | None:
    """Of the difference of two accuracies on independent rows; None where a number of rows is missing."""
    variance = 0.0
    for figure in (one, other):
        if figure.rows is None or figure.accuracy is None:
            return None
        p = min(max(float(figure.accuracy), 0.0), 1.0)
        variance += p * (1 - p) / figure.rows
    return math.sqrt(variance)
