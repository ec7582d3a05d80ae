"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import gradwright

pytestmark = pytest.mark.waits

TESTS = """
import numpy as np
from gradwright.check import assert_gradient

def test_right():
    report = assert_gradient(lambda x: (x**2).sum(), lambda x: 2 * x, np.ones(3))
    print("the seed is", report.seed)

def test_wrong():
    assert_gradient(lambda x: (x**2).sum(), lambda x: 2.002 * x, np.ones(3))
"""

Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_pytest(tmp_path: Path) -> Pytest:
    """Run ``TESTS`` with the plugin."""
    (tmp_path / "test_mine.py").write_text(TESTS)
    sources = str(Path(gradwright.__file__).parents[1])
    path = os.pathsep.join(filter(None, [sources, os.environ.get("PYTHONPATH")]))
    # only this plugin, and once, be it installed or not
    environment = os.environ | {
        "PYTHONPATH": path,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
    }

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "gradwright_pytest", "-p", "no:cacheprovider"]
        return subprocess.run(
            [*command, *options], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_a_failure_reads_as_the_verdict_below_the_line_of_the_test(run_pytest: Pytest) -> None:
    result = run_pytest()
    assert result.returncode == 1
    assert "1 failed, 1 passed" in result.stdout
    assert ">       assert_gradient(lambda x: (x**2).sum(), lambda x: 2.002 * x, np.ones(3))" in result.stdout
    assert "E       gradwright.errors.CheckError: wrong: x is 1.001 x the true gradient" in result.stdout
    for inner in ("assertion.py", "report.py", "gradient.py", "check_gradient("):
        assert inner not in result.stdout


def test_the_table_of_steps_is_shown_with_v(run_pytest: Pytest) -> None:
    brief, full = run_pytest().stdout, run_pytest("-v").stdout
    assert "With pytest -v: the steps" in brief
    assert "second remainder" not in brief
    assert "second remainder" in full
    assert "With pytest -v" not in full
    for told in (brief, full):
        summary = [line for line in told.splitlines() if line.startswith("FAILED")]
        assert len(summary) == 1
        assert "wrong: x is 1.001 x" in summary[0]


def test_the_seed_reaches_every_assertion_and_is_in_the_header(run_pytest: Pytest) -> None:
    result = run_pytest("--gradwright-seed", "7", "-rP", "-k", "right")
    assert result.returncode == 0
    assert "gradwright: seed 7" in result.stdout
    assert "the seed is 7" in result.stdout


def test_without_the_option_nothing_is_said(run_pytest: Pytest) -> None:
    result = run_pytest("-rP", "-k", "right")
    assert "gradwright: seed" not in result.stdout
    assert "the seed is 0" in result.stdout


@pytest.mark.parametrize("seed", ["-1", "many"])
def test_a_seed_that_cannot_be_is_wrong_use(run_pytest: Pytest, seed: str) -> None:
    result = run_pytest(f"--gradwright-seed={seed}")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--gradwright-seed" in result.stderr


def test_the_plugin_loads_nothing_of_the_package_that_it_does_not_need() -> None:
    code = "import gradwright_pytest, sys; print([m for m in ('gradwright', 'numpy') if m in sys.modules])"
    sources = str(Path(gradwright.__file__).parents[1])
    command = [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONPATH": sources}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_entry_point_is_the_plugin() -> None:
    """As installed; an environment from before the plugin has none yet."""
    found = [point.value for point in entry_points(group="pytest11") if point.name == "gradwright"]
    assert found in ([], ["gradwright_pytest"])
