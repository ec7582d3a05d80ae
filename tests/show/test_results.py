"""What runs reached, as numbers."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import replace

import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.show import results
from gradwright.show.results import ceiling_of, labels
from gradwright.studies.estimate import Estimate


def test_a_single_run_is_one_result_without_a_deviation(run: gw.Run) -> None:
    (result,) = results([run])
    assert result.name == "blobs"
    assert result.seeds == (0,)
    assert result.parameters == 2 * 8 + 8 + 8 * 3 + 3
    assert result.epochs == Estimate(3.0)
    assert result.ceiling == 0.95
    assert result.metrics["test"]["accuracy"] == Estimate(run.metrics["test"]["accuracy"])
    assert result.seconds.mean == pytest.approx(sum(record.seconds for record in run.history.epochs))


def test_repeated_runs_are_followed_by_their_mean_and_sample_deviation(seeds: list[gw.Run]) -> None:
    *single, mean = results(seeds)
    losses = [run.metrics["validation"]["loss"] for run in seeds]
    assert [result.seeds for result in single] == [(0,), (1,), (2,)]
    assert mean.seeds == (0, 1, 2)
    assert mean.status == "mean of 3"
    spread = mean.metrics["validation"]["loss"]
    assert spread.mean == pytest.approx(sum(losses) / 3)
    assert spread.sd == pytest.approx((sum((v - spread.mean) ** 2 for v in losses) / 2) ** 0.5)
    assert spread.sd != pytest.approx(statistics.pstdev(losses))


def test_seeds_of_one_config_stand_together_wherever_they_were(
    seeds: list[gw.Run], regression: gw.Run
) -> None:
    found = results([seeds[0], regression, seeds[1]])
    assert [(r.name, r.seeds) for r in found] == [
        ("blobs", (0,)),
        ("blobs", (1,)),
        ("blobs", (0, 1)),
        ("line", (0,)),
    ]


def test_another_setting_or_other_data_make_no_mean(
    run: gw.Run, data: Dataset, train: Callable[..., gw.Run]
) -> None:
    moved = replace(data, train=Split(data.train.x + 1, data.train.y))
    assert len(results([run, train(seed=1, learning_rate=0.3)])) == 2
    assert len(results([run, train(seed=1, data=moved)])) == 2


def test_an_interrupted_run_is_not_part_of_a_mean(seeds: list[gw.Run], interrupted: gw.Run) -> None:
    found = results([interrupted, *seeds[1:]])
    assert [result.seeds for result in found] == [(0,), (1,), (2,), (1, 2)]


def test_results_are_plain_data_for_json(seeds: list[gw.Run]) -> None:
    record = results(seeds)[-1].to_dict()
    assert json.loads(json.dumps(record)) == record
    assert record["seeds"] == [0, 1, 2]
    assert record["metrics"]["train"]["loss"]["sd"] > 0


def test_labels_tell_runs_apart_by_no_more_than_is_needed(seeds: list[gw.Run], regression: gw.Run) -> None:
    assert labels([seeds[0], regression]) == ["blobs", "line"]
    assert labels([*seeds[:2], regression]) == ["blobs, seed 0", "blobs, seed 1", "line"]
    assert labels([seeds[0], seeds[0]]) == ["blobs, seed 0 (1)", "blobs, seed 0 (2)"]


def test_a_ceiling_belongs_to_a_validation_set(run: gw.Run) -> None:
    without = replace(run, metrics={"train": run.metrics["train"]})
    assert ceiling_of(run) == 0.95
    assert ceiling_of(without) is None
