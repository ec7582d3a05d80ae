"""A search: a conversation that can be held again, word for word."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from gradwright.errors import ConfigError
from gradwright.studies import RunRecord
from gradwright.studies.adaptive import Optuna
from gradwright.studies.pruning import Bar, Earlier, Median
from gradwright.studies.read_space import read_space
from gradwright.studies.search import CoarseToFine, Grid, Halton, Random, Search, Sobol
from gradwright.studies.space import Point
from gradwright.training.history import EpochRecord, History
from gradwright.training.metrics import as_metric

SPACE = read_space({"rate": {"log_uniform": [1e-4, 1.0]}, "size": [16, 32]})
BEST = 0.03  # where the mock cost below is lowest


def cost(point: Point) -> float:
    """A valley in the logarithm of the rate."""
    return abs(math.log10(point["rate"] / BEST))


def hold(search: Search, answer: Callable[[Point], float] = cost) -> list[list[Point]]:
    """The batches of a search whose points are answered at once."""
    batches, said = search.batches(SPACE), []
    try:
        points = next(batches)
        while True:
            said.append(points)
            points = batches.send([answer(point) for point in points])
    except StopIteration:
        return said


@pytest.mark.parametrize(
    "search", [Grid(3), Random(7), Sobol(8), Halton(7), CoarseToFine(5, 4, 2), Random(7, seed=3)]
)
def test_a_search_says_the_same_again(search: Search) -> None:
    if isinstance(search, Sobol | Halton):
        pytest.importorskip("scipy", reason="quasi-random sequences come from SciPy")
    said = hold(search)
    assert said == hold(search)
    assert all(1e-4 <= p["rate"] <= 1 and p["size"] in (16, 32) for points in said for p in points)


@pytest.mark.parametrize(
    ("few", "many"), [(Random(3), Random(9)), (Halton(3), Halton(9)), (Sobol(4), Sobol(16))]
)
def test_more_trials_keep_the_points_of_fewer(few: Search, many: Search) -> None:
    if not isinstance(few, Random):
        pytest.importorskip("scipy", reason="quasi-random sequences come from SciPy")
    (first,), (both,) = hold(few), hold(many)
    assert both[: len(first)] == first


def test_a_space_of_few_points_is_not_searched_twice() -> None:
    (points,) = Random(10).batches(read_space({"size": [16, 32]}))
    assert sorted(p["size"] for p in points) == [16, 32]


def test_a_sobol_sequence_puts_a_point_into_every_part() -> None:
    pytest.importorskip("scipy", reason="quasi-random sequences come from SciPy")
    (points,) = hold(Sobol(16))
    places = sorted(SPACE.axes[0].values.unit(point["rate"]) for point in points)
    assert [int(16 * place) for place in places] == list(range(16))


def test_fine_follows_coarse_around_its_best() -> None:
    coarse, fine = hold(CoarseToFine(coarse=12, fine=12, share=0.2))
    best = min(coarse, key=cost)
    span = 0.2 * 4  # of four powers of ten
    assert all(abs(math.log10(point["rate"] / best["rate"])) <= span for point in fine)
    assert min(map(cost, fine)) < cost(best)


def test_where_nothing_finished_fine_looks_everywhere() -> None:
    _, fine = hold(CoarseToFine(4, 30), answer=lambda _: math.inf)
    assert max(p["rate"] for p in fine) / min(p["rate"] for p in fine) > 1000


@pytest.mark.parametrize("bad", [{"share": 1.0}, {"coarse": 0}, {"rounds": 0}, {"seed": -1}])
def test_a_search_that_cannot_be_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        CoarseToFine(**{"coarse": 2, "fine": 2, **bad})


def test_without_optuna_its_search_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"pip install 'gradwright\[sweeps\]'"):
        next(Optuna(3).batches(SPACE))


def test_optuna_is_asked_a_generation_at_a_time_and_says_the_same_again() -> None:
    pytest.importorskip("optuna", reason="needs the extra 'sweeps'")
    search = Optuna(trials=20, generation=8, seed=1)
    said = hold(search)
    assert [len(points) for points in said] == [8, 8, 4]
    assert said == hold(search)
    assert said != hold(search, answer=lambda point: -cost(point))
    assert hold(Optuna(4), answer=lambda _: math.inf)


def test_an_optuna_sampler_that_lacks_a_package_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna", reason="needs the extra 'sweeps'")
    monkeypatch.setitem(__import__("sys").modules, "cmaes", None)
    with pytest.raises(ConfigError, match=r"search\.sampler: CmaEs needs a package .* cmaes"):
        hold(Optuna(trials=9, sampler="CmaEs", generation=3))


def test_optuna_stays_within_a_range_and_gives_numbers_of_fifteen_digits() -> None:
    pytest.importorskip("optuna", reason="needs the extra 'sweeps'")
    rates = [point["rate"] for points in hold(Optuna(trials=20, sampler="Random")) for point in points]
    assert all(1e-4 <= rate <= 1 and rate == float(f"{rate:.15g}") for rate in rates)


def test_the_median_of_earlier_runs_ends_what_is_behind(record: Callable[..., RunRecord]) -> None:
    curves = ([0.9, 0.5, 0.7], [0.9, 0.4, 0.3], [0.9, 0.6])
    earlier = [record(str(i), history={"validation.loss": curve}) for i, curve in enumerate(curves)]
    past = Earlier()
    for each in earlier:
        past.add(each, as_metric("validation.loss"))
    bars = Median(warmup=1).bars(past)
    assert list(bars) == pytest.approx([math.inf, 0.5, 0.4])
    bar = Bar(bars, as_metric("validation.loss"))

    def behind(*losses: float) -> bool:
        lines = (EpochRecord(i, i, {}, {"loss": loss}) for i, loss in enumerate(losses))
        return bar.behind(History(tuple(lines)))

    assert not behind(9.0)
    assert behind(0.9, 0.51)
    assert not behind(0.45, 0.51)  # the best so far counts
    assert behind(0.45, 0.51, 0.6)
    assert not behind(0.9, 0.5, 0.4, 9.0)  # no earlier run was here


def test_the_first_generation_is_never_pruned() -> None:
    assert Median().bars(Earlier()) == ()
