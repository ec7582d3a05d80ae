"""Docstrings are written to be read where they stand; this makes reStructuredText of them.

A formula, ``y = x W + b``, is shown letter by letter, and so is what is set in by four columns; in running
text the signs that mean something else there (``|e|``, ``a * b``, ``x_``) stand for themselves.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re

from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

LETTER_BY_LETTER = [".. code-block:: text", ""]
SIGNS = re.compile(r"(``.*?``)|([*|\\]|(?<=\w)_(?!\w))")
FORMULA = re.compile(r"^[^\s,]{1,8}( [^\s,]{1,8}){0,3} (=|<-) ")


def readable(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText.

    >>> lines = ["y = |x|        x (N, d)", "", "Where |x| is large, ``|y|`` is too:", "", "    y = x"]
    >>> print("\\n".join(readable(lines)))
    .. code-block:: text
    <BLANKLINE>
        y = |x|        x (N, d)
    <BLANKLINE>
    Where \\|x\\| is large, ``|y|`` is too:
    <BLANKLINE>
    .. code-block:: text
    <BLANKLINE>
        y = x
    """
    made: list[str] = []
    before, letters = "", False  # the last line that was not empty; whether this block is kept as it is
    for number, line in enumerate(lines):
        opens = number == 0 or not lines[number - 1].strip()
        closes = number + 1 == len(lines) or not lines[number + 1].strip()
        set_in = line.startswith("    ")
        if opens and not (letters and set_in):
            letters = set_in and before.endswith(":") and not before.startswith(" ")
            made += LETTER_BY_LETTER * letters
        if opens and FORMULA.match(line) and ("        " in line or closes):
            made += [*LETTER_BY_LETTER, f"    {line}"]
        elif letters or line.startswith((">>>", "...")):
            made.append(line)
        else:
            made.append(SIGNS.sub(lambda sign: sign[1] or f"\\{sign[2]}", line))
        before = line if line.strip() else before
    return made


def on_docstring(app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """For ``autodoc-process-docstring``, before ``Args`` is read."""
    shield = what in ("attribute", "property")  # or "The labels: as text" would be read as a type and a text
    lines[:] = ["..", ""] * shield + readable(lines)


def on_signature(
    app: Sphinx, what: str, name: str, value: object, options: object, arguments: str, returns: str
) -> tuple[str, str] | None:
    """For ``autodoc-process-signature``: a dataclass shows its settings, whatever ``__new__`` takes."""
    if not inspect.isclass(value) or not dataclasses.is_dataclass(value):
        return None
    return stringify_signature(inspect.signature(value), show_annotation=False), returns


def on_member(app: Sphinx, what: str, name: str, value: object, skip: bool, options: object) -> bool | None:
    """For ``autodoc-skip-member``: left out is what another library wrote, and what a package above shows."""
    if not getattr(value, "__module__", "gradwright").startswith("gradwright"):
        return True
    above = app.env.docname.rpartition("/")[2].rpartition(".")[0]
    if not above.startswith("gradwright."):
        return None
    return True if getattr(importlib.import_module(above), name, None) is value else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect all three."""
    app.connect("autodoc-process-signature", on_signature)
    app.connect("autodoc-skip-member", on_member)
    app.connect("autodoc-process-docstring", on_docstring, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
