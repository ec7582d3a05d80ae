"""The pytest plugin of gradwright: ``pytest --gradwright-seed N`` checks along other random directions.

pytest imports it wherever gradwright is installed, before it measures coverage or knows what will be needed.
So it stands beside the package, and imports that only when the option is given.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gradwright")
    group.addoption("--gradwright-seed", type=int, help="seed of each assert_gradient that names none; 0")


def pytest_configure(config: pytest.Config) -> None:
    seed = config.getoption("--gradwright-seed")
    if seed is not None:
        if seed < 0:
            raise pytest.UsageError(f"--gradwright-seed: expected 0 or more, found {seed}")
        from gradwright.check import assertion

        assertion.default_seed = seed


def pytest_report_header(config: pytest.Config) -> str | None:
    seed = config.getoption("--gradwright-seed")
    return None if seed is None else f"gradwright: seed {seed}"
