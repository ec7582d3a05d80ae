"""Three seeds are enough to tell bad from good, and make no more false winners than promised."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradwright.nn.layer import Array
from gradwright.studies.compare import Comparison, compare, contending, level_of_each
from gradwright.studies.moderation import NEIGHBOURS, moderate
from gradwright.studies.scales import scale_for
from gradwright.studies.statistics import differences, moments
from tests.studies.studies import run_record

TRAINED = Path(__file__).parent / "trained"
STUDIES = 400
ERROR = 0.05
SAMPLING = 3 * math.sqrt(ERROR * (1 - ERROR) / STUDIES)  # three standard errors of a share near 5 %
FAR = 10  # pooled standard deviations


def compared(values: Array, metric: str) -> Comparison:
    """The comparison of rows of losses or accuracies, with a column for each seed."""
    name = metric.partition(".")[2]
    return compare(
        [
            run_record({"a": a}, seed, 0.0, metrics={"validation": {name: float(value)}})
            for a, row in enumerate(values)
            for seed, value in enumerate(row)
        ],
        metric,
    )


def contenders(comparison: Comparison) -> set[int]:
    return {each.point["a"] for each in comparison.contenders}


def trained(name: str) -> Array:
    values: Array = np.loadtxt(TRAINED / f"{name}.csv", delimiter=",")
    return values


@pytest.mark.parametrize(
    ("name", "metric", "hopeless"),
    [("swiss_roll", "validation.loss", 50.0), ("digits", "validation.accuracy", 0.7)],
)
def test_three_seeds_tell_what_is_far_behind_in_studies_that_were_trained(
    name: str, metric: str, hopeless: float
) -> None:
    values = trained(name)
    found = compared(values, metric)
    numbers = found.scale.of(values)
    count, mean, own = moments(numbers)
    spread = moderate(mean, own, count - 1.0).variance
    pooled = np.sqrt((spread[0] + spread) / 2)
    behind = (mean[0] - mean) / pooled
    inside = np.array([a in contenders(found) for a in range(len(values))])
    assert (behind > FAR).sum() > 50, "a study in which nothing is far behind shows nothing"
    assert not (inside & (behind > FAR)).any()
    assert inside.sum() < len(values) / 3
    means = values[inside].mean(axis=1)
    assert (means < hopeless).all() if metric.endswith("loss") else (means > hopeless).all()


def test_each_spread_by_itself_would_tell_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: configurations that know nothing of each other, as Welch's test has them."""
    together = len(compared(trained("digits"), "validation.accuracy").contenders)
    monkeypatch.setattr("gradwright.studies.moderation.ENOUGH", 10**6)
    assert len(compared(trained("digits"), "validation.accuracy").contenders) > 2 * together


def log_normal(rng: np.random.Generator, rows: int) -> Array:
    return np.exp(rng.normal(0, 0.7, rows))


def inverse_chi(rng: np.random.Generator, rows: int) -> Array:
    return np.sqrt(3 / rng.chisquare(3, rows))


def two_kinds(rng: np.random.Generator, rows: int) -> Array:
    return np.where(rng.random(rows) < 0.2, 10.0, 1.0)


@pytest.mark.parametrize("spreads", [log_normal, inverse_chi, two_kinds])
@pytest.mark.parametrize("rows", [4, 12, 60])
def test_false_winners_are_as_rare_as_promised_where_spreads_differ(
    spreads: Callable[[np.random.Generator, int], Array], rows: int
) -> None:
    """The truly best, here one of equals that was named beforehand, is not lost; nor is one of them alone."""
    lost = alone = 0
    for study in range(STUDIES):
        rng = np.random.default_rng(study)
        spread = 0.1 * spreads(rng, rows)
        losses = 0.3 * np.exp(spread[:, None] * rng.standard_normal((rows, 3)))
        numbers = scale_for("validation.loss", losses).of(losses)
        found = differences(numbers, int(np.argmin(losses.mean(axis=1))), paired=True)
        inside = contending(found, level_of_each(rows, ERROR))
        lost += not inside[0]
        alone += inside.sum() == 1
    assert lost / STUDIES <= ERROR + SAMPLING
    assert alone / STUDIES <= ERROR


