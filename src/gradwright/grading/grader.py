"""A submission, graded: each item in a fresh process, each property at several drawn points."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from gradwright.errors import CheckError, ConfigError
from gradwright.grading.criteria import Criterion, criteria, own_gradient
from gradwright.grading.draw import draw
from gradwright.grading.exam import Exam, TeacherError
from gradwright.grading.handed_in import require_submission, source
from gradwright.grading.item import Item
from gradwright.grading.process import GoneError, Process
from gradwright.grading.result import Grade, Judgement, Mark
from gradwright.grading.rubric import Rubric
from gradwright.grading.submission import NotLoadedError, Submission, load
from gradwright.printable import printable_lines
from gradwright.usercode.names import Name

DOUBTS = 3  # other points that are asked where one leaves a property undecided
LONGEST = 600  # characters of feedback on one property
EMPTY = "earns nothing while neither the value nor the gradient is right"
UNJUDGED = "gives what nothing can be said of"
CREDITED = "undecided at every point that was tried, and credited: "


def grade(rubric: Rubric, submission: Path | str, *, seed: int) -> Grade:
    """What a submission earns by a rubric.

    The same seed draws the same points, for every submission. Whatever a submission does, it costs the item
    in which it does so; the next one starts in a fresh process.

    Raises ``ConfigError`` where the rubric's own reference cannot be used, or could be read by the
    submission, or there is no such submission.
    """
    start, path = time.perf_counter(), Path(submission)
    require_submission(path)
    with threadpool_limits(1):  # the reference's bits are then the same whoever grades beside
        outcomes = list(_outcomes(rubric, path, seed))
    pairs = list(zip(rubric.items, outcomes, strict=True))
    shown = [outcome for item, outcome in pairs if rubric.visibility_of(item) == "visible"]
    missing = dict.fromkeys(name for outcome in outcomes for name in outcome.missing)
    notes = [f"This system does not keep submissions from: {', '.join(missing)}."] if missing else []
    is_full = rubric.feedback == "full"
    return Grade(
        submission=str(path),
        seed=seed,
        marks=tuple(_mark(rubric, item, *each) for item, outcome in pairs for each in outcome.judged),
        printed="\n".join(dict.fromkeys(o.printed for o in shown if o.printed)) if is_full else "",
        notes=(*notes, *dict.fromkeys(note for outcome in outcomes for note in outcome.notes)),
        not_loaded=outcomes[0].not_loaded if is_full and all(o.not_loaded for o in outcomes) else "",
        visibility=rubric.visibility,
        stdout_visibility=rubric.stdout_visibility,
        seconds=round(time.perf_counter() - start, 3),
    )


class Outcome(NamedTuple):
    """What came of one item: each property with its verdict, and what is to be said beside."""

    judged: list[tuple[Criterion, Judgement]]
    printed: str = ""
    missing: Sequence[str] = ()
    notes: Sequence[str] = ()
    not_loaded: str = ""


def _outcomes(rubric: Rubric, path: Path, seed: int) -> Iterator[Outcome]:
    """What comes of each item, in a process of its own, while there is time left."""
    references = [reference_of(rubric, item) for item in rubric.items]
    try:
        handed_in = source(path, rubric)
    except GoneError as gone:
        yield from (Outcome(_all_wrong(each, str(gone)), not_loaded=str(gone)) for each in rubric.items)
        return
    left = rubric.limits.total_seconds
    for index, (item, reference) in enumerate(zip(rubric.items, references, strict=True)):
        seconds = min(rubric.limits.item_seconds, left)
        not_loaded = ""
        with closing(Process(rubric.limits.folder_mib)) as process:
            try:
                if seconds <= 0:
                    raise GoneError(f"the {rubric.limits.total_seconds:g} s for all items are used up")
                student = load(process, handed_in, path, rubric, item, seconds)
                rng_seed = np.random.SeedSequence(seed, spawn_key=(index,))
                judged = list(judgements(item, reference, student, rng_seed))
            except GoneError as gone:
                judged = _all_wrong(item, str(gone))
                not_loaded = str(gone) if isinstance(gone, NotLoadedError) else ""
            left -= max(seconds - process.left, 0.0)
            judged = without_empty_credit(judged)
            yield Outcome(judged, process.printed, process.missing, handed_in.notes, not_loaded)


def _all_wrong(item: Item, why: str) -> list[tuple[Criterion, Judgement]]:
    return [(each, Judgement("wrong", why)) for each in criteria(item)]


def reference_of(rubric: Rubric, item: Item) -> Callable[..., Any]:
    """The teacher's function for an item; raises ``ConfigError`` where there is none."""
    name = Name(rubric.folder / rubric.reference, item.reference)
    value = name.load()
    if not callable(value):
        raise ConfigError(f"{name}: expected a function, found {type(value).__name__}")
    return value  # type: ignore[no-any-return]


def judgements(
    item: Item, reference: Callable[..., Any], student: Submission, seed: np.random.SeedSequence
) -> Iterator[tuple[Criterion, Judgement]]:
    """Every property of an item with its verdict; one that ends the process takes the rest with it."""
    for criterion in criteria(item):
        rng = np.random.default_rng(seed)  # the same points for each property
        yield criterion, _judged(criterion, item, reference, student, rng)


def without_empty_credit(
    judged: list[tuple[Criterion, Judgement]],
) -> list[tuple[Criterion, Judgement]]:
    """Where an item asks for a value or a gradient, and none of them is right, the rest earns nothing."""
    substance = [judgement.verdict for criterion, judgement in judged if criterion.is_substance]
    if not substance or any(verdict != "wrong" for verdict in substance):
        return judged
    empty = Judgement("wrong", EMPTY)
    return [
        (c, j if c.is_substance or c.judge is own_gradient or j.verdict == "wrong" else empty)
        for c, j in judged
    ]


def _judged(
    criterion: Criterion,
    item: Item,
    reference: Callable[..., Any],
    student: Submission,
    rng: np.random.Generator,
) -> Judgement:
    """The verdict over all trials: the first that is wrong, or undecided after others were tried, counts."""
    judgement = Judgement("right", "")
    for _ in range(item.trials):
        for _ in range(1 + DOUBTS):
            exam = Exam(item, reference, student, draw(item, rng))
            judgement = _one(criterion, exam)
            if judgement.verdict != "undecided":
                break
        if judgement.verdict != "right":
            break
    return judgement


def _one(criterion: Criterion, exam: Exam) -> Judgement:
    try:
        with np.errstate(all="ignore"):  # numbers of any size may come back
            return criterion.judge(exam)
    except (TeacherError, OSError):  # a fault of the grader's side, for which no submission is to pay
        raise
    except CheckError as error:
        return Judgement("wrong", str(error))
    except Exception as error:  # numbers that the checker was not written for are the submission's own fault
        return Judgement("wrong", f"{UNJUDGED}: {error}")


def _mark(rubric: Rubric, item: Item, criterion: Criterion, judgement: Judgement) -> Mark:
    doubted = judgement.verdict == "undecided"
    score = 0.0 if judgement.verdict == "wrong" else criterion.points
    text = printable_lines(f"{CREDITED}{judgement.text}" if doubted else judgement.text)[:LONGEST]
    output = {"full": text, "verdict": judgement.verdict, "none": ""}[rubric.feedback]
    shown = rubric.visibility_of(item)
    report = judgement.report if rubric.feedback == "full" else None
    return Mark(item.name, criterion.name, score, criterion.points, judgement.verdict, output, shown, report)
