"""A table of texts, and the ways to print it: aligned, or as Markdown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Titles and rows of cells; ``align`` has a letter for each column, l or r.

    >>> print(Table(("split", "rows"), "lr", (("train", "25,000"), ("test", "10"))))
    split    rows
    train  25,000
    test       10
    """

    titles: tuple[str, ...]
    align: str
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        lines = (self.titles, *self.rows)
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        places = list(zip(self.align, widths, strict=True))
        return "\n".join(
            "  ".join(
                cell.rjust(width) if side == "r" else cell.ljust(width)
                for cell, (side, width) in zip(line, places, strict=True)
            ).rstrip()
            for line in lines
        )

    def to_markdown(self) -> str:
        """The table in Markdown.

        >>> print(Table(("split", "rows"), "lr", (("train", "25,000"),)).to_markdown())
        | split | rows |
        | :-- | --: |
        | train | 25,000 |
        """
        rules = tuple("--:" if side == "r" else ":--" for side in self.align)
        escaped = [tuple(cell.replace("|", r"\|") for cell in row) for row in (self.titles, *self.rows)]
        escaped.insert(1, rules)
        return "\n".join(f"| {' | '.join(line)} |" for line in escaped)
