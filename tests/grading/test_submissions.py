"""Right and wrong submissions: the points that each earns, and why it does not earn the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gradwright.check import check_gradient
from gradwright.grading import Grade, Rubric, criteria, grade
from tests.grading.conftest import EXAMPLES, HEAD, earned

Graded = Callable[..., Grade]


@pytest.mark.parametrize("seed", range(2))
def test_a_right_submission_earns_all_points_whatever_the_seed(rubric: Rubric, seed: int) -> None:
    given = grade(rubric, EXAMPLES / "right.py", seed=seed)
    assert (given.score, given.max_score) == (15, 15)


WRONG = {  # what is lost, and a word of the feedback on each
    "missing_mean": {
        "gradient of W": "as if the division by the batch size were missing",
        "gradient of b": "as if the division by the batch size were missing",
        "gradient of its own loss": "",
        "mean over the batch": "",
    },
    "wrong_sign": {"gradient of W": "", "gradient of b": "sign is reversed", "gradient of its own loss": ""},
    "missing_penalty": {
        "gradient of W": "the L2 term is missing",
        # its own loss is infinite where weights are far, so how it grows cannot be asked
        "gradient of its own loss": "the L2 term is missing",
    },
    "transposed": {"gradient of x": ""},
    "changes_its_input": {
        "value": "off by",
        "gradient of W": "",
        "gradient of b": "",
        "pure": "changes its argument x",
        "mean over the batch": "",
    },
}


@pytest.mark.parametrize(("name", "lost"), WRONG.items(), ids=WRONG)
def test_a_wrong_submission_loses_just_what_is_wrong(rubric: Rubric, name: str, lost: dict[str, str]) -> None:
    once = [item.model_copy(update={"trials": 1}) for item in rubric.items]
    given = grade(rubric.model_copy(update={"items": once}), EXAMPLES / f"{name}.py", seed=0)
    found = {mark.name.split(": ")[1]: mark for mark in given.marks if mark.score == 0}
    assert found.keys() - {"deterministic"} == lost.keys()
    for prop, word in lost.items():
        assert word in found[prop].output
    assert given.score == given.max_score - sum(mark.max_score for mark in found.values())


def test_the_same_seed_gives_the_same_grade(one_item: Rubric) -> None:
    first, second = (grade(one_item, EXAMPLES / "wrong_sign.py", seed=5) for _ in range(2))
    assert first == second


def test_gradients_may_be_named(graded: Graded, right: str) -> None:
    body = right.replace("def loss_and_grad", "def inner")
    table = f"{body}\n{HEAD}    loss, (dW, db) = inner(W, b, x, labels, penalty)\n"
    assert graded(f"{table}    return loss, {{'dW': dW, 'db': db}}\n").score == 10
    assert graded(f"{table}    return loss, {{'b': db, 'W': dW}}\n").score == 10
    assert "expected one of b" in graded(f"{table}    return loss, {{'W': dW}}\n").marks[2].output


@pytest.mark.parametrize(
    ("feedback", "output"), [("verdict", "wrong"), ("none", "")], ids=["verdict", "none"]
)
def test_the_rubric_decides_how_much_students_see(
    graded: Graded, right: str, feedback: str, output: str
) -> None:
    given = graded(right.replace("dz /= m", "print('a hint')"), feedback=feedback)
    assert given.marks[1].output == output
    assert given.printed == ""
    assert given.score == 4


def test_what_is_printed_for_a_hidden_item_is_hidden_with_it(
    graded: Graded, right: str, one_item: Rubric
) -> None:
    hidden = one_item.items[0].model_copy(update={"visibility": "hidden"})
    given = graded(right.replace("dz /= m", "dz /= m; print(x)"), items=[hidden])
    assert given.score == given.max_score
    assert given.printed == ""
    assert {mark.visibility for mark in given.marks} == {"hidden"}


def test_a_student_who_is_consistent_earns_the_gradient_of_the_own_loss(graded: Graded, right: str) -> None:
    halved = right.replace("+ penalty *", "+ 0.5 * penalty *").replace("2 * penalty * W", "penalty * W")
    found = earned(graded(halved))
    assert (found["value"], found["gradient of W"], found["gradient of b"]) == (0, 0, 1)
    assert found["gradient of its own loss"] == 1


def test_what_stays_undecided_is_credited_and_said(
    graded: Graded, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def doubtful(*arguments: Any, **options: Any) -> Any:
        asked.append(arguments)
        return replace(check(*arguments, **options), verdict="undecided", reason="a kink", evidence=None)

    asked: list[object] = []
    check = check_gradient
    monkeypatch.setattr(criteria, "check_gradient", doubtful)
    given = graded(right)
    by_name = {mark.name.split(": ")[1]: mark for mark in given.marks[:7]}
    assert by_name["gradient of W"].score == 3
    assert by_name["gradient of W"].output == "undecided at every point that was tried, and credited: a kink"
    assert by_name["gradient of W"].verdict == "undecided"
    assert by_name["gradient of its own loss"].score == 0  # a student can make doubt about that
    assert len(asked) == 2 * 4 + 1  # four points for each of two gradients; the own loss is wrong at once
