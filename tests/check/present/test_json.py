"""A report as JSON, and back."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.report import Order, Step
from gradwright.errors import RecordError


def test_a_report_survives_json(report: GradientReport) -> None:
    text = json.dumps(report.to_dict(), allow_nan=False)
    back = GradientReport.from_dict(json.loads(text))
    assert str(back) == str(report)
    assert back.to_dict() == report.to_dict()


def test_a_report_of_finite_numbers_comes_back_equal(correct_report: GradientReport) -> None:
    assert GradientReport.from_dict(json.loads(json.dumps(correct_report.to_dict()))) == correct_report


def test_the_record_begins_with_its_version_and_holds_every_field(wrong_report: GradientReport) -> None:
    record = wrong_report.to_dict()
    assert list(record) == ["gradwright_check", *(field.name for field in fields(GradientReport))]
    assert record["gradwright_check"] == 1
    assert record["order"] == {"value": 1.002, "low": 0.998, "high": 1.006}
    assert record["window"] == [3, 8]
    assert record["steps"][0] == {"step": 0.25, "first": 0.325, "second": 0.0275}


def test_what_is_not_finite_becomes_none_and_then_nan(wrong_report: GradientReport) -> None:
    steps = (Step(0.5, math.nan, 0.1),)
    report = replace(wrong_report, noise_floor=math.inf, resolution=math.inf, steps=steps)
    record = report.to_dict()
    assert record["parameters"][2]["difference"] is None
    assert (record["noise_floor"], record["resolution"], record["steps"][0]["first"]) == (None, None, None)
    back = GradientReport.from_dict(record)
    assert math.isnan(back.noise_floor)
    assert math.isnan(back.steps[0].first)
    assert math.isnan(back.parameters[2].resolution)
    assert back.resolution is None


def test_numbers_of_numpy_become_plain_ones(correct_report: GradientReport) -> None:
    measured: dict[str, Any] = {
        "seed": np.int64(3),
        "noise_floor": np.float32(0.5),
        "order": Order(np.float64(2.0), np.float64(1.5), np.float64(2.5)),
    }
    report = replace(correct_report, **measured)
    record = json.loads(json.dumps(report.to_dict()))
    assert (record["seed"], record["noise_floor"], record["order"]["low"]) == (3, 0.5, 1.5)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("gradwright_check", 2, "expected gradwright_check = 1, found 2"),
        ("verdict", "maybe", "verdict: expected 'correct', 'wrong' or 'undecided', found 'maybe'"),
        ("seed", "many", "seed: .* found 'many'"),
        ("verdict", None, "verdict: .* found None"),
        ("steps", 3, "steps: .* found 3"),
        ("steps", [{"step": 0.5, "first": 0.1}], r"steps\.0\.second: this key is needed"),
        ("order", {"value": 2.0, "low": 1.9, "high": 2.1, "wide": 1}, r"order\.wide: there is no such key"),
        ("window", [1, 2, 3], "window: .* found"),
        ("colour", "red", "there is no key 'colour'"),
    ],
)
def test_a_damaged_record_is_refused_by_the_key_that_is_wrong(
    wrong_report: GradientReport, key: str, value: Any, message: str
) -> None:
    with pytest.raises(RecordError, match=f"^gradient report: {message}"):
        GradientReport.from_dict({**wrong_report.to_dict(), key: value})


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("gradwright_check", "expected gradwright_check = 1, found no such key"),
        ("seed", "seed: this key is needed"),
    ],
)
def test_a_missing_key_is_named(wrong_report: GradientReport, key: str, message: str) -> None:
    record = wrong_report.to_dict()
    del record[key]
    with pytest.raises(RecordError, match=message):
        GradientReport.from_dict(record)


def test_what_is_no_table_is_refused() -> None:
    record: Any = ["wrong"]
    with pytest.raises(RecordError, match=r"expected a table of keys, found \['wrong'\]"):
        GradientReport.from_dict(record)
