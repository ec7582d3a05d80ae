"""The errors: what each stands for on the command line, and what Python code may catch it as."""

from __future__ import annotations

import pytest

from gradwright import errors


@pytest.mark.parametrize(
    ("error", "exit_code", "builtin"),
    [
        (errors.ConfigError, 2, ValueError),
        (errors.ShapeError, 2, ValueError),
        (errors.DataError, 1, ValueError),
        (errors.RecordError, 1, Exception),
        (errors.CheckError, 1, Exception),
        (errors.DivergenceError, 1, ArithmeticError),
    ],
)
def test_an_error_has_its_exit_code_and_its_place_among_pythons_own(
    error: type[errors.GradwrightError], exit_code: int, builtin: type[Exception]
) -> None:
    assert error.exit_code == exit_code
    assert issubclass(error, builtin)
    assert issubclass(error, errors.GradwrightError)
