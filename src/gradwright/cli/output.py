"""How commands speak: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from gradwright.console import note as note
from gradwright.printable import printable_lines

if TYPE_CHECKING:
    from gradwright.tables import Table

CEILING = "the accuracy of the Bayes rule, which no classifier can pass by more than chance"


def say(text: str) -> None:
    """A result for people, on stdout; what a file holds can move no cursor there."""
    print(printable_lines(text))


def fitted(table: Table) -> str:
    """A table as wide as the terminal has room; whole where the output goes elsewhere."""
    return table.within(shutil.get_terminal_size().columns) if sys.stdout.isatty() else str(table)


def say_json(value: Any) -> None:
    """A result for machines, alone on stdout; JSON has no word for what is not finite, which becomes null."""
    print(json.dumps(_finite(value), indent=2))


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
        case float() if not math.isfinite(value):
            return None
    return value


def error(message: str, code: int) -> int:
    """Why the command ends here, on stderr; returns ``code``."""
    Console(stderr=True).print(
        Text.assemble(("error:", "bold red"), " ", printable_lines(message)), soft_wrap=True
    )
    return code


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values as lines of text, the values one below the other.

    >>> print(facts([("name", "peaks"), ("features", "2")]))
    name      peaks
    features  2
    """
    pairs = list(pairs)
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"{name:{width}}  {value}" for name, value in pairs)
