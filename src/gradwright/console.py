"""What is said to people on the way: on stderr, where it disturbs no result."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text


def note(text: str) -> None:
    """Something to know, on stderr."""
    Console(stderr=True).print(Text(text), soft_wrap=True)
