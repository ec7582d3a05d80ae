"""A network that answers every row alike is told so, unless nearly all rows are alike."""

from __future__ import annotations

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Split
from gradwright.diagnosis.answers import of_answers

X = np.zeros((100, 1))
RNG = np.random.default_rng(0)


def test_one_class_for_all_rows() -> None:
    y = np.arange(100) % 3
    (found,) = of_answers(gw.SoftmaxCrossEntropy(), np.tile([0.0, 2.0, 1.0], (100, 1)), Split(X, y))
    assert found.kind == "one answer"
    assert found.numbers["share"] == 0.33
    assert not list(of_answers(gw.SoftmaxCrossEntropy(), RNG.normal(size=(100, 3)), Split(X, y)))


def test_where_nearly_all_rows_are_of_that_class_it_may_be_right() -> None:
    y = (np.arange(100) == 7).astype(int)
    assert not list(of_answers(gw.SoftmaxCrossEntropy(), np.tile([2.0, 0.0], (100, 1)), Split(X, y)))


@pytest.mark.parametrize(("spread", "kinds"), [(1e-3, ["one answer"]), (0.5, [])])
def test_one_number_for_all_rows(spread: float, kinds: list[str]) -> None:
    y = RNG.normal(size=100)
    found = of_answers(gw.MeanSquaredError(), spread * RNG.normal(size=(100, 1)), Split(X, y))
    assert [each.kind for each in found] == kinds


def test_answers_that_are_no_numbers_are_told_by_others() -> None:
    assert not list(
        of_answers(gw.MeanSquaredError(), np.full((100, 1), np.nan), Split(X, RNG.normal(size=100)))
    )
