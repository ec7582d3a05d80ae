"""A grade: what each property earned and why, in plain data that every format is made of, and as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from gradwright.check.present.report import GradientReport
from gradwright.grading.item import Visibility
from gradwright.printable import printable_lines

Verdict: TypeAlias = Literal["right", "wrong", "undecided"]


class Judgement(NamedTuple):
    """The verdict on one property, and why, in a sentence."""

    verdict: Verdict
    text: str
    report: GradientReport | None = None  # of a gradient that was checked


@dataclass(frozen=True)
class Mark:
    """What one property of one item earned; ``output`` and ``report`` are as much as students are to see."""

    item: str
    criterion: str
    score: float
    max_score: float
    verdict: Verdict
    output: str
    visibility: Visibility = "visible"
    report: GradientReport | None = field(
        default=None, compare=False, repr=False
    )  # where students may see it

    @property
    def name(self) -> str:
        return f"{self.item}: {self.criterion}"


@dataclass(frozen=True)
class Grade:
    """What one submission earned. ``notes`` are of the grader, ``printed`` is what the submission wrote.

    ``not_loaded`` says why none of it could be run; ``seconds`` is the time that grading took.
    """

    submission: str
    seed: int
    marks: tuple[Mark, ...]
    printed: str = ""
    notes: tuple[str, ...] = ()
    not_loaded: str = ""
    visibility: Visibility = "visible"
    stdout_visibility: Visibility = "hidden"
    seconds: float = field(default=0.0, compare=False)

    @property
    def score(self) -> float:
        return round(sum(mark.score for mark in self.marks), 6)

    @property
    def max_score(self) -> float:
        return round(sum(mark.max_score for mark in self.marks), 6)

    @property
    def shown(self) -> tuple[Mark, ...]:
        """The marks that students may see at once."""
        return tuple(mark for mark in self.marks if mark.visibility == "visible")

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
        lost = [mark for mark in self.marks if mark.score < mark.max_score]
        reasons = {mark.output for mark in self.marks} - {mark.verdict for mark in self.marks} - {""}
        if len(lost) == len(self.marks) and len(reasons) == 1:
            return f"{text}; {reasons.pop().splitlines()[0]}"
        of_item = {mark.item: [each.criterion for each in lost if each.item == mark.item] for mark in lost}
        told = "; ".join(f"{item}: {', '.join(criteria)}" for item, criteria in of_item.items())
        return f"{text}; not earned: {told}" if lost else text

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
