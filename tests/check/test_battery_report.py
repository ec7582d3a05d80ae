"""A battery's report says what was asked, whether it holds, and what was expected and found."""

# ruff: noqa: ARG002 -- a faulty layer takes the arguments that every layer takes

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from gradwright.check import BatteryReport, check_layer
from gradwright.errors import ShapeError
from gradwright.nn import Dropout, Linear, Mode, ParameterLayout, Tanh, mlp
from gradwright.nn.layer import EVAL, Array, Params


@dataclass(frozen=True)
class Doubled(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return 2 * super().backward(params, y, dy)[0], {}


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
    network = mlp(2, 3, 2)
    names = [row.name for row in check_layer(network, 2).rows]
    slots = [slot.name for slot in ParameterLayout.of(network).slots]
    assert names == [
        *(f"derivative by {name}" for name in ("x", *slots)),
        "Taylor order",
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


def test_the_evidence_against_a_gradient_names_what_was_expected_and_found() -> None:
    report = check_layer(Doubled(), 3)
    assert not report.passed
    words = evidence(report, "derivative by x").split()
    expected, found = (float(words[words.index(key) + 1].rstrip(",;")) for key in ("expected", "found"))
    assert found == pytest.approx(2 * expected)
    assert "expected 2" in evidence(report, "Taylor order")


def test_whatever_a_layer_raises_counts_against_the_property() -> None:
    report = check_layer(Breaks(), 3)
    assert {row.name for row in report.rows if row.passed} == {"output features"}
    for name in ("repeats", "inputs untouched"):
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
    report = check_layer(Doubled(), 3)
    title, *lines = str(report).splitlines()
    assert title == "Doubled()"
    assert len(lines) == len(report.rows)
    assert lines[0].startswith("FAILED  derivative by x ")
    assert any(line.startswith("passed  fresh memory ") for line in lines)


def test_a_report_is_plain_data() -> None:
    record = json.loads(json.dumps(check_layer(Doubled(), 3).to_dict(), allow_nan=False))
    assert record["subject"] == "Doubled()"
    assert record["passed"] is False
    assert {"property", "passed", "evidence"} == {*record["properties"][0]}


def test_the_same_seed_gives_the_same_report() -> None:
    assert check_layer(Tanh(), 3, seed=1) == check_layer(Tanh(), 3, seed=1)
    assert check_layer(Doubled(), 3, seed=1) != check_layer(Doubled(), 3, seed=2)


def test_a_number_of_features_that_the_layer_does_not_take_is_the_callers_mistake() -> None:
    with pytest.raises(ShapeError, match="takes 3 features, found 4"):
        check_layer(Linear(3, 2), features=4)
