"""What one does with a report: demand that the gradient is correct, and see it where one works."""

from __future__ import annotations

import pytest

from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.report import Order
from gradwright.errors import CheckError


def test_a_correct_gradient_passes_in_silence(
    correct_report: GradientReport, linear_report: GradientReport
) -> None:
    correct_report.assert_correct()
    linear_report.assert_correct()


def test_a_wrong_gradient_raises_with_the_whole_report_and_the_verdict_first(
    wrong_report: GradientReport,
) -> None:
    with pytest.raises(CheckError) as raised:
        wrong_report.assert_correct()
    assert str(raised.value) == str(wrong_report)
    assert str(raised.value).startswith("wrong: dW2 is 0.0100 x")


def test_undecided_is_not_correct_and_says_that_it_is_undecided(undecided_report: GradientReport) -> None:
    with pytest.raises(CheckError, match=r"^undecided: f is not deterministic"):
        undecided_report.assert_correct()


def test_a_failure_under_pytest_points_at_the_test_and_not_into_the_checker(
    wrong_report: GradientReport,
) -> None:
    with pytest.raises(CheckError) as raised:
        wrong_report.assert_correct()
    assert raised.traceback[-1].ishidden(raised)
    assert not raised.traceback[0].ishidden(raised)


def test_ipython_on_a_terminal_shows_the_text(wrong_report: GradientReport) -> None:
    class Printer:
        shown = ""

        def text(self, text: str) -> None:
            self.shown += text

    printer = Printer()
    wrong_report._repr_pretty_(printer, False)
    assert printer.shown == str(wrong_report)


def test_an_order_speaks_with_its_interval() -> None:
    assert str(Order(1.9961, 1.9899, 2.0049)) == "2.00 (1.99, 2.00)"
