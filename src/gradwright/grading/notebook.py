"""The code of a notebook: its cells in their order, without what only IPython understands."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from gradwright.grading.process import GoneError
from gradwright.inputs import parse_table

WHAT = "a notebook"
WHOLE_CELL = re.compile(r"%%(?!time\b|capture\b|prun\b)\w")  # such as %%bash: the cell is no Python
LINE = re.compile(  # %matplotlib inline; !ls; files = !ls; x = %time f(); ?f; f?
    r"""(?P<indent>\s*)(?:%{1,2}[A-Za-z].* | !(?!=).* | \?.*
        | [\w.,\ ]+=\s*(?:!|%[A-Za-z]).* | [\w.]+\?{1,2}\s*)""",
    re.VERBOSE,
)


class Part(NamedTuple):
    """A piece of a submission that is run by itself, and the name by which its lines are told."""

    name: str
    text: str


def cells(content: bytes, name: str, until: str | None) -> tuple[list[Part], list[str]]:
    """The code cells of a notebook (nbformat 4), up to the cell that holds the text ``until``, and notes.

    Lines for IPython (magics, shell commands, questions) are left out, and the notes say where. Raises
    ``GoneError`` where it is no notebook.

    >>> text = b'{"cells": [{"cell_type": "code", "source": ["%pylab", "x = 1"]}]}'
    >>> cells(text, "hw.ipynb", None)[1]
    ['Lines for IPython (magics, shell commands) were left out of cell 1.']
    """
    table = parse_table(content, name, GoneError, WHAT)
    listed = table.get("cells")
    if not isinstance(listed, list):
        raise GoneError(f"{name}: expected {WHAT} of version 4, which has cells, found none")
    parts: list[Part] = []
    cleaned: list[str] = []
    found = False
    for cell in listed:
        kind, text = _cell(cell, name)
        if until is not None and until in text:
            found = True
            break
        if kind != "code":
            continue
        number = len(parts) + 1
        python = without_ipython(text)
        if python != text:
            cleaned.append(str(number))
        parts.append(Part(f"{name}, cell {number}", python))
    notes = []
    if cleaned:
        which = f"cell {cleaned[0]}" if len(cleaned) == 1 else f"the cells {', '.join(cleaned)}"
        notes.append(f"Lines for IPython (magics, shell commands) were left out of {which}.")
    if until is not None and not found:
        notes.append(f"No cell of the notebook holds {until!r}: all of them were run.")
    return parts, notes


def without_ipython(text: str) -> str:
    """A cell with ``pass`` in place of each line that only IPython understands.

    >>> print(without_ipython("%matplotlib inline\\nif slow:\\n    !make\\nx = 7 % 3"))
    pass
    if slow:
        pass
    x = 7 % 3
    """
    lines = text.split("\n")
    if WHOLE_CELL.match(text.lstrip()):
        return "\n".join("" for _ in lines)
    matches = [(line, LINE.fullmatch(line)) for line in lines]
    return "\n".join(f"{match['indent']}pass" if match else line for line, match in matches)


def _cell(cell: Any, name: str) -> tuple[str, str]:
    """The kind of a cell and its text, which is one or a list of lines."""
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise GoneError(f"{name}: expected {WHAT}, found a cell without a text as its source")
    return str(cell.get("cell_type")), source
