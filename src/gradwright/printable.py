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
    r"""``text`` in one line of Markdown: no tag, link, picture, code or end of a cell.

    >>> print(in_markdown("a|b <img src=x> [2, 50] [x](http://y)"))
    a\|b \<img src=x> [2, 50] [x]\(http://y)
    """
    return re.sub(r"[\\|<`]|(?<=\])\(", r"\\\g<0>", printable(text))


def in_csv(text: str) -> str:
    """``text`` in a cell of CSV: a spreadsheet takes it for no formula.

    >>> in_csv("=1+1"), in_csv("-0.5"), in_csv("SGD")
    ("'=1+1", '-0.5', 'SGD')
    """
    return f"'{printable(text)}" if re.match(r"[=+\-@]", text) and not is_number(text) else printable(text)


def is_number(text: str) -> bool:
    """Whether a text is a number as Python reads it."""
    try:
        float(text)
    except ValueError:
        return False
    return True
