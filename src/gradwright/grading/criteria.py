"""The properties that a rubric can ask for: each judges one exam by the numbers that came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradwright.check.invariants import Trial, duplicated_batch, mean_of_samples
from gradwright.check.verdict.gradient import check_gradient
from gradwright.grading.exam import Exam, Point
from gradwright.grading.feedback import not_finite, told
from gradwright.grading.item import Item
from gradwright.grading.result import Judgement
from gradwright.grading.second_opinion import nearly

Judge: TypeAlias = Callable[[Exam], Judgement]

SAME = 1e-12  # relative: two calls that differ by less differ by rounding, as threads may make it
TIMED_CALLS = 5  # at points that it has not seen, on top of those of before


class Criterion(NamedTuple):
    """A property by its name, what it earns, and how it is judged.

    ``is_substance``: the value and the gradient of what was asked. The rest earns nothing without any of it,
    or a function that does nothing would be paid for doing no harm.
    """

    name: str
    points: float
    judge: Judge
    is_substance: bool = False


def criteria(item: Item) -> Iterator[Criterion]:
    """The properties of an item that earn something."""
    points = item.points
    per_parameter = points.gradient if isinstance(points.gradient, dict) else {}
    whole = 0.0 if isinstance(points.gradient, dict) else points.gradient
    time = points.time
    table = [
        Criterion("value", points.value, value, True),
        Criterion("gradient", whole, partial(gradient, names=item.moved), True),
        *(
            Criterion(f"gradient of {name}", earned, partial(gradient, names=[name]), True)
            for name, earned in per_parameter.items()
        ),
        Criterion("gradient of its own loss", points.own_gradient, own_gradient),
        Criterion("pure", points.pure, pure),
        Criterion("deterministic", points.deterministic, deterministic),
        Criterion("mean over the batch", points.batch_mean, batch_mean),
        *([Criterion("time", time.points, partial(in_time, seconds=time.seconds))] if time else []),
    ]
    return (criterion for criterion in table if criterion.points)


def value(exam: Exam) -> Judgement:
    """The value is the teacher's, up to the item's tolerance."""
    answer = exam.ask({})
    if none := not_finite(answer.value, f"your {exam.what}"):
        return Judgement("wrong", none)
    found = exam.value(answer)
    expected = np.asarray(exam.expected({}), np.float64)
    size = float(np.abs(expected).max(initial=0.0))
    error = float(np.abs(found - expected).max(initial=0.0))
    if error <= exam.item.value_within * size + SAME:
        return Judgement("right", f"your {exam.what} is the expected one")
    off = error / (size or 1)
    return Judgement("wrong", f"your {exam.what} is off by {off:.1e} of the expected one's size")


def gradient(exam: Exam, names: Sequence[str]) -> Judgement:
    """The gradient is that of the teacher's function, with respect to ``names``."""

    def grad(point: Point) -> Any:
        return exam.gradient(exam.ask(point), names)

    def f(point: Point) -> Any:
        return exam.scalar(exam.expected(point))

    answer = exam.ask({})
    for name, array in exam.gradient(answer, names).items():
        if none := not_finite(array, f"your gradient of {name}"):
            return Judgement("wrong", none)
    point = {name: exam.point[name] for name in names}
    judgement = _verdict(f, grad, point, exam, f"the {exam.what} that was asked for")
    let_pass = exam.let_pass(answer, names) if judgement.verdict == "right" else []
    return judgement._replace(text="; ".join([judgement.text, *let_pass]))


def own_gradient(exam: Exam) -> Judgement:
    """The gradient is that of the student's own function, whatever it is, if it is no constant."""
    last: list[Any] = []

    def f(point: Point) -> float:
        if any(np.iscomplexobj(array) for array in point.values()):
            raise TypeError("numbers go to a submission as floats")
        answer = exam.ask(point)
        last[:] = [answer]
        return exam.number(answer)

    def grad(_: Point) -> Any:
        return exam.gradient(last[0])  # of the call of f right before, at the same point

    answer = exam.ask(exam.point)
    found = exam.gradient(answer)
    for array, what in ((answer.value, exam.what), *((g, f"gradient of {n}") for n, g in found.items())):
        if none := not_finite(array, f"your {what}"):
            return Judgement("wrong", none)
    if not any(array.any() for array in found.values()):
        return Judgement("wrong", "your gradient is zero everywhere")
    judgement = _verdict(f, grad, exam.point, exam, f"your {exam.what}")
    if judgement.verdict == "undecided":  # a student can make a function of which nothing can be said
        return Judgement("wrong", judgement.text)
    return judgement


