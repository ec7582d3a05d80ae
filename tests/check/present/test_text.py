"""The text of a report: the verdict first, then what it rests on, within 100 columns."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.check.present.report import GradientReport
from gradwright.check.present.text import to_text
from gradwright.check.present.wording import MOST_ROWS
from gradwright.check.verdict.report import ParameterVerdict, Step
from gradwright.printable import printable

WIDTH = 100  # columns that a report may take

WRONG = """\
wrong: dW2 is 0.0100 x the true gradient in every entry: as if divided by the batch size twice.

where  W2
seen   9 of 12 directions contradict the gradient

parameter  verdict    difference  resolution
W1         correct       3.1e-11     1.0e-09
W2         wrong         9.9e-01     1.0e-09
b2         undecided           -           -

note: f changes its input: every call was given a copy

        step  first remainder   ratio  second remainder   ratio
   2.500e-01     3.250000e-01  2.0000      2.750000e-02  3.6667
   1.250e-01     1.625000e-01  2.0000      7.500000e-03  3.4286
   6.250e-02     8.125000e-02  2.0000      2.187500e-03  3.1111
|  3.125e-02     4.062500e-02  2.0000      7.031250e-04  2.7692
|  1.562e-02     2.031250e-02  2.0000      2.539063e-04  2.4762
|  7.812e-03     1.015625e-02  2.0000      1.025391e-04  2.2703
|  3.906e-03     5.078125e-03  2.0000      4.516602e-05  2.1449
|  1.953e-03     2.539063e-03  2.0000      2.105713e-05  2.0752
   9.766e-04     1.269531e-03  2.0000      1.014709e-05  2.0383
   4.883e-04     6.347656e-04  2.0000      4.978180e-06  2.0193
   2.441e-04     3.173828e-04  2.0000      2.465248e-06  2.0097
   1.221e-04     1.586914e-04       -      1.226664e-06       -
| orders fitted from step 3.125e-02 to 1.953e-03

