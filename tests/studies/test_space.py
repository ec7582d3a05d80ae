"""A space of settings: every point lies in it, every axis is even on its own scale, and slips are named."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradwright as gw
from gradwright.errors import ConfigError
from gradwright.studies import plan_of
from gradwright.studies.axis import Choice, Range
from gradwright.studies.read_space import read_space
from tests.studies.conftest import settings

ROUNDING = 1e-12  # of a logarithm and its exponential, on a scale of 1
ends = st.tuples(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)).filter(lambda pair: pair[1] > 1.001 * pair[0])
whole_ends = st.tuples(st.integers(1, 1000), st.integers(1, 1000)).filter(lambda pair: pair[0] < pair[1])
units = st.floats(0, 1)


@given(ends, st.booleans(), units)
def test_a_value_lies_in_its_range_and_leads_back_to_its_place(
    pair: tuple[float, float], log: bool, u: float
) -> None:
    axis = Range(*pair, log=log)
    value = axis.at(u)
    assert pair[0] <= value <= pair[1]
    width = math.log(pair[1] / pair[0]) if log else (pair[1] - pair[0]) / pair[1]
    assert axis.unit(value) == pytest.approx(u, abs=ROUNDING / width + ROUNDING)


@given(whole_ends, st.booleans(), units)
def test_a_whole_number_stays_one_and_leads_back_to_itself(
    pair: tuple[int, int], log: bool, u: float
) -> None:
    axis = Range(*pair, log=log, whole=True)
    value = axis.at(u)
    assert type(value) is int
    assert pair[0] <= value <= pair[1]
    assert axis.at(axis.unit(value)) == value


def test_every_whole_number_and_every_choice_is_equally_likely() -> None:
    places = (np.arange(1200) + 0.5) / 1200
    for axis in (Range(1, 6, whole=True), Choice(("a", "b", "c", "d", "e", "f"))):
        values = [axis.at(u) for u in places]
        assert sorted(values.count(value) for value in set(values)) == [200] * 6


def test_a_logarithmic_range_gives_each_power_of_ten_the_same_room() -> None:
    values = [Range(1e-4, 1.0, log=True).at(u) for u in (np.arange(1000) + 0.5) / 1000]
    assert [sum(10.0**k <= v < 10.0 ** (k + 1) for v in values) for k in (-4, -3, -2, -1)] == [250] * 4


def test_a_grid_is_counted_without_being_made() -> None:
    table = {"size": [16, 32], "optimizer": ["SGD", "Adam"], "rate": {"log_uniform": [0.01, 1.0]}}
    table |= {"momentum": {"uniform": [0, 0.9], "when": {"optimizer": "SGD"}}}
    space = read_space({**table, "steps": {"integers": [1, 3]}})
    assert space.count(4) == len(list(space.grid(4))) == 2 * (4 + 1) * 4 * 3
    huge = settings(space={"epochs": {"integers": [1, 10**9]}}, search="Grid")
    with pytest.raises(ConfigError, match=r"grid of at most 1,000,000 points, found one of 1,000,000,000"):
        plan_of(huge)


def test_a_grid_holds_both_ends_and_every_listed_value() -> None:
    space = read_space({"a": {"log_uniform": [0.01, 1]}, "b": [1, 2], "c": {"integers": [3, 5]}})
    points = list(space.grid(3))
    assert len(points) == 3 * 2 * 3
    assert {p["a"] for p in points} == {0.01, 0.1, 1.0}
    assert {p["c"] for p in points} == {3, 4, 5}


def test_a_conditional_axis_is_there_exactly_where_it_counts() -> None:
    table: dict[str, Any] = {
        "optimizer.momentum": {"uniform": [0.0, 0.9], "when": {"optimizer": ["SGD"]}},
        "optimizer": ["SGD", "Adam"],
    }
    space = read_space(table)
    assert list(space.grid(2)) == [
        {"optimizer": "SGD", "optimizer.momentum": 0.0},
        {"optimizer": "SGD", "optimizer.momentum": 0.9},
        {"optimizer": "Adam"},
    ]
    for u in (0.2, 0.8):
        assert ("optimizer.momentum" in space.at([u, 0.5])) == (u < 0.5)


@given(st.lists(units, min_size=2, max_size=2), st.floats(0.01, 0.9))
def test_a_finer_space_lies_in_the_coarse_one_around_its_best_point(place: list[float], share: float) -> None:
    space = read_space({"a": {"log_uniform": [1e-4, 1]}, "b": ["x", "y"]})
    best = space.at(place)
    fine = space.around(best, share)
    coarse_axis, fine_axis = space.axes[0].values, fine.axes[0].values
    assert isinstance(coarse_axis, Range)
    assert isinstance(fine_axis, Range)
    assert coarse_axis.low <= fine_axis.low <= best["a"] * (1 + ROUNDING)
    assert best["a"] * (1 - ROUNDING) <= fine_axis.high <= coarse_axis.high
    assert coarse_axis.unit(fine_axis.high) - coarse_axis.unit(fine_axis.low) == pytest.approx(
        share, abs=1e-9
    )
    assert fine.axes[1] == space.axes[1]


def test_the_order_of_the_lines_in_a_file_says_nothing() -> None:
    table: dict[str, Any] = {"b": [1, 2], "a": {"uniform": [0, 1], "when": {"b": 1}}, "c": {"d": [3, 4]}}
    assert read_space(table) == read_space(dict(reversed(table.items())))
    assert [axis.path for axis in read_space(table).axes] == ["b", "a", "c.d"]


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "space: expected at least one axis"),
        ({"batch_size": []}, "space.batch_size: expected at least one value"),
        ({"batch_size": [16, 16]}, "space.batch_size: expected different values, found 16 twice"),
        ({"batch_size": 16}, "space.batch_size: expected a list of values or a range, found 16"),
        ({"a": {"uniform": [1, 1]}}, "space.a: expected a range from a low number to a higher one"),
        ({"a": {"uniform": [2, 1]}}, "found 2 to 1"),
        ({"a": {"uniform": [1]}}, "uniform: expected two numbers"),
        ({"a": {"integers": [1, 2.5]}}, "integers: expected two whole numbers"),
        ({"a": {"log_uniform": [0, 1]}}, "expected a range above 0 for a logarithmic scale, found 0"),
        ({"a": {"uniform": [0, 1], "integers": [0, 1]}}, "expected one of uniform, log_uniform"),
        ({"a": {"log_unifrom": [0.1, 1], "when": {}}}, "did you mean 'log_uniform'?"),
        ({"a": {"uniform": [0, 1], "when": 3}}, "when: expected a table"),
        ({"a": {"uniform": [0, 1], "when": {"b": 1}}}, "space.a.when.b: there is no such axis"),
        (
            {
                "a": {"uniform": [0, 1], "when": {"b": 1}},
                "b": {"uniform": [0, 1], "when": {"a": 1}},
            },
            "space.a.when.b: expected an axis that does not depend on this one",
        ),
        ({"b": [1, 2], "a": {"values": [1], "when": {"b": 3}}}, "found 3, which it never takes"),
        ({"seed": [1, 2]}, "space.seed: seeds are not searched; set repeats"),
    ],
)
def test_a_space_that_cannot_be_is_refused_by_name(space: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_space(space)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": {"lerning_rate": [0.1]}}, "did you mean 'learning_rate'?"),
        ({"space": {"optimizer.momentm": [0.1]}}, "did you mean 'momentum'?"),
        ({"space": {"batch_size": {"integers": [0, 8]}}}, "batch_size: expected a whole number >= 1"),
        ({"space": 3}, "space: expected a table, found 3"),
        ({"base": {"epochs": 3}}, "base.network: this key is needed"),
        ({"repeats": 0}, "repeats: expected a whole number >= 1, found 0"),
        ({"repeat": 3}, "repeat: there is no such key; did you mean 'repeats'?"),
        ({"version": 2}, "version: expected a study of version 1, found 2"),
        ({"search": {"kind": "Random", "trails": 3}}, "did you mean 'trials'?"),
        ({"search": {"kind": "Random", "trials": 0}}, "trials: expected a whole number >= 1, found 0"),
        ({"pruning": {"kind": "Median", "warmup": 0}}, "warmup"),
        ({"space": {"learning_rate": {"unifrom": [0, 1]}}}, "for a range write uniform"),
        (
            {"space": {"optimizer": ["SGD", "Adam"], "optimizer.momentum": [0.5]}},
            "choose from beta1, beta2, epsilon; a setting that some values of optimizer do not have needs a "
            "'when'",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused_before_the_first_run(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(settings(**changes))
    assert message in str(caught.value)


def test_a_study_does_not_select_on_training_data() -> None:
    base = {**settings()["base"], "monitor": "train.loss"}
    with pytest.raises(ConfigError, match=r"base\.monitor: a study selects on validation data"):
        plan_of(settings(base=base))


def test_repeats_have_seeds_of_their_own_the_same_at_every_point() -> None:
    few, many = (plan_of(settings(repeats=n)) for n in (3, 50))
    assert many.seeds[:3] == few.seeds
    assert len(set(many.seeds)) == 50
    assert few.config({"batch_size": 64}, few.seeds[1]).seed == few.seeds[1]


def test_a_point_changes_the_base_from_the_whole_to_its_parts() -> None:
    plan = plan_of(settings(space={"optimizer": ["SGD", "Adam"]}))
    config = plan.config({"optimizer.momentum": 0.5, "optimizer": "SGD", "network.widths": [2, 9, 2]}, 0)
    plain = json.loads(config.model_dump_json())
    assert plain["optimizer"] == {"kind": "SGD", "momentum": 0.5, "nesterov": False}
    assert plain["network"]["layers"][0]["out_features"] == 9


def test_a_table_with_a_kind_holds_the_axes_of_its_settings() -> None:
    plan = plan_of(
        settings(
            space={"penalty": {"kind": "L2", "factor": {"log_uniform": [1e-4, 1e-2]}}, "batch_size": [4]}
        )
    )
    point = plan.space.at([0.5] * 3)
    assert point == {"batch_size": 4, "penalty": "L2", "penalty.factor": pytest.approx(1e-3, rel=1e-12)}
    assert plan.config(point, seed=0).penalty == gw.L2(point["penalty.factor"])


def test_of_several_kinds_the_axes_are_those_of_what_they_share() -> None:
    penalty = {"kind": ["L1", "L2"], "factor": {"log_uniform": [1e-4, 1e-2]}}
    space = plan_of(settings(space={"penalty": penalty})).space
    assert {space.at([u, 0.5])["penalty"] for u in (0.2, 0.8)} == {"L1", "L2"}


def test_a_kind_without_such_a_setting_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="did you mean 'factor'"):
        plan_of(settings(space={"penalty": {"kind": "L2", "factr": [0.1]}}))
