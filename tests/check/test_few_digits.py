"""A few of the functions that compute in fewer digits inside; the figures of many are in docs/checking.md."""

from __future__ import annotations

import pytest

from tests.check.few_digits.judged import APART, families, judge

CASES = range(24)  # one of eight families in each precision
HIDDEN = 1  # one of them whose casts are out of reach


def test_a_right_gradient_in_few_digits_raises_no_alarm() -> None:
    verdicts = {number: judge(number)[1].verdict for number in CASES}
    assert [number for number, verdict in verdicts.items() if verdict == "wrong"] == []
    assert sum(verdict == "correct" for verdict in verdicts.values()) > 0.9 * len(CASES)


@pytest.mark.parametrize("number", CASES[::3])
def test_an_error_of_a_hundredth_is_found_through_single_precision(number: int) -> None:
    assert judge(number, error=0.01)[1].verdict == "wrong"


@pytest.mark.parametrize("number", [4, 7, 13])  # whose casts can be left out
def test_an_error_of_a_hundredth_is_found_through_half_precision(number: int) -> None:
    assert judge(number, error=0.01)[1].verdict == "wrong"


def test_the_report_says_that_f_moves_in_steps() -> None:
    _, report = judge(HIDDEN)
    assert any(note.startswith("f moves in steps of about") for note in report.notes), report.notes


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_library_that_casts_inside_is_judged_alike(library: str) -> None:
    pytest.importorskip(library)
    assert judge(0, library)[1].verdict == "correct"
    assert judge(0, library, error=0.01)[1].verdict == "wrong"


def test_a_third_of_the_families_is_kept_apart() -> None:
    together = set(families("torch", apart=False)) | set(families("torch", apart=True))
    assert len(APART) >= len(together) // 3
    assert not set(APART) & set(families("numpy", apart=False))
