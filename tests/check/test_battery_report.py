"""A battery's report says what was asked, whether it holds, and what was expected and found."""

# ruff: noqa: ARG002 -- a faulty layer takes the arguments that every layer takes

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from gradwright.check import BatteryReport, GradientReport, check_layer
from gradwright.errors import ShapeError
from gradwright.nn import Dropout, Linear, Mode, ParameterLayout, Residual, Sequential, Tanh, mlp
from gradwright.nn.layer import EVAL, Array, Params


@dataclass(frozen=True)
class Doubled(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return 2 * super().backward(params, y, dy)[0], {}


@dataclass(frozen=True)
class NotFinite(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return np.nan * super().backward(params, y, dy)[0], {}


@dataclass(frozen=True)
class SlightlyWrong(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return (1 + 1e-5) * super().backward(params, y, dy)[0], {}


@dataclass(frozen=True)
class OneEntryWrong(Linear):
    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        dparams["weight"][3, 7] *= 1.001
        return dx, dparams


@dataclass(frozen=True)
class Breaks(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        raise ValueError("out of paper")


@dataclass(frozen=True)
class RefusesOneRow(Tanh):
    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        if len(x) == 1:
            raise ValueError("one row alone")
        return super().forward(params, x, mode)


@dataclass(frozen=True)
class OneRowTooMany(Tanh):
    """Returns a second row where it is given one."""

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return super().forward(params, np.concatenate([x, x]) if len(x) == 1 else x, mode)


def evidence(report: BatteryReport, name: str) -> str:
    return next(row.evidence for row in report.rows if row.name == name)


def test_a_report_lists_every_property_that_was_asked() -> None:
    names = [row.name for row in check_layer(mlp(2, 3, 2), 2).rows]
    assert names == [
        "gradient",
        "right to rounding",
        "inputs untouched",
        "fresh memory",
        "dtype kept",
        "repeats",
        "backward repeats",
        "one gradient each",
        "output features",
        "batch is its rows",
    ]


def test_rows_are_not_asked_to_stand_alone_in_training() -> None:
    names = [row.name for row in check_layer(Dropout(), 4, training=True).rows]
    assert "batch is its rows" not in names


def test_every_variable_has_a_verdict_under_its_name() -> None:
    network = Residual(mlp(2, 3, 2))
    gradient = check_layer(network, 2).gradient
    assert gradient is not None
    named = {each.name: each.verdict for each in gradient.parameters}
    assert named == dict.fromkeys(["x", *(s.name for s in ParameterLayout.of(network).slots)], "correct")


def test_a_fault_is_placed_by_the_full_name_of_its_parameter() -> None:
    body = Sequential(OneEntryWrong(4, 8), Tanh(), Linear(8, 4))
    gradient = check_layer(Sequential(Linear(4, 4), Residual(body)), 4).gradient
    assert gradient is not None
    assert (gradient.verdict, gradient.location) == ("wrong", "1.0.weight[3, 7]")


def test_the_evidence_against_a_gradient_is_its_headline() -> None:
    report = check_layer(Doubled(), 3)
    assert not report.passed
    assert evidence(report, "gradient") == (
        "wrong: x is 2 x the true gradient in every entry: a factor of 2 too many."
    )


@pytest.mark.parametrize(("tolerance", "passed"), [(0.0, False), (1e-4, True)])
def test_a_slight_difference_may_be_tolerated(tolerance: float, passed: bool) -> None:
    assert check_layer(SlightlyWrong(), 3, tolerance=tolerance).passed == passed


def test_what_is_not_finite_is_named() -> None:
    report = check_layer(NotFinite(), 3)
    assert (
        evidence(report, "gradient")
        == "wrong: f is finite, and the gradient NaN in 21 of 21 entries of x, x[0, 0] the first."
    )


def test_whatever_a_layer_raises_counts_against_the_property() -> None:
    report = check_layer(Breaks(), 3)
    assert {row.name for row in report.rows if row.passed} == {"output features"}
    assert report.gradient is None
    for name in ("gradient", "repeats", "inputs untouched"):
        assert evidence(report, name) == "expected no exception, found ValueError: out of paper"


def test_what_fails_on_one_row_alone_fails_only_there() -> None:
    report = check_layer(RefusesOneRow(), 3, samples=2)
    assert report.failed == ("batch is its rows",)
    assert evidence(report, "batch is its rows").endswith("ValueError: one row alone")


def test_rows_of_another_shape_are_named() -> None:
    report = check_layer(OneRowTooMany(), 3, samples=2)
    assert evidence(report, "batch is its rows") == (
        "y of a batch and of its rows: expected the shape (4, 3), found (2, 3)"
    )


def test_a_report_prints_one_line_for_each_property() -> None:
    report = check_layer(Tanh(), 3)
    title, *lines = str(report).splitlines()
    assert title == "Tanh()"
    assert len(lines) == len(report.rows)
    assert any(line.startswith("passed  fresh memory ") for line in lines)


def test_a_report_shows_all_that_was_seen_of_a_gradient_that_is_not_correct() -> None:
    report = check_layer(Doubled(), 3)
    table, _, seen = str(report).partition("\n\n")
    assert table.splitlines()[1].startswith("FAILED  gradient ")
    assert seen == str(report.gradient)


def test_a_report_is_plain_data() -> None:
    record = json.loads(json.dumps(check_layer(Doubled(), 3).to_dict(), allow_nan=False))
    assert record["subject"] == "Doubled()"
    assert record["passed"] is False
    assert {"property", "passed", "evidence"} == {*record["properties"][0]}
    assert GradientReport.from_dict(record["gradient"]).verdict == "wrong"
    assert check_layer(Breaks(), 3).to_dict()["gradient"] is None


def test_the_same_seed_gives_the_same_report() -> None:
    assert check_layer(Tanh(), 3, seed=1) == check_layer(Tanh(), 3, seed=1)
    assert check_layer(Doubled(), 3, seed=1) != check_layer(Doubled(), 3, seed=2)


def test_a_number_of_features_that_the_layer_does_not_take_is_the_callers_mistake() -> None:
    with pytest.raises(ShapeError, match="takes 3 features, found 4"):
        check_layer(Linear(3, 2), 4)


def test_a_notebook_shows_every_property_and_of_a_wrong_gradient_all_that_was_seen() -> None:
    right = check_layer(Tanh(), 3)
    html = right._repr_html_()
    assert [row.name for row in right.rows if f">{row.name}<" not in html] == []
    assert "gw-check" not in html
    assert "gw-check" in check_layer(DoubledTanh(), 3)._repr_html_()


class DoubledTanh(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return 2 * (1 - y * y) * dy, {}
