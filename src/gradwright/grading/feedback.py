"""What a verdict says to the one whose gradient it is: of your loss and your gradient, in whole sentences."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gradwright.check.present.report import GradientReport
from gradwright.printable import printable

RIGHT = "your gradient is right"
WORDS = (  # what the checker says of any function, and what is said to a student of theirs, {loss}
    (r"\bf\(x\)", "{loss}"),
    (r"\b(differs?|differ) from f's by\b", r"\1 from that of {loss} by"),
    (r"\bagrees with f's\b", "agrees with that of {loss}"),
    (r"\bf's\b", "{loss}'s"),
    (r"\bf\b", "{loss}"),
    (r"\bthe gradient\b", "your gradient"),
    (r"\bthe (claim|claimed one|claimed gradient)\b", "yours"),
    (r"\bat the same x\b", "with the same arguments"),
    (r"\b(at this|at|near|beside) x\b", r"\1 this point"),
    (r"\bat this this\b", "at this"),
    (r"\bwith x\b", "with what it is given"),
    (r"\bdout\b", "the gradient from above (dout)"),
    (r"\bnan\b", "NaN"),
)


def told(report: GradientReport, loss: str) -> str:
    """A report in the words of a course; ``loss`` is what f is called, "your loss" or that of the assignment.

    A cause, for which an experiment spoke, is told as one, and a suspicion behind "perhaps".
    """
    if report.verdict == "correct":
        return RIGHT
    seen = in_their_words(report.evidence or report.reason, loss)
    if report.verdict == "undecided":
        return seen
    seen = re.sub("^your gradient of", "that of", seen)
    location = printable(report.location or "")
    where = f", at {location}" if location not in seen else ""  # each array is named once
    parts = [f"your gradient is wrong{where}: {seen}"]
    if report.cause:
        cause = in_their_words(report.cause, loss)
        parts.append(f"It is {cause}" if cause.startswith("as if") else f"The cause: {cause}")
    if report.suspicion:
        parts.append(f"Perhaps: {in_their_words(report.suspicion, loss)}")
    return ". ".join(parts)


def in_their_words(text: str, loss: str) -> str:
    """A sentence of the checker's, said of ``loss`` and of your gradient.

    >>> in_their_words("the gradient differs from f's by 0.2 of its size", "the loss")
    'your gradient differs from that of the loss by 0.2 of its size'
    """
    text = printable(text).rstrip(".")
    for theirs, ours in WORDS:
        text = re.sub(theirs, ours.format(loss=loss), text)
    return text


def not_finite(array: Any, what: str) -> str:
    """Which numbers in an array are none, or nothing: NaN is called NaN."""
    numbers = np.asarray(array)
    for name, found in (("NaN", np.isnan(numbers)), ("infinite", np.isinf(numbers))):
        if count := int(found.sum()):
            among = f" in {count} of {numbers.size} entries" if numbers.size > 1 else ""
            return f"{what} is {name}{among}"
    return ""
