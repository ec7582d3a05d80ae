"""What in new rows is unlike the training rows, and what was done about it, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gradwright.data.labels import listed

SHOWN = 3  # examples


@dataclass(frozen=True)
class Unlike:
    """One way in which a column is unlike that of training.

    Args:
        column: its name.
        what: was found.
        done: about it.
        rows: how many there are; 0 where it is the column itself.
        examples: some of the values.

    >>> print(Unlike("city", "with a value that training never showed", "unknown", 2, ("Graz", "Wien")))
    column 'city': 2 rows with a value that training never showed, 'Graz', 'Wien'; unknown
    """

    column: str
    what: str
    done: str
    rows: int = 0
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        count = f"{self.rows:,} row{'' if self.rows == 1 else 's'} " if self.rows else ""
        shown = f", {listed(self.examples, SHOWN)}" if self.examples else ""
        return f"column {self.column!r}: {count}{self.what}{shown}; {self.done}"


def together(found: Iterable[Unlike]) -> tuple[Unlike, ...]:
    """What was found in several parts of a table, as if in one."""
    known: dict[tuple[str, str], Unlike] = {}
    for each in found:
        key = each.column, each.what
        if key in known:
            before = known[key]
            examples = tuple(sorted({*before.examples, *each.examples}))
            known[key] = replace(before, rows=before.rows + each.rows, examples=examples)
        else:
            known[key] = each
    return tuple(known.values())
