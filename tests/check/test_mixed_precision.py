"""A few of the functions that compute in fewer digits inside; the figures of many are in docs/checking.md."""

from __future__ import annotations

import pytest

from tests.check.mixed_precision import DIGITS, judge

CASES = range(24)  # one of each kind in each precision


def test_a_right_gradient_in_few_digits_raises_no_alarm() -> None:
    verdicts = {number: judge(number)[1].verdict for number in CASES}
    assert [number for number, verdict in verdicts.items() if verdict == "wrong"] == []
    assert sum(verdict == "correct" for verdict in verdicts.values()) > 0.75 * len(CASES)


@pytest.mark.parametrize("number", [number for number in CASES if DIGITS[number % 3] == "float32"])
def test_an_error_of_a_hundredth_is_found_through_single_precision(number: int) -> None:
    assert judge(number, 0.01)[1].verdict == "wrong"


def test_the_report_says_that_f_moves_in_steps() -> None:
    _, report = judge(0)
    assert any(note.startswith("f moves in steps of about") for note in report.notes), report.notes
