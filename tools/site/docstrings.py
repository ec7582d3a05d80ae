"""Docstrings are written to be read where they stand; this makes reStructuredText of them.

A formula, ``y = x W + b``, is shown letter by letter, and so is what is set in by four columns; in running
text the signs that mean something else there (``|e|``, ``a * b``, ``x_``) stand for themselves.
"""

from __future__ import annotations

import importlib
import re

from sphinx.application import Sphinx

SIGNS = re.compile(r"(``.*?``)|([*|\\]|(?<=\w)_(?!\w))")
FORMULA = re.compile(r"^\S.{0,60}? (=|<-) .*")


def readable(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText.

    >>> readable(["y = |x|        x (N, d) -> y (N, d)", "", "Where |x| is large, ``|y|`` is too."])
    ['::', '', '    y = |x|        x (N, d) -> y (N, d)', '', 'Where \\\\|x\\\\| is large, ``|y|`` is too.']
    """
    made: list[str] = []
    for number, line in enumerate(lines):
        opens = number == 0 or not lines[number - 1].strip()
        closes = number + 1 == len(lines) or not lines[number + 1].strip()
        if opens and FORMULA.match(line) and ("        " in line or closes):
            made += ["::", "", f"    {line}"]
        elif line.startswith((">>>", "...")):
            made.append(line)
        else:
            made.append(SIGNS.sub(lambda sign: sign[1] or f"\\{sign[2]}", line))
    return made


def on_docstring(app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """For ``autodoc-process-docstring``, before ``Args`` is read."""
    shield = what in ("attribute", "property")  # or "The labels: as text" would be read as a type and a text
    lines[:] = ["..", ""] * shield + readable(lines)


def on_member(app: Sphinx, what: str, name: str, value: object, skip: bool, options: object) -> bool | None:
    """For ``autodoc-skip-member``: left out is what another library wrote, and what a package above shows."""
    if not getattr(value, "__module__", "gradwright").startswith("gradwright"):
        return True
    above = app.env.docname.rpartition("/")[2].rpartition(".")[0]
    if not above.startswith("gradwright."):
        return None
    return True if getattr(importlib.import_module(above), name, None) is value else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect both."""
    app.connect("autodoc-skip-member", on_member)
    app.connect("autodoc-process-docstring", on_docstring, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
