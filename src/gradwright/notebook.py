"""What a notebook shows of a value: titles and texts as plain HTML that needs nothing else.

It takes the colours and the letters of what surrounds it, so that it reads on light pages and on dark ones.
"""

from __future__ import annotations

from html import escape


def card(title: str, *pieces: str) -> str:
    """A heading and the pieces of HTML below it."""
    return f"<div><p><strong>{escape(title)}</strong></p>{''.join(pieces)}</div>"


def paragraph(text: str) -> str:
    """A line of text.

    >>> paragraph("a < b")
    '<p>a &lt; b</p>'
    """
    return f"<p>{escape(text)}</p>"
