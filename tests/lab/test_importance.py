"""An axis that decides has a large share, one that does nothing has none."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.lab.configurations import gather
from gradwright.lab.importance import importance
from tests.lab.studies import run_record

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
