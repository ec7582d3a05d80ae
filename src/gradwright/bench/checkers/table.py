"""The comparison as aligned text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Row: TypeAlias = Mapping[str, str]


def align(rows: Sequence[Row]) -> str:
    """The rows under their titles, the first column to the left and the others to the right.

    >>> print(align([{"checker": "ours", "found": "99 %"}, {"checker": "theirs", "found": "5 %"}]))
    checker  found
    ours      99 %
    theirs     5 %
    """
    lines = [tuple(rows[0]), *(tuple(row.values()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = []
    for first, *others in lines:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        texts.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(texts)
