"""One thing that was found: its kind, its place, the sentence, and the numbers that it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or may be: what was seen, where, and what to do.

    Args:
        kind: in a word or two, such as "vanishing" or "imbalance".
        places: the layers, arrays, features, settings or splits where it is.
        message: the sentence, with its numbers.
        advice: what to try.
        numbers: the same numbers by name, for whoever reads them by program.
        fact: whether it is true and does harm whatever a trial says, as rows in two splits do.

    >>> print(Finding("imbalance", ("train",), "99% of the rows are of one class.", "Weigh the classes."))
    imbalance: 99% of the rows are of one class. Weigh the classes.
    """

    kind: str
    places: tuple[str, ...]
    message: str
    advice: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    fact: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: {self.message} {self.advice}"


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them.

    >>> listed(["0", "2", "4"])
    '0, 2 and 4'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