def test_a_spread_taken_as_common_would_make_false_winners() -> None:
    """The planted fault: one variance for all, as if the weight of the prior had no end."""
    lost = 0
    for study in range(STUDIES):
        rng = np.random.default_rng(study)
        values = two_kinds(rng, 60)[:, None] * rng.standard_normal((60, 3))
        pooled = math.sqrt(2 / 3 * float(np.median(values.var(axis=1, ddof=1))))
        lost += (values.mean(axis=1).max() - values[0].mean()) / pooled > 4
    assert lost / STUDIES > ERROR + SAMPLING


def test_three_seeds_have_the_power_to_see_six_standard_deviations() -> None:
    """Forty configurations, one of them six deviations ahead; each spread alone sees it in few studies."""
    alone = seen = 0
    for study in range(40):
        rng = np.random.default_rng(study)
        values = 0.3 * np.exp(0.05 * rng.standard_normal((40, 3)))
        values[0] *= math.exp(-0.05 * 6)
        inside = contenders(compared(values, "validation.loss"))
        seen += len(inside) < 4
        own = np.log(values)
        error = np.sqrt((own[0].var(ddof=1) + own.var(axis=1, ddof=1)) / 3)
        alone += (np.abs(own.mean(axis=1) - own[0].mean()) / error > 15)[
            1:
        ].sum() > 35  # Welch's t at 4 degrees
    assert seen >= 32
    assert alone <= 4


def test_the_prior_goes_by_the_level() -> None:
    """Two groups far apart, with spreads of 1 and 100: each configuration is moderated by its own kind."""
    rng = np.random.default_rng(0)
    scale = np.repeat([1.0, 100.0], 60)
    values = np.repeat([0.0, 10_000.0], 60)[:, None] + scale[:, None] * rng.standard_normal((120, 3))
    count, mean, own = moments(values)
    found = moderate(mean, own, count - 1.0)
    inner = np.argsort(mean)[[*range(60 - NEIGHBOURS), *range(60 + NEIGHBOURS, 120)]]
    assert np.sqrt(found.prior)[inner] / scale[inner] == pytest.approx(1, abs=0.6)


def test_a_ceiling_without_spread_gets_its_share_of_the_others() -> None:
    """Accuracies of 100 % with every seed: equals contend, what is clearly below does not."""
    rng = np.random.default_rng(0)
    rows = rng.binomial(500, np.linspace(0.5, 0.97, 40)[:, None], (40, 3)) / 500
    found = compared(np.concatenate([np.ones((3, 3)), rows]), "validation.accuracy")
    assert {0, 1, 2} <= contenders(found)
    assert len(found.contenders) < 20


def test_where_nothing_scatters_nothing_is_told_apart() -> None:
    values = np.repeat(np.linspace(0.5, 0.9, 12)[:, None], 3, axis=1)
    found = compared(values, "validation.accuracy")
    assert len(found.contenders) == 12
    assert found.weight == 0


@pytest.mark.parametrize("beyond", [math.inf, math.nan])
def test_a_loss_beyond_numbers_is_a_run_that_broke(beyond: float) -> None:
    values = np.exp(0.1 * np.random.default_rng(0).standard_normal((12, 3)))
    values[3, 1] = beyond
    found = compared(values, "validation.loss")
    (broken,) = found.rest
    assert (broken.point, broken.broken) == ({"a": 3}, 1)
    assert "not finite" in str(broken.messages[0])
    assert found.weight > 0


def test_a_loss_that_grew_beyond_measure_does_not_hide_the_others() -> None:
    rng = np.random.default_rng(0)
    values = 0.3 * np.exp(0.02 * rng.standard_normal((30, 3)) + np.linspace(0, 3, 30)[:, None])
    values[-1] = 9e9
    without = contenders(compared(values[:-1], "validation.loss"))
    assert contenders(compared(values, "validation.loss")) == without
