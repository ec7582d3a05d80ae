"""The examples show what they say: the tables of S0 and S1, and the studies of S3 and S4."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ORDER = 0.01  # what a fitted order is allowed to be off


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the names in annotations
    spec.loader.exec_module(module)
    return module


TABLES = example("gradient_tables")
EXPERIMENTS: list[Any] = [*TABLES.s0_tests(), *TABLES.s1_tests()]
DIFFERENCES = example("finite_differences")


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=[each.title for each in EXPERIMENTS])
def test_every_table_has_the_orders_1_and_2(experiment: Any) -> None:
    table = experiment.table
    assert table.first_order == pytest.approx(1, abs=ORDER)
    assert table.second_order == pytest.approx(2, abs=ORDER)


def test_the_tables_of_both_reports_are_there() -> None:
    assert len(TABLES.s0_tests()) == 6
    assert [len(each.steps) for each in TABLES.s1_tests()] == [10, 20, 20, 10, 10, 10]


def test_the_odd_ratio_of_the_residual_network_is_explained_by_its_kink() -> None:
    experiment = EXPERIMENTS[-1]
    ratios = [row.second_ratio for row in experiment.table.rows]
    assert ratios[0] > 9
    assert ratios[1:-1] == pytest.approx([4.0] * 8, abs=0.05)
    told = TABLES.explained(experiment)
    assert "a relu turns on or off" in told
    assert "the ratio is 3.87." in told


def test_a_wrong_derivative_shows_in_these_tables() -> None:
    experiment = EXPERIMENTS[0]
    wrong = TABLES.Experiment("", experiment.line, 1.001 * experiment.derivative, experiment.steps).table
    assert wrong.second_order < 1.5


def test_the_error_of_s3_stops_at_the_penalty_that_was_left_out() -> None:
    curve, floor = DIFFERENCES.s3_curve()
    assert curve[-1].left_out == pytest.approx(floor, rel=1e-6)
    by_count = {row.n: row.in_it for row in curve}
    assert by_count[60] / by_count[700] == pytest.approx((700 / 60) ** 2, rel=0.05)
    assert by_count[1] > 1e3 * by_count[24]


def test_the_comparisons_of_s4_and_the_mark_of_its_fault() -> None:
    counts, active = DIFFERENCES.s4_counts()
    wrong = {(row.method, row.measure): list(row.wrong.values()) for row in counts}
    assert (
        wrong["forward", "absolute"]
        == wrong["central", "absolute"]
        == wrong["central", "relative"]
        == [0] * 4
    )
    assert sum(wrong["forward", "relative"]) > 0
    assert wrong["central, W not stepped back", "absolute"] == [20 * active, 0, 10 * active, 0]


@pytest.mark.parametrize("module", [TABLES, DIFFERENCES])
def test_each_example_runs(module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    module.main()
    assert capsys.readouterr().out
