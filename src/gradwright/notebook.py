"""What a notebook shows of a value: titles, tables and texts as plain HTML that needs nothing else.

It takes the colours and the letters of what surrounds it, so that it reads on light pages and on dark ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

CELL = "padding:.15rem 1rem .15rem 0;text-align:{side};border-bottom:1px solid rgba(128,128,128,.35)"


def card(title: str, *pieces: str) -> str:
    """A heading and the pieces of HTML below it."""
    return f"<div><p><strong>{escape(title)}</strong></p>{''.join(pieces)}</div>"


def paragraph(text: str) -> str:
    """A line of text.

    >>> paragraph("a < b")
    '<p>a &lt; b</p>'
    """
    return f"<p>{escape(text)}</p>"


def table(titles: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells under their titles; ``align`` has a letter for each column, l or r."""
    sides = ["right" if letter == "r" else "left" for letter in align]

    def line(tag: str, cells: Sequence[str]) -> str:
        pairs = zip(cells, sides, strict=True)
        return "".join(f'<{tag} style="{CELL.format(side=s)}">{escape(cell)}</{tag}>' for cell, s in pairs)

    body = "".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse">'
        f"<thead><tr>{line('th', titles)}</tr></thead><tbody>{body}</tbody></table></div>"
    )