def pure(exam: Exam) -> Judgement:
    """A call leaves its arguments as they were."""
    after = exam.ask({}, echo=True).after
    arrays = {n: array for n, array in exam.draw.arguments.items() if array.dtype.kind != "U"}  # not texts
    for name, before in arrays.items():
        if name not in after or not np.array_equal(after[name], before):
            return Judgement("wrong", f"a call of yours changes its argument {name}")
    return Judgement("right", "your code leaves its arguments as they were")


def deterministic(exam: Exam) -> Judgement:
    """The same arguments give the same numbers, at once and after a call elsewhere."""
    first, second = exam.ask({}), exam.ask({})
    exam.ask({name: 1.01 * array for name, array in exam.point.items()})
    for other, when in ((second, "a second call"), (exam.ask({}), "a call after one elsewhere")):
        for name, here, there in (
            ("value", {"": first.value}, {"": other.value}),
            ("gradient", first.gradient, other.gradient),
        ):
            if here.keys() != there.keys() or not all(_same(here[k], there[k]) for k in here):
                return Judgement("wrong", f"{when} with the same arguments gives another {name}")
    return Judgement("right", "the same arguments give the same numbers")


def batch_mean(exam: Exam) -> Judgement:
    """Loss and gradient are means over the batch: of twice the rows the same, of single rows the mean."""

    def loss_and_grad(point: Any, rows: Any, _: Any) -> tuple[float, Any]:
        answer = exam.ask(point, rows=rows)
        return exam.number(answer), exam.gradient(answer)

    exam.ask({})  # what it raises is told as such
    rows = np.arange(len(exam.draw.arguments[exam.item.rows[0]]))
    point = {name: array.astype(exam.item.dtype) for name, array in exam.point.items()}  # and its rounding
    trial = Trial(loss_and_grad, point, rows, rows)
    for finding in (duplicated_batch(trial), mean_of_samples(trial)):
        if not finding.passed:
            return Judgement("wrong", finding.evidence)
    return Judgement("right", "a batch gives the mean of its rows")


def in_time(exam: Exam, seconds: float) -> Judgement:
    """The mean of all calls of the item so far takes no longer than ``seconds``.

    All, because a submission can tell a point that it has seen, and is slow only where it has not.
    """
    for i in range(1, TIMED_CALLS + 1):
        exam.ask({name: (1 + i / 1000) * array for name, array in exam.point.items()})
    mean = exam.student.mean_seconds
    verdict: Any = "right" if mean <= seconds else "wrong"
    return Judgement(verdict, f"a call takes {mean:.2g} s in the mean, allowed are {seconds:g} s")


def _verdict(
    f: Callable[[Any], Any], grad: Callable[[Any], Any], point: Point, exam: Exam, loss: str
) -> Judgement:
    """The checker's verdict; ``loss`` is what f is called where it is told."""
    report = check_gradient(f, grad, dict(point), seed=exam.draw.seed, tolerance=exam.item.gradient_within)
    if report.verdict != "wrong" and not nearly(f, grad, point, exam.item.dtype, exam.draw.seed):
        return Judgement("wrong", "your gradient is far from the true one")
    verdict: Any = {"correct": "right"}.get(report.verdict, report.verdict)
    return Judgement(verdict, told(report, loss), report)


def _same(a: Any, b: Any) -> bool:
    if a.shape != b.shape:
        return False
    if np.array_equal(a, b, equal_nan=True):
        return True
    difference = np.abs(a - b).max(initial=0.0)
    return bool(difference <= SAME * max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0)))
