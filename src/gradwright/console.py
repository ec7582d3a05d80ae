"""What is said to people on the way: on stderr, where it disturbs no result."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from gradwright.printable import printable_lines


def note(text: str) -> None:
    """Something to know, on stderr."""
    Console(stderr=True).print(Text(printable_lines(text)), soft_wrap=True)
