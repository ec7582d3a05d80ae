"""The pytest plugin of gradwright: ``pytest --gradwright-seed N`` checks along other random directions.

Of a failed check it shows the first part of the report, and all of it with ``-v``.

pytest imports it wherever gradwright is installed, before it measures coverage or knows what will be needed.
So it stands beside the package, and imports that only when the option is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    error = call.excinfo.value if call.excinfo else None
    brief = getattr(error, "brief", None)  # gradwright.errors.CheckError has it
    if error is not None and isinstance(brief, str) and item.config.get_verbosity() < 1:
        error.args = (f"{brief}\n\nWith pytest -v: the steps, and what was measured.",)
    outcome: Any = yield
    crash = getattr(outcome.get_result().longrepr, "reprcrash", None)
    if isinstance(brief, str) and crash is not None:  # what the line of the summary says
        crash.message = " ".join(brief.partition("\n\n")[0].split())


def pytest_report_header(config: pytest.Config) -> str | None:
    seed = config.getoption("--gradwright-seed")
    return None if seed is None else f"gradwright: seed {seed}"
