"""Properties that hold or do not, each with its evidence: what a battery and the invariants report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

from gradwright.notebook import card
from gradwright.tables import Table

P = ParamSpec("P")


class UnmetError(Exception):
    """A property that does not hold; its message is the evidence: what was expected, and what was found."""


@dataclass(frozen=True)
class Finding:
    """One property of the thing under test: whether it holds, and why we say so."""

    name: str
    passed: bool
    evidence: str


@dataclass(frozen=True)
class Findings:
    """All that was found about one subject; ``str`` prints one line for each property."""

    subject: str
    rows: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every property holds."""
        return not self.failed

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the properties that do not hold."""
        return tuple(row.name for row in self.rows if not row.passed)

    def __str__(self) -> str:
        width = max(len(row.name) for row in self.rows)
        lines = [
            f"{'passed' if row.passed else 'FAILED'}  {row.name:{width}}  {row.evidence}" for row in self.rows
        ]
        return "\n".join([self.subject, *lines])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        rows = tuple(("passed" if row.passed else "FAILED", row.name, row.evidence) for row in self.rows)
        return card(self.subject, Table(("", "property", "evidence"), "lll", rows).to_html())

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        rows = [{"property": row.name, "passed": row.passed, "evidence": row.evidence} for row in self.rows]
        return {"subject": self.subject, "passed": self.passed, "properties": rows}


def finding(name: str) -> Callable[[Callable[P, str]], Callable[P, Finding]]:
    """Turn a proof, which returns its evidence or raises ``UnmetError`` with it, into one that finds.

    Whatever else it raises counts against the property: a layer under test may raise anything.
    """

    def finder(prove: Callable[P, str]) -> Callable[P, Finding]:
        @wraps(prove)
        def found(*args: P.args, **kwargs: P.kwargs) -> Finding:
            try:
                return Finding(name, True, prove(*args, **kwargs))
            except UnmetError as unmet:
                return Finding(name, False, str(unmet))
            except Exception as error:
                return Finding(name, False, raised(error))

        return found

    return finder


def raised(error: Exception) -> str:
    """The evidence where nothing should have been raised."""
    return f"expected no exception, found {type(error).__name__}: {error}"
