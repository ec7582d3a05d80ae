"""A few of the thousands of random cases whose figures stand in docs/checking.md."""

from __future__ import annotations

import pytest

from tests.check.calibration import judge

CASES = range(48)  # four of each family


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_right_gradient_raises_no_alarm(dtype: str) -> None:
    verdicts = {number: judge(number, dtype, 0.0)[1].verdict for number in CASES}
    assert [number for number, verdict in verdicts.items() if verdict == "wrong"] == []


@pytest.mark.parametrize("error", [1e-4, 1e-5])
def test_a_wrong_gradient_is_found_in_double_precision(error: float) -> None:
    verdicts = {number: judge(number, "float64", error)[1].verdict for number in CASES}
    assert [number for number, verdict in verdicts.items() if verdict != "wrong"] == []
