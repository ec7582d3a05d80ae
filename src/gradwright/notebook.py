"""What a notebook shows of a value: titles and texts as plain HTML that needs nothing else.

It takes the colours and the letters of what surrounds it, so that it reads on light pages and on dark ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from html import escape

Replace = Callable[[str], None]


def card(title: str, *pieces: str) -> str:
    """A heading and the pieces of HTML below it."""
    return f"<div><p><strong>{escape(title)}</strong></p>{''.join(pieces)}</div>"


def replaceable() -> Replace | None:
    """A place below the cell that is run, as the function that puts HTML there; None outside a notebook.

    What it was given last stays, and is saved with the notebook.
    """
    ipython = sys.modules.get("IPython")
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel"):  # or it is a terminal's
        return None
    from IPython.display import HTML, display

    place = display(HTML(""), display_id=True)
    return lambda html: place.update(HTML(html))


def bar(done: int, total: int, text: str) -> str:
    """A bar that is filled as far as ``done`` of ``total``, and text beside it.

    >>> bar(1, 4, "epoch 1/4")
    '<div><progress value="1" max="4"></progress> epoch 1/4</div>'
    """
    return f'<div><progress value="{done}" max="{total}"></progress> {escape(text)}</div>'


def paragraph(text: str) -> str:
    """A line of text.

    >>> paragraph("a < b")
    '<p>a &lt; b</p>'
    """
    return f"<p>{escape(text)}</p>"
