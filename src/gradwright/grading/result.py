"""A grade: what each property earned and why, as text and in the layout that course autograders read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from gradwright.printable import printable_lines

Verdict: TypeAlias = Literal["right", "wrong", "undecided"]


class Judgement(NamedTuple):
    """The verdict on one property, and why, in a sentence."""

    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Mark:
    """What one property of one item earned; ``output`` is as much as students are to see."""

    name: str
    score: float
    max_score: float
    verdict: Verdict
    output: str

    def to_dict(self) -> dict[str, Any]:
        """As Gradescope has a test: it knows passed and failed, and ``output`` says what was undecided."""
        return {
            "name": self.name,
            "score": self.score,
            "max_score": self.max_score,
            "status": "passed" if self.score == self.max_score else "failed",
            "output": self.output,
        }


@dataclass(frozen=True)
class Grade:
    """What one submission earned. ``notes`` are of the grader, ``printed`` is what the submission wrote."""

    submission: str
    seed: int
    marks: tuple[Mark, ...]
    printed: str = ""
    notes: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        return round(sum(mark.score for mark in self.marks), 6)

    @property
    def max_score(self) -> float:
        return round(sum(mark.max_score for mark in self.marks), 6)

    @property
    def output(self) -> str:
        """What stands above the tests: the seed, which makes the same grade again, and what was printed.

        That stands behind a bar, line by line, and so passes for none of the grader's own.
        """
        lines = printable_lines(self.printed).split("\n") if self.printed else []
        printed = ["The submission printed:", *(f"| {line}" for line in lines)] if lines else []
        return "\n".join([f"Points drawn with seed {self.seed}.", *self.notes, *printed])

    @property
    def line(self) -> str:
        """The submission, its score, and what earned less than it could, or why none of it did."""
        text = f"{self.submission}: {self.score:g} of {self.max_score:g}"
        lost = [mark.name for mark in self.marks if mark.score < mark.max_score]
        reasons = {mark.output for mark in self.marks} - {mark.verdict for mark in self.marks} - {""}
        if len(lost) == len(self.marks) and len(reasons) == 1:
            return f"{text}; {reasons.pop().splitlines()[0]}"
        return f"{text}; not earned: {', '.join(lost)}" if lost else text

    def to_dict(self) -> dict[str, Any]:
        """The layout of Gradescope's ``results.json``."""
        return {
            "score": self.score,
            "max_score": self.max_score,
            "output": self.output,
            "tests": [mark.to_dict() for mark in self.marks],
        }

    def __str__(self) -> str:
        names = [mark.name for mark in self.marks]
        earned = [f"{mark.score:g} / {mark.max_score:g}" for mark in self.marks]
        width, right = max(map(len, names)), max(map(len, earned))
        lines = [f"{self.submission}: {self.score:g} of {self.max_score:g}", ""]
        for mark, name, points in zip(self.marks, names, earned, strict=True):
            lines.append(f"  {points:>{right}}  {name:{width}}  {mark.verdict}")
            if mark.verdict != "right":
                lines += [f"  {'':{right}}  | {line}" for line in mark.output.splitlines()]
        return "\n".join([*lines, "", self.output])