first order   1.00 (1.00, 1.00) at 95 %, of the first remainder, expected 1
second order  1.00 (1.00, 1.01) at 95 %, of the second remainder, expected 2
resolution    1.2e-09 of the gradient's size
noise floor   1.1e-15 in the value of f
evaluations   1,412 of f, 3 of the gradient
seed          7"""


def lines_of_steps(text: str) -> list[str]:
    """The rows of the table of steps: a mark or a blank, then the step."""
    return [line for line in text.splitlines() if re.match(r"[| ]  \d", line)]


def test_a_wrong_gradient_is_told_from_the_verdict_to_the_seed(wrong_report: GradientReport) -> None:
    assert str(wrong_report) == WRONG


@pytest.mark.parametrize(
    ("evidence", "cause", "said"),
    [
        (
            "W is 0 in every entry",
            "the gradient is missing",
            "W is 0 in every entry: the gradient is missing.",
        ),
        ("W is 0 in every entry.", None, "W is 0 in every entry."),
        (None, "transposed", "transposed."),
        (None, None, "9 of 12 directions contradict the gradient."),
    ],
)
def test_the_first_line_tells_as_much_as_is_known(
    wrong_report: GradientReport, evidence: str | None, cause: str | None, said: str
) -> None:
    text = str(replace(wrong_report, evidence=evidence, cause=cause))
    assert text.splitlines()[0] == f"wrong: {said}"
    assert text.count("9 of 12 directions") == 1


def test_a_single_parameter_needs_no_table(correct_report: GradientReport) -> None:
    text = str(correct_report)
    assert text.startswith("correct: right to 1.2e-09 of its size in 12 directions.\n")
    assert "parameter" not in text
    assert "2.00 (1.99, 2.01) at 95 %, of the second remainder, expected 2" in text


def test_a_linear_function_has_no_second_order_and_the_reason_is_told(linear_report: GradientReport) -> None:
    text = str(linear_report)
    assert "second order  none, of the second remainder: nothing but rounding" in text
    assert "function      linear to rounding" in text
    assert "|" not in text


def test_the_ratio_of_two_roundings_is_not_printed(linear_report: GradientReport) -> None:
    assert {line.split()[-1] for line in lines_of_steps(str(linear_report))} == {"-"}
    assert [line.split()[2] for line in lines_of_steps(str(linear_report))[:-1]] == ["2.0000"] * 11


def test_a_quadratic_function_is_recognised_beside_its_order(correct_report: GradientReport) -> None:
    text = str(replace(correct_report, shape="quadratic"))
    assert "second order  2.00" in text
    assert "function      quadratic to rounding" in text


def test_an_order_that_could_not_be_fitted_is_missed(correct_report: GradientReport) -> None:
    text = str(replace(correct_report, verdict="undecided", order=None, window=(0, 0)))
    assert "second order  none, of the second remainder: too few steps above the noise floor" in text


def test_a_report_without_measurements_says_what_it_cost(undecided_report: GradientReport) -> None:
    assert str(undecided_report) == (
        "undecided: f is not deterministic: at the same x its values differ by 1.0e-03.\n\n"
        "evaluations  1,412 of f, 3 of the gradient\nseed         7"
    )


def test_remainders_that_are_no_number_are_dashes(correct_report: GradientReport) -> None:
    steps = (Step(0.5, math.nan, math.inf), Step(0.25, 0.1, 1e-9), Step(0.125, 0.0, 1e-15))
    text = str(replace(correct_report, steps=steps, window=(0, 0), noise_floor=0.0))
    assert [line.split() for line in lines_of_steps(text)] == [
        ["5.000e-01", "-", "-", "-", "-"],
        ["2.500e-01", "1.000000e-01", "-", "1.000000e-09", "1.0e+06"],
        ["1.250e-01", "0.000000e+00", "-", "1.000000e-15", "-"],
    ]


@pytest.mark.parametrize("window", [(0, 0), (0, 5), (18, 26), (33, 40), (2, 38)])
def test_of_many_steps_those_around_the_window_are_shown(
    correct_report: GradientReport, window: tuple[int, int]
) -> None:
    steps = tuple(Step(2.0**-k, 2.0**-k, 4.0**-k) for k in range(40))
    text = str(replace(correct_report, steps=steps, window=window))
    rows = lines_of_steps(text)
    assert len(rows) == MOST_ROWS
    assert f"{MOST_ROWS} of 40 steps shown" in text
    marked = [row.split()[1] for row in rows if row.startswith("|")]
    assert len(marked) == min(MOST_ROWS, window[1] - window[0])
    assert set(marked) <= {f"{step.step:.3e}" for step in steps[slice(*window)]}


def test_of_many_parameters_those_that_are_not_correct_come_first_and_the_others_are_counted(
    wrong_report: GradientReport,
) -> None:
    parameters = [ParameterVerdict(f"layer{i}.W", "correct", 0.0, 1e-9) for i in range(1500)]
    parameters[1234] = ParameterVerdict("layer1234.W", "wrong", 0.5, 1e-9)
    text = str(replace(wrong_report, parameters=tuple(parameters)))
    table = text[text.index("parameter ") : text.index("note:")].splitlines()
    assert table[1].split() == ["layer1234.W", "wrong", "5.0e-01", "1.0e-09"]
    assert table[2].startswith("layer0.W")
    assert table[MOST_ROWS + 1] == "and 1,480 more: 1,480 correct"


def test_long_names_and_sentences_stay_within_the_width(wrong_report: GradientReport) -> None:
    name = "encoder." * 40 + "W"
    report = replace(
        wrong_report,
        evidence=f"d{name} is wrong " * 5,
        location=f"{name}[3, 7]",
        reason="many words " * 40,
        notes=("many words " * 40,),
        parameters=(ParameterVerdict(name, "wrong", 0.5, 1e-9), *wrong_report.parameters),
    )
    assert max(map(len, str(report).splitlines())) <= WIDTH
    assert "\nencoder.encoder.enco...er.encoder.encoder.W  wrong " in str(report)


@given(name=st.text(min_size=1))
def test_no_name_breaks_a_line_or_moves_the_cursor(name: str) -> None:
    assert printable(name).isprintable()
    assert "\n" not in printable(name)
    if name.isprintable():
        assert printable(name) == name


def test_names_with_control_characters_are_shown_escaped(wrong_report: GradientReport) -> None:
    report = replace(wrong_report, location="W\n\x1b[31m", notes=("two\nlines",))
    assert r"where  W\n\x1b[31m" in to_text(report)
    assert r"note: two\nlines" in to_text(report)


def test_the_text_is_ascii_unless_a_name_is_not(report: GradientReport) -> None:
    assert str(report).isascii()
    assert max(map(len, str(report).splitlines())) <= WIDTH
