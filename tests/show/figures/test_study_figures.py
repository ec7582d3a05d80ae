"""The figures of a study: labelled axes with units, and the right form for each space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gradwright.drawing import render
from gradwright.nn.layer import Array
from gradwright.show.figures.study_curves import curves, has_curves
from gradwright.show.figures.study_differences import differences, has_differences
from gradwright.show.figures.study_ranking import MOST, ranking
from gradwright.show.figures.study_scales import positions
from gradwright.show.figures.study_shares import shares, time_spent
from gradwright.show.figures.study_space import space
from gradwright.studies.compare import Comparison, compare
from tests.studies.studies import run_record, study_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def over(points: list[dict[str, Any]], metric: str = "validation.accuracy") -> Comparison:
    records = [run_record(p, s, 0.5 + 0.01 * i + 0.001 * s) for i, p in enumerate(points) for s in range(3)]
    return compare(records, metric)


GRID: list[dict[str, Any]] = [{"rate": r, "size": s} for r in (0.001, 0.01, 0.1) for s in (16, 32)]


def test_the_ranking_has_a_row_for_each_of_the_best_and_the_best_on_top() -> None:
    figure = ranking(compare(study_of([0.01 * i for i in range(MOST + 5)])))
    (axes,) = figure.axes
    assert axes.get_xlabel() == "validation accuracy (%)"
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert len(names) == MOST
    assert names[0] == str(MOST + 4)
    assert axes.yaxis_inverted()


def test_a_few_bad_rows_do_not_take_the_scale_for_themselves_and_are_arrows() -> None:
    (axes,) = ranking(compare(study_of([0.9, 0.899, 0.898, 0.1], seeds=5, spread=0.001))).axes
    left, right = axes.get_xlim()
    assert 80 < left < right < 100
    assert _drawn(axes, "<")
    (axes,) = differences(compare(study_of([0.9, 0.899, 0.898, 0.1], seeds=5, spread=0.001))).axes
    assert axes.get_xlim()[1] < 10
    assert _drawn(axes, ">")


def test_one_interval_as_wide_as_the_world_does_not_flatten_the_others_and_is_seen_to_go_on() -> None:
    means = {0: 0.9, 1: 0.899, 2: 0.898, 3: 0.897, 4: 0.896}
    records = [
        run_record({"a": a}, s, mean + (0.1 if a == 1 else 0.0003) * (s - 1))
        for a, mean in means.items()
        for s in range(3)
    ]
    for figure in (ranking(compare(records)), differences(compare(records))):
        (axes,) = figure.axes
        left, right = axes.get_xlim()
        assert right - left < 10
        edges = {float(place[0]) for arrow in "<>" for place in _drawn(axes, arrow)}
        assert edges == {left, right}


def test_many_settings_are_named_by_their_number_in_the_table() -> None:
    figure = ranking(over([{"a": i, "b": i, "c": i, "d": i} for i in range(3)]))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["1", "2", "3"]


def test_differences_have_a_row_for_each_but_the_best_and_a_dot_for_each_seed() -> None:
    figure = differences(compare(study_of([0.9, 0.898, 0.8], seeds=3, spread=0.002)))
    (axes,) = figure.axes
    assert axes.get_xlabel() == "behind the best (points of validation accuracy)"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "2"]
    assert [len(dots) for dots in _drawn(axes, ".")] == [3, 3]
    assert [float(mean[0]) for mean in _drawn(axes, "o")] == pytest.approx([0.2, 10], abs=0.5)


def _drawn(axes: Axes, marker: str) -> list[Array]:
    """Where the marks of a kind stand along x, without the samples of the legend."""
    places = [np.asarray(line.get_xdata()) for line in axes.get_lines() if line.get_marker() == marker]
    return [place for place in places if len(place)]


def test_a_loss_is_behind_where_it_is_higher_and_seeds_of_ones_own_have_no_dots() -> None:
    records = [run_record({"a": a}, 10 * a + s, 0.9 - 0.3 * a + 0.01 * s) for a in range(2) for s in range(4)]
    (axes,) = differences(compare(records, "validation.loss")).axes
    assert axes.get_xlabel() == "behind the best (in validation loss)"
    assert _drawn(axes, ".") == []
    (mean,) = _drawn(axes, "o")
    assert mean.tolist() == pytest.approx([0.3], abs=0.01)  # the gap is taken where the spread is even


def test_single_seeds_have_no_differences_to_show() -> None:
    assert not has_differences(compare(study_of([0.9, 0.8], seeds=1)))
    assert has_differences(compare(study_of([0.9, 0.8], seeds=2)))


def test_curves_have_a_line_and_a_band_for_each_of_the_best() -> None:
    comparison = over(GRID)
    assert has_curves(comparison)
    (axes,) = curves(comparison).axes
    assert len(axes.get_lines()) == len(axes.collections) == 4
    assert axes.get_xlabel() == "epoch"


def test_curves_of_different_lengths_are_averaged_where_they_are() -> None:
    short = run_record({}, 0, 0.5, history={"validation.accuracy": [0.0, 0.5]})
    long = run_record({}, 1, 0.7, history={"validation.accuracy": [0.0, 0.7, float("nan"), 0.8]})
    (line,) = curves(compare([short, long])).axes[0].get_lines()
    np.testing.assert_allclose(np.asarray(line.get_ydata()), [0, 60, np.nan, 80])


@pytest.mark.parametrize("metric", ["validation.accuracy", "validation.loss"])
def test_one_axis_is_a_line_with_intervals(metric: str) -> None:
    figure = space(over([{"rate": r} for r in (0.001, 0.01, 0.1)], metric))
    assert figure is not None
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_xscale()) == ("rate", "log")
    assert axes.get_ylabel().startswith(metric.replace(".", " "))


def test_one_axis_of_choices_names_them() -> None:
    figure = space(over([{"kind": {"kind": "SGD", "momentum": 0.9}}, {"kind": "Adam"}]))
    assert figure is not None
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["Adam", "SGD(momentum 0.9)"]


def test_a_grid_of_two_axes_is_a_map_with_a_number_in_each_cell() -> None:
    figure = space(over(GRID))
    assert figure is not None
    assert len(figure.axes[0].patches) == len(figure.axes[0].texts) == len(GRID)
    assert figure.axes[1].get_ylabel() == "validation accuracy (%)"


def test_scattered_points_of_two_axes_are_dots_on_scales_that_fit() -> None:
    rng = np.random.default_rng(0)
    points = [{"rate": float(10 ** rng.uniform(-4, 0)), "x": float(rng.uniform(1, 2))} for _ in range(30)]
    figure = space(over(points))
    assert figure is not None
    assert (figure.axes[0].get_xscale(), figure.axes[0].get_yscale()) == ("log", "linear")
    assert len(figure.axes[0].texts) == 0


def test_more_axes_are_parallel_coordinates_with_the_best_in_black() -> None:
    points = [{"a": 10.0 ** -(i % 8), "b": i, "c": ("x", "y")[i % 2]} for i in range(12)]
    figure = space(over(points))
    assert figure is not None
    black = [line for line in figure.axes[0].get_lines() if line.get_color() == "black"]
    assert len(black) == 1
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["a", "b", "c"]


@pytest.mark.parametrize(("metric", "best"), [("validation.accuracy", "55.1"), ("validation.loss", "0.449")])
def test_the_darkest_colour_is_the_best_mean_whatever_is_better(metric: str, best: str) -> None:
    figure = space(over(GRID, metric))
    assert figure is not None
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()][-1] == best


def test_better_lines_lie_on_worse_ones_and_are_darker_also_in_grey() -> None:
    rng = np.random.default_rng(0)
    points = [{"a": float(rng.uniform(1, 9)), "b": float(rng.uniform(1, 9)), "c": i % 3} for i in range(200)]
    figure = space(over(points))
    assert figure is not None
    lines = [line for line in figure.axes[0].get_lines() if len(np.asarray(line.get_xdata())) == 3]
    grey = [np.dot(to_rgb(line.get_color()), (0.299, 0.587, 0.114)) for line in lines]
    assert len(lines) == 200
    assert grey == sorted(grey, reverse=True)  # drawn in this order, so that the last lies on top
    assert lines[-2].get_linewidth() > lines[0].get_linewidth()


def test_lines_that_share_a_value_are_kept_apart_the_better_ones_higher() -> None:
    points = [{"a": i, "b": 20 - i, "c": ("x", "y")[i % 2]} for i in range(20)]
    figure = space(over(points))
    assert figure is not None
    lines = [line for line in figure.axes[0].get_lines() if len(np.asarray(line.get_xdata())) == 3]
    ends = [float(np.asarray(line.get_ydata())[-1]) for line in lines]
    assert len(set(ends)) == 20
    assert ends[-1] == max(end for end in ends if abs(end - ends[-1]) < 0.1)


def test_an_axis_of_many_values_has_marks_between_its_ends() -> None:
    many = [10.0 ** (-3 + 0.05 * i) for i in range(101)]
    assert list(positions(many)[1].values()) == ["0.001", "0.01", "0.1", "1", "10", "100"]
    assert list(positions(list(range(1, 10)))[1].values()) == ["1", "3", "5", "7", "9"]


def test_a_setting_that_some_points_do_not_have_stands_above_the_numbers() -> None:
    places, labels = positions([1, "not set", 3])
    assert places.tolist() == [0, 1, 0.5]
    assert labels == {0: "1", 0.5: "3", 1: "not set"}
    assert positions(["b", "a", "c"])[0].tolist() == [0.5, 0, 1]
    assert positions([7, 7])[0].tolist() == [0, 0]


def test_a_single_configuration_has_no_space() -> None:
    assert space(compare(study_of([0.9]))) is None


def test_shares_are_bars_in_per_cent() -> None:
    (axes,) = shares({"rate": 0.8, "size": 0.1}).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([80, 10])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("metric", "reached"), [("validation.accuracy", [50, 90]), ("validation.loss", [0.5, 0.1])]
)
def test_the_frontier_leaves_out_what_is_slower_and_worse(metric: str, reached: list[float]) -> None:
    records = [
        run_record({"a": i}, s, accuracy, seconds=seconds)
        for i, (accuracy, seconds) in enumerate([(0.9, 2.0), (0.5, 1.0), (0.7, 3.0)])
        for s in range(2)
    ]
    figure = time_spent(compare(records, metric))
    *_, frontier = figure.axes[0].get_lines()
    np.testing.assert_allclose(np.asarray(frontier.get_ydata()), reached)
    assert figure.axes[0].get_xlabel() == "time of a run (s)"


def test_equal_studies_make_equal_files() -> None:
    assert render(ranking(over(GRID)), "svg") == render(ranking(over(GRID)), "svg")
