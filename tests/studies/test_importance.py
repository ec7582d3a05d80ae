"""An axis that decides has a large share, one that does nothing has none."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from gradwright.studies.configurations import gather
from gradwright.studies.importance import _reached, importance
from gradwright.training.record import Status
from tests.studies.studies import run_record

NOTHING = 0.1  # a share that chance can give with these numbers of configurations


def shares(points: list[dict[str, Any]], accuracies: list[float]) -> dict[str, float]:
    records = [run_record(point, 0, accuracy) for point, accuracy in zip(points, accuracies, strict=True)]
    return importance(gather(records, "validation.accuracy"))


def test_what_decides_comes_first_and_what_does_nothing_last() -> None:
    rng = np.random.default_rng(0)
    points = [{"idle": float(rng.uniform()), "rate": float(10 ** rng.uniform(-4, 0))} for _ in range(100)]
    found = shares(points, [0.9 - 0.1 * abs(np.log10(point["rate"]) + 2) for point in points])
    assert list(found) == ["rate", "idle"]
    assert found["rate"] > 0.8
    assert found["idle"] < NOTHING


def test_noise_alone_gives_no_axis_a_share() -> None:
    rng = np.random.default_rng(1)
    points = [{"a": i, "b": j} for i in range(8) for j in range(8)]
    assert max(shares(points, rng.uniform(size=64).tolist()).values()) < NOTHING


def test_choices_and_conditions_are_axes_too() -> None:
    points: list[dict[str, Any]] = [{"kind": "SGD", "momentum": m / 20} for m in range(20)]
    points += [{"kind": {"kind": "Adam"}, "width": i} for i in range(20)]
    found = shares(points, [0.5 + 0.001 * i for i in range(20)] + [0.9 + 0.001 * i for i in range(20)])
    assert found["kind"] > 0.6


def test_an_axis_that_does_not_vary_is_left_out() -> None:
    assert list(shares([{"a": i, "b": 1} for i in range(5)], [0.1, 0.2, 0.3, 0.4, 0.5])) == ["a"]


def test_equal_results_and_too_few_configurations_have_no_shares() -> None:
    assert shares([{"a": i % 2, "b": i} for i in range(4)], [0.5] * 4) == {"a": 0, "b": 0}
    assert shares([{"a": 0}, {"a": 1}], [0.1, 0.2]) == {}


def test_settings_that_matter_only_together_are_told_as_a_pair() -> None:
    """A rate that must fit the batch: by itself each explains little, and no more does the fall-back see."""
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    rng = np.random.default_rng(0)
    points = [
        {"rate": float(rng.uniform()), "batch": float(rng.uniform()), "idle": i % 3} for i in range(200)
    ]
    found = shares(points, [0.9 - abs(point["rate"] - point["batch"]) for point in points])
    assert next(iter(found)) == "rate with batch"
    assert found["rate with batch"] > 0.3
    assert found["idle"] < NOTHING
    assert sum(found.values()) < 1.1


def test_without_scikit_learn_each_setting_has_its_share_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    rng = np.random.default_rng(0)
    points = [{"idle": float(rng.uniform()), "rate": float(10 ** rng.uniform(-4, 0))} for _ in range(100)]
    found = shares(points, [0.9 - 0.1 * abs(np.log10(point["rate"]) + 2) for point in points])
    assert list(found) == ["rate", "idle"]
    assert found["rate"] > 0.8


@pytest.mark.parametrize("forest", [True, False])
def test_what_was_pruned_or_diverged_counts_towards_its_cause(
    monkeypatch: pytest.MonkeyPatch, forest: bool
) -> None:
    """Only good rates are left when the others are pruned, and among these the rate decides nothing."""
    if not forest:
        monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    rng = np.random.default_rng(2)
    records = []
    for _ in range(80):
        point = {"rate": float(rng.uniform()), "idle": float(rng.uniform())}
        good = 0.2 < point["rate"] < 0.5
        accuracy = 0.9 + 0.001 * rng.standard_normal() if good else 0.4 * (1 - point["rate"])
        status: Status = "finished" if good else "diverged" if point["rate"] > 0.9 else "pruned"
        curve = [accuracy * (1 - 0.5**epoch) for epoch in range(10 if good else 4)]
        history = {"validation.accuracy": [] if status == "diverged" else curve}
        records.append(run_record(point, 0, accuracy, status, history=history))
    every = gather(records, "validation.accuracy")
    found = importance(every)
    assert next(iter(found)) == "rate"
    assert found["rate"] > 0.6
    survivors = importance([each for each in every if each.whole])
    assert survivors.get("rate", 0.0) < 0.3, "the planted fault: survivors alone"


def test_pruned_runs_are_compared_at_the_last_epoch_that_all_saw() -> None:
    """A run that was pruned early is not held against what others reached much later."""
    records = [
        run_record({"a": a}, 0, 0.5, "pruned", history={"validation.accuracy": [0.1, 0.5]}) for a in range(3)
    ]
    curve = [0.1, 0.4, 0.95]
    records += [run_record({"a": a}, 0, 0.95, history={"validation.accuracy": curve}) for a in (5, 6, 7)]
    measured, costs = _reached(gather(records, "validation.accuracy"))
    assert len(measured) == 6
    assert costs.tolist() == [-0.5] * 3 + [-0.4] * 3
