"""Decision regions, as they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.drawing import PALETTE
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.show import decision_regions, has_regions, save_figure
from gradwright.show.figures import png_uri
from gradwright.show.figures.regions import TINT, _leads


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def points_of(figure: Figure) -> list[Array]:
    """The points of each class."""
    drawn = [c for c in figure.axes[0].collections if type(c) is PathCollection]
    offsets = [np.asarray(c.get_offsets()) for c in drawn]
    return [points for points in offsets if len(points)]


def test_the_picture_names_its_axes_and_classes_and_keeps_the_shape_of_the_plane(run: gw.Run) -> None:
    figure = decision_regions(run)
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    assert axes.get_aspect() == 1.0
    assert legend_of(figure) == ["north", "east", "west"]


def test_every_sample_point_is_drawn_with_its_class(run: gw.Run) -> None:
    assert run.sample is not None
    x, y = run.sample
    for k, points in enumerate(points_of(decision_regions(run))):
        np.testing.assert_allclose(points, x[y == k])


def test_the_tint_at_a_point_is_that_of_the_class_that_the_network_answers(
    run: gw.Run, tmp_path: Path
) -> None:
    figure = decision_regions(run)
    axes = figure.axes[0]
    for drawn in axes.collections:
        drawn.set_visible(type(drawn) is not PathCollection)  # the points would hide the tints
    path = save_figure(figure, tmp_path / "regions.png")
    pixels = imread(path)
    places = np.array([[0.0, 1.5], [1.5, -1.0], [-1.5, -1.0], [0.3, 0.9], [-1.0, -0.4]])
    columns, rows = (axes.transData.transform(places) * pixels.shape[1] / figure.bbox.width).T.astype(int)
    seen = pixels[len(pixels) - 1 - rows, columns, :3]
    tints = 1 + TINT * (np.array([to_rgb(name) for name in PALETTE[:3]]) - 1)
    nearest = np.abs(seen[:, None] - tints).sum(axis=2).argmin(axis=1)
    assert set(nearest) == {0, 1, 2}
    np.testing.assert_array_equal(nearest, run.predict(places))


def test_a_class_leads_where_its_score_is_the_largest() -> None:
    outputs = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 5.0]])
    np.testing.assert_array_equal(np.stack(_leads(outputs)), [[1, -5], [-2, -5], [-1, 5]])


def test_class_1_leads_where_a_single_logit_is_positive() -> None:
    np.testing.assert_array_equal(np.stack(_leads(np.array([[2.0], [-3.0]]))), [[-2, 3], [2, -3]])


def test_a_single_logit_tells_two_classes_apart(train: Callable[..., gw.Run], data: Dataset) -> None:
    two = Dataset("two", "made for a test", Split(data.train.x, data.train.y % 2))
    run = train(gw.mlp(2, 4, 1), two, loss=gw.BinaryCrossEntropy())
    figure = decision_regions(run)
    assert legend_of(figure) == ["0", "1"]
    assert len(figure.axes[0].collections) >= 4  # two regions, a border or two, two classes of points


def test_a_network_that_always_answers_the_same_has_one_region_and_no_border(run: gw.Run) -> None:
    theta = np.zeros_like(run.theta)
    theta[-3:] = [0, 1, 0]
    figure = decision_regions(replace(run, theta=theta))
    regions = [c for c in figure.axes[0].collections if type(c) is not PathCollection]
    assert len(regions) == 1


@pytest.mark.parametrize("name", ["$x^2$", "$", "_hidden", "字", "<b>", "long " * 20, ""])
def test_any_name_of_a_class_can_be_drawn(run: gw.Run, name: str) -> None:
    figure = decision_regions(replace(run, data=run.data | {"classes": [name, "b", "c"]}))
    assert png_uri(figure)
    assert len(legend_of(figure)) == 3


def test_a_flat_and_a_tall_plane_fit_the_page(run: gw.Run) -> None:
    assert run.sample is not None
    x, y = run.sample
    heights = [
        decision_regions(replace(run, sample=(x * np.array(scale, np.float32), y))).get_figheight()
        for scale in ([100, 1], [1, 100])
    ]
    assert heights[0] < 3
    assert 5 < heights[1] < 8


def test_a_single_point_has_a_plane_around_it(run: gw.Run) -> None:
    assert run.sample is not None
    x, y = run.sample
    figure = decision_regions(replace(run, sample=(x[:1], y[:1])))
    low, high = figure.axes[0].get_xlim()
    assert low < x[0, 0] < high


def test_a_run_that_has_no_plane_is_refused_by_name(regression: gw.Run) -> None:
    assert not has_regions(regression)
    with pytest.raises(ConfigError, match=r"two features, found 1 features and 0 classes in the run 'line'"):
        decision_regions(regression)
