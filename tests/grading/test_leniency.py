"""What a rubric lets pass: shapes, names and digits, told and not charged; and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.grading import Rubric
from gradwright.grading.grader import judgements
from gradwright.grading.item import Item
from gradwright.grading.submission import Submission
from tests.grading.test_answers import Here, Returned, right


def judged(rubric: Rubric, function: Callable[..., Returned], **changes: Any) -> dict[str, tuple[str, str]]:
    """The verdict on each property of the first item, and what is told."""
    plain = rubric.items[0].model_dump(exclude_none=True) | {"trials": 1} | changes
    student = Submission(Here(function))  # type: ignore[arg-type]
    found = judgements(Item(**plain), lambda *a: right(*a)[0], student, np.random.SeedSequence(0))
    return {criterion.name: (judgement.verdict, judgement.text) for criterion, judgement in found}


def keepdims(*arguments: Any) -> Returned:
    loss, (w, b) = right(*arguments)
    return loss, (w, b[None])


def flat(*arguments: Any) -> Returned:
    loss, (w, b) = right(*arguments)
    return loss, (w.ravel(), b)


def named(*arguments: Any) -> Returned:
    loss, (w, b) = right(*arguments)
    return loss, {"D_w": w, "db": b}


def in_float32(w: Any, b: Any, x: Any, labels: Any, penalty: Any) -> Returned:
    loss, (dw, db) = right(*(a.astype(np.float32) for a in (w, b, x)), labels, np.float32(penalty))
    return loss, (dw.astype(np.float32), db.astype(np.float32))


def off(*arguments: Any) -> Returned:
    loss, (w, b) = right(*arguments)
    return loss, (w * (1 + 1e-5), b)


LET_PASS = {
    "keepdims": (
        keepdims,
        {"lenient": ["keepdims"]},
        "b",
        "your gradient of b has the shape (1, 3), expected",
    ),
    "any shape": (
        flat,
        {"lenient": ["shape"]},
        "W",
        "your gradient of W has the shape (12,), expected (4, 3)",
    ),
    "names": (named, {"lenient": ["names"]}, "W", "your gradient of W is called D_w"),
    "a tolerance": (off, {"gradient_tolerance": 1e-4}, "W", "your gradient is right"),
}


@pytest.mark.parametrize(("function", "how", "name", "told"), LET_PASS.values(), ids=LET_PASS)
def test_what_is_let_pass_earns_all_and_is_told(
    rubric: Rubric, function: Callable[..., Returned], how: dict[str, Any], name: str, told: str
) -> None:
    points = {"value": 1.0, "gradient": {"W": 1.0, "b": 1.0}}
    found = judged(rubric, function, points=points, **how)
    assert {verdict for verdict, _ in found.values()} == {"right"}
    assert told in found[f"gradient of {name}"][1]
    strict = judged(rubric, function, points=points)
    assert strict[f"gradient of {name}"][0] == "wrong"


def test_a_right_network_in_float32_earns_all(rubric: Rubric) -> None:
    points = {"value": 1.0, "gradient": 1.0, "own_gradient": 1.0, "batch_mean": 1.0, "deterministic": 1.0}
    found = judged(rubric, in_float32, points=points, dtype="float32", tolerance=1e-9)
    assert {name: verdict for name, (verdict, _) in found.items()} == dict.fromkeys(found, "right")
    assert judged(rubric, in_float32, points=points, tolerance=1e-9)["value"][0] == "wrong"


def test_a_large_loss_in_float32_is_no_far_gradient(rubric: Rubric) -> None:
    def lifted(*arguments: Any) -> Returned:
        loss, gradient = in_float32(*arguments)
        return np.float32(loss + np.float32(1000.0)), gradient

    found = judged(rubric, lifted, points={"own_gradient": 1.0}, dtype="float32")
    assert found["gradient of its own loss"][0] == "right"


def test_leniency_hides_no_fault(rubric: Rubric) -> None:
    def wrong(*arguments: Any) -> Returned:
        loss, (w, b) = right(*arguments)
        return loss, {"dw": 1.01 * w, "D_B": b[None]}

    lenient = ["keepdims", "shape", "names"]
    found = judged(rubric, wrong, lenient=lenient, dtype="float32", points={"gradient": {"W": 1.0, "b": 1.0}})
    assert [found[f"gradient of {name}"][0] for name in ("W", "b")] == ["wrong", "right"]


def test_a_list_of_numbers_is_called_one(rubric: Rubric) -> None:
    def lists(*arguments: Any) -> Returned:
        loss, (w, b) = right(*arguments)
        return loss, {"dW": w.tolist(), "db": b}

    found = judged(rubric, lists)
    assert found["gradient of W"][1].startswith("your gradient of W is a list of numbers, expected an array")
    assert found["gradient of b"][0] == "right"


def test_nan_is_called_nan(rubric: Rubric) -> None:
    def overflowing(*arguments: Any) -> Returned:
        _, (w, b) = right(*arguments)
        return np.nan, (w, b * np.nan)

    found = judged(rubric, overflowing)
    assert found["value"] == ("wrong", "your loss is NaN")
    assert found["gradient of b"] == ("wrong", "your gradient of b is NaN in 3 of 3 entries")
    assert found["gradient of W"][0] == "right"
    assert found["gradient of its own loss"] == ("wrong", "your loss is NaN")
