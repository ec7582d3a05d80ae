"""What counts as right."""

from __future__ import annotations

import math

import numpy as np

import gradwright as gw
from gradwright.engine.metrics import count_correct, decide

LOGITS = np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 0.5]])


def test_the_largest_logit_answers() -> None:
    assert decide(gw.SoftmaxCrossEntropy(), LOGITS).tolist() == [0, 1, 0]
    assert count_correct(gw.SoftmaxCrossEntropy(), LOGITS, np.array([0, 1, 1])) == 2


def test_probability_targets_count_by_their_largest_class() -> None:
    target = np.array([[0.9, 0.1], [0.6, 0.4], [0.5, 0.5]])
    assert count_correct(gw.SoftmaxCrossEntropy(), LOGITS, target) == 2


def test_a_positive_logit_answers_yes_and_rows_of_several_answers_count_by_their_share() -> None:
    loss = gw.BinaryCrossEntropy()
    assert count_correct(loss, np.array([[1.0], [-1.0]]), np.array([1, 1])) == 1
    assert count_correct(loss, LOGITS - 0.75, np.array([[1, 1], [1, 1], [1, 0]])) == 1 + 0.5 + 1


def test_a_regression_has_no_right_answers() -> None:
    assert math.isnan(count_correct(gw.MeanSquaredError(), LOGITS, LOGITS))
