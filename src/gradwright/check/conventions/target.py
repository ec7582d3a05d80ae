"""What a user handed in, as the checker takes it: f, its claimed gradient, and a point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradwright.check.full_digits.casts import FullDigits


@dataclass(frozen=True)
class Target:
    """f, its claimed gradient, the point to check at, and what the user should know about them.

    ``full`` are both with the casts inside left out, where more than their text tells how.
    """

    f: Callable[[Any], Any]
    grad: Callable[[Any], Any]
    point: Any
    notes: tuple[str, ...] = ()
    full: FullDigits | None = None
