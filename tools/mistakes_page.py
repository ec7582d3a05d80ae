"""The page of students' mistakes, from the checker itself: ``make docs`` writes it, and a test compares it.

Each mistake is a fault of a family of homework; its lines are those of the text, and what is said of it is
what the checker says.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from gradwright.bench.checkers.homework.family import Family, Fault
from gradwright.check import GradientReport
from gradwright.check.present.wording import headline

PAGE = Path(__file__).parents[1] / "docs" / "mistakes.md"
WIDTH, SAID = 110, 100  # columns of the page, and of what is said
FILE = re.compile(r"<homework_\w+>")  # what the checker calls a text that is in no file

HEAD = """# Twelve mistakes that everybody makes

<!-- `make docs` writes this page: it is what the checker says -->

Everybody who writes derivatives by hand has made most of these. Each stands here with the line as it was
written (-), the line as it should be (+), what gradwright says of it, word for word, and how you would have
seen it by hand. That last is worth learning: one good question, put to two numbers, finds more than an hour
of staring at the code.

[checking.md](checking.md) tells how the verdict is reached, and what to type.
"""


class Mistake(NamedTuple):
    """A fault of a family under ``practice``, by their names, and what to say of it."""

    title: str
    family: str
    fault: str
    by_hand: str


MISTAKES = (
    Mistake(
        "The bias, averaged",
        "affine_relu",
        "the bias averaged",
        "`out = x w + b` uses b once for every sample, so what comes back from every sample adds up: a "
        "sum. The 1/N of a mean loss is in dout already. Check with two samples or more; with one, sum "
        "and mean agree.",
    ),
    Mistake(
        "Not divided by the batch size",
        "logistic_regression",
        "not divided by m",
        "Write every row twice. The loss is a mean and stays as it was, so the gradient must stay too; "
        "this one doubles.",
    ),
    Mistake(
        "Half a penalty",
        "columns_two_layer",
        "L2 without its 2 in both",
        "`lam * sum(W**2)` has the derivative `2 * lam * W`; the 2 goes only where the loss has a half. "
        "Set lam to 1000: all that is left of the gradient is the penalty's, and gradient / W shows its "
        "factor.",
    ),
    Mistake(
        "The wrong way round",
        "columns_two_layer",
        "Y - P",
        "The right class's score should rise, so its derivative must be negative: P - 1. Or take one "
        "small step against the gradient: the loss must fall, and here it climbs.",
    ),
    Mistake(
        "The mask of the wrong array",
        "affine_relu",
        "the mask of the gradient",
        "A ReLU asks whether its input was positive, and not what comes back. A backward is linear in "
        "dout: for -dout it must return minus what it returned for dout.",
    ),
    Mistake(
        "tanh of a tanh",
        "linear_class",
        "tanh's derivative at the output",
        "A is tanh(Z) already, so the slope is 1 - A². Drive one unit far up: A is 1, the curve is "
        "flat, and the slope must be 0. 1 - tanh(1)² is 0.42.",
    ),
    Mistake(
        "The variance, taken for a constant",
        "batchnorm_pair",
        "the variance held constant",
        "Batch normalisation gives the same for x and for 10 x. So moving x along itself changes "
        "nothing, and `(dx * xhat).sum(axis=0)` must be 0, but for the epsilon; and `dx.sum(axis=0)` "
        "too, as for x + 1.",
    ),
    Mistake(
        "Dropped on the way there, not on the way back",
        "dropout_net",
        "the mask forgotten",
        "What was dropped has no say in the loss: its gradient is exactly 0. Count the zeros of da1; "
        "there should be as many as in the mask.",
    ),
    Mistake(
        "= where += was meant",
        "max_pool",
        "overlaps overwritten",
        "An entry may win two windows that overlap, and owes to both. A max-pool hands every dout to "
        "somebody: `dx.sum()` must be `dout.sum()`. Check with a stride less than the window's size.",
    ),
    Mistake(
        "Only the present",
        "time_rnn",
        "truncated to one step",
        "The first step has a part in all that follows. Let dout be 0 but at the last step: the "
        "gradient of the first input must still not be 0.",
    ),
    Mistake(
        "Only the diagonal of the softmax",
        "attention_layer",
        "only the diagonal of the softmax",
        "Every probability depends on every score of its row, because they sum to 1. Add 1 to all "
        "scores of a row and nothing changes: each row of dS must sum to 0.",
    ),
    Mistake(
        "Gradients that pile up",
        "linear_class",
        "added up over the calls",
        "Call backward twice at the same x and compare. The first step of training is right and each "
        "one after it carries all those before, so the loss falls, and then swings.",
    ),
)


def page() -> str:
    """The page; it checks all of the mistakes."""
    return "\n".join([HEAD, *(section(i, each, report_of(each)) for i, each in enumerate(MISTAKES, 1))])


def section(number: int, mistake: Mistake, report: GradientReport) -> str:
    """One mistake: its lines, what is said of it, and how it is seen by hand."""
    family, fault = found(mistake)
    lines = [f"## {number}. {mistake.title}\n", "```diff", *edited_lines(family, fault), "```\n"]
    lines += ["```text", *(textwrap.fill(each, SAID) for each in told(report)), "```\n"]
    return "\n".join([*lines, textwrap.fill(f"By hand: {mistake.by_hand}", WIDTH), ""])


def found(mistake: Mistake) -> tuple[Family, Fault]:
    """The family and the fault of these names."""
    module = import_module(f"gradwright.bench.checkers.homework.practice.{mistake.family}")
    (fault,) = (each for each in module.FAMILY.faults if each.name == mistake.fault)
    return module.FAMILY, fault


def report_of(mistake: Mistake) -> GradientReport:
    """What the checker says of a mistake."""
    family, fault = found(mistake)
    return family.report(fault)


def edited_lines(family: Family, fault: Fault) -> list[str]:
    """The lines in which the wrong text differs from the right one, as a diff of the correction."""
    wrong, right = (family.edited(each).splitlines() for each in (fault, None))
    changed = [each for each in difflib.ndiff(wrong, right) if each[0] in "+-"]
    return [f"{each[0]} {each[2:].strip()}" for each in changed]


def told(report: GradientReport) -> list[str]:
    """The verdict and why, where, and the line, if it is found."""
    notes = [note for note in report.notes if "makes all right" in note]
    return [FILE.sub("homework.py", each) for each in (headline(report), f"where: {report.location}", *notes)]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
