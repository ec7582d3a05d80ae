"""The scale of a comparison keeps the order of values, and has no end where a metric has one."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.studies.scales import scale_for


@pytest.mark.parametrize(
    ("metric", "values", "kind"),
    [
        ("validation.loss", [31.9, 0.14, 0.5], "logarithm"),
        ("validation.loss", [-3.0, 0.14, 0.5], "plain"),
        ("validation.loss", [0.0, 0.0, 0.0], "plain"),
        ("validation.loss", [0.0, 0.14, 0.5], "logarithm"),
        ("validation.r2", [-51.0, 0.9, 1.0], "log-remainder"),
        ("validation.accuracy", [0.197, 0.853, 1.0], "log-odds"),
        ("validation.accuracy", [0.0, 1.0, 0.5], "log-odds"),
        ("validation.accuracy", [19.7, 85.3, 100.0], "plain"),
    ],
)
def test_better_is_higher_and_the_way_back_leads_back(metric: str, values: list[float], kind: str) -> None:
    array = np.array([values])
    scale = scale_for(metric, array)
    numbers = scale.of(array)
    assert scale.kind == kind
    assert np.isfinite(numbers).all()
    better = array if not metric.endswith("loss") else -array
    assert np.argsort(numbers).tolist() == np.argsort(better).tolist()
    floor = scale.least if kind in ("logarithm", "log-odds") else None
    ceiling = 1 - scale.least if kind in ("log-odds", "log-remainder") else None
    assert scale.back(numbers) == pytest.approx(np.clip(array, floor, ceiling))


def test_what_is_behind_is_told_in_the_unit_of_the_metric() -> None:
    for metric, values in (("validation.loss", [0.1, 0.4]), ("validation.accuracy", [0.9, 0.6])):
        scale = scale_for(metric, np.array([values]))
        best, other = scale.of(np.array(values))
        assert scale.behind(float(best), np.array([best - other])) == pytest.approx([0.3])


def test_missing_values_stay_missing() -> None:
    scale = scale_for("validation.loss", np.array([[0.5, np.nan]]))
    assert np.isnan(scale.of(np.array([np.nan]))).all()
