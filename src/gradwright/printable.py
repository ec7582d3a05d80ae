"""Text out of files, shown so that it can do nothing: move no cursor, hide no line, be no markup."""

from __future__ import annotations

import re


def printable(text: str) -> str:
    r"""``text`` in one line, with escapes for what would move the cursor or hide.

    >>> print(printable("W\n\x1b[31m"))
    W\n\x1b[31m
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    r"""``text`` in its lines, with escapes for what would move the cursor or hide.

    >>> print(printable_lines("one\n\x1b[31mtwo"))
    one
    \x1b[31mtwo
    """
    return "\n".join(map(printable, text.split("\n")))


def in_markdown(text: str) -> str:
    r"""``text`` in one line of Markdown: no tag, link, picture or end of a cell.

    >>> print(in_markdown("a|b <img src=x> [2, 50] [x](http://y)"))
    a\|b \<img src=x> [2, 50] [x]\(http://y)
    """
    return re.sub(r"[\\|<]|(?<=\])\(", r"\\\g<0>", printable(text))
