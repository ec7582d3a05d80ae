"""A table of texts, and the ways to show it: aligned, within a width, as Markdown, or in a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest

from gradwright.printable import in_markdown, printable

GAP = "  "  # between columns
CELL = "padding:.15rem 1rem .15rem 0;text-align:{};border-bottom:1px solid rgba(128,128,128,.35)"


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
        return _aligned(_printable((self.titles, *self.rows)), self.align)

    def within(self, width: int) -> str:
        """The table in lines of at most ``width`` characters, with nothing left out.

        What is too wide is broken into tables below each other, each beginning with the first column again; a
        column that is too wide even so is broken into lines.

        >>> table = Table(("run", "loss", "accuracy"), "lrr", (("first", "0.213", "93.2%"),))
        >>> print(table.within(16))
        run     loss
        first  0.213
        <BLANKLINE>
        run    accuracy
        first     93.2%
        """
        lines = _printable((self.titles, *self.rows))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        if sum(widths) + len(GAP) * (len(widths) - 1) <= width:
            return str(self)
        first = min(widths[0], max(width // 2, 1)) if len(widths) > 1 else width
        room = max(width - first - len(GAP), 1)
        limits = [first, *(min(each, room) for each in widths[1:])]
        blocks: list[list[int]] = [[]]
        for column in range(1, len(widths)):
            block = [*blocks[-1], column]
            fits = sum(limits[c] + len(GAP) for c in block) <= width - first
            blocks = [*blocks[:-1], block] if fits else [*blocks, [column]]
        return "\n\n".join(self._block([0, *block], limits) for block in blocks if block or len(blocks) == 1)

    def _block(self, columns: Sequence[int], limits: Sequence[int]) -> str:
        """Some columns, each cell in as many lines as its limit asks for."""
        lines: list[tuple[str, ...]] = []
        for row in _printable((self.titles, *self.rows)):
            cells = [textwrap.wrap(row[column], limits[column], break_on_hyphens=False) for column in columns]
            lines += zip_longest(*cells, fillvalue="")
        return _aligned(lines, "".join(self.align[column] for column in columns))

    def to_markdown(self) -> str:
        """The table in Markdown.

        >>> print(Table(("split", "rows"), "lr", (("train", "25,000"),)).to_markdown())
        | split | rows |
        | :-- | --: |
        | train | 25,000 |
        """
        rules = tuple("--:" if side == "r" else ":--" for side in self.align)
        escaped = [tuple(map(in_markdown, row)) for row in (self.titles, *self.rows)]
        escaped.insert(1, rules)
        return "\n".join(f"| {' | '.join(line)} |" for line in escaped)

    def to_html(self) -> str:
        """The table as plain HTML that takes the colours and the letters of what surrounds it."""
        sides = ["right" if letter == "r" else "left" for letter in self.align]

        def line(tag: str, cells: Sequence[str]) -> str:
            styled = zip(cells, map(CELL.format, sides), strict=True)
            return "".join(f'<{tag} style="{style}">{escape(cell)}</{tag}>' for cell, style in styled)

        body = "".join(f"<tr>{line('td', row)}</tr>" for row in self.rows)
        return (
            '<div style="overflow-x:auto"><table style="border-collapse:collapse">'
            f"<thead><tr>{line('th', self.titles)}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _printable(lines: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Cells in one line each: a name out of a file adds none to the table."""
    return [tuple(map(printable, line)) for line in lines]


def _aligned(lines: Sequence[Sequence[str]], align: str) -> str:
    """Columns as wide as their widest cell; numbers end together."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    places = list(zip(align, widths, strict=True))
    return "\n".join(
        GAP.join(
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, (side, width) in zip(line, places, strict=True)
        ).rstrip()
        for line in lines
    )
