"""Learning curves and learning rates, as they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes

import gradwright as gw
from gradwright.optim import Constant, ExponentialDecay, preview
from gradwright.show import learning_curves, learning_rate
from gradwright.training import EpochRecord, History


def legend_of(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def long_run(run: gw.Run, accuracies: list[float]) -> gw.Run:
    """The run with another history."""
    losses = np.geomspace(2, 1e-4, len(accuracies)).tolist()
    metrics = [{"loss": loss, "accuracy": a} for loss, a in zip(losses, accuracies, strict=True)]
    return replace(run, history=History(tuple(EpochRecord(e, e, m, m) for e, m in enumerate(metrics))))


def test_a_run_has_a_panel_for_loss_and_one_for_accuracy(run: gw.Run) -> None:
    loss, accuracy = learning_curves([run]).axes
    assert loss.get_ylabel() == "loss (nats per sample)"
    assert accuracy.get_ylabel() == "accuracy (%)"
    assert accuracy.get_xlabel() == "epoch"
    assert legend_of(loss) == ["train", "validation"]
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), run.history.curve("train.loss"))
    drawn = np.asarray(accuracy.lines[1].get_ydata())
    np.testing.assert_allclose(drawn, 100 * np.array(run.history.curve("validation.accuracy")))


def test_each_metric_that_was_asked_for_has_a_panel(train: Callable[..., gw.Run]) -> None:
    run = train(metrics=["top2"])
    panels = learning_curves([run]).axes
    assert [axes.get_ylabel() for axes in panels[1:]] == ["accuracy (%)", "top2 (%)"]
    drawn = np.asarray(panels[2].lines[1].get_ydata())
    np.testing.assert_allclose(drawn, 100 * np.array(run.history.curve("validation.top2")))


def test_training_is_solid_and_validation_dashed_so_that_they_differ_in_grey(run: gw.Run) -> None:
    train, validation = learning_curves([run]).axes[0].lines
    assert train.get_linestyle() == "-"
    assert validation.get_linestyle() == "--"
    assert train.get_color() != validation.get_color()


def test_the_ceiling_and_what_was_reported_are_lines_with_their_numbers(run: gw.Run) -> None:
    axes = learning_curves([run], {"reported": 0.9323}).axes[1]
    assert legend_of(axes) == ["ceiling 95.00%", "reported 93.23%"]
    assert [line.get_ydata()[0] for line in axes.lines[-2:]] == pytest.approx([95.0, 93.23])  # type: ignore[index]
    low, high = axes.get_ylim()
    assert low < 93.23
    assert high > 95


def test_ceilings_of_different_data_carry_their_names(run: gw.Run) -> None:
    other = replace(run, data=run.data | {"name": "$other", "bayes_accuracy": 0.5})
    assert legend_of(learning_curves([run, other]).axes[1]) == [
        "ceiling of blobs 95.00%",
        r"ceiling of \$other 50.00%",
    ]


def test_several_runs_have_a_colour_each_and_a_stroke_for_each_split(seeds: list[gw.Run]) -> None:
    axes = learning_curves(seeds).axes[0]
    names = ["blobs, seed 0", "blobs, seed 1", "blobs, seed 2", "train", "validation"]
    assert legend_of(axes) == names
    assert len({line.get_color() for line in axes.lines[:6]}) == 3


def test_a_regression_without_validation_has_one_panel_and_one_curve(regression: gw.Run) -> None:
    (axes,) = learning_curves([regression]).axes
    assert axes.get_ylabel() == "loss (mean over samples)"
    assert axes.get_xlabel() == "epoch"
    assert legend_of(axes) == ["train"]


def test_a_run_of_no_epoch_is_a_point_at_zero(train: Callable[..., gw.Run]) -> None:
    loss, accuracy = learning_curves([train(epochs=0)]).axes
    assert accuracy.get_xticks().tolist() == [0]
    assert all(line.get_marker() not in ("", "None") for line in loss.lines)


def test_an_accuracy_that_never_changes_leaves_room(run: gw.Run) -> None:
    still = replace(long_run(run, [0.5, 0.5]), data=run.data | {"bayes_accuracy": None})
    low, high = learning_curves([still]).axes[1].get_ylim()
    assert low < 50 < high


def test_the_accuracy_axis_looks_at_the_end_of_a_long_run(run: gw.Run) -> None:
    rise = [0.1, 0.2, 0.5] + [0.90 + 0.0001 * i for i in range(97)]
    low, high = learning_curves([long_run(run, rise)]).axes[1].get_ylim()
    assert 89 < low < 90.1
    assert high > 95


def test_a_loss_that_falls_by_decades_has_a_logarithmic_axis(run: gw.Run) -> None:
    assert learning_curves([long_run(run, [0.5] * 20)]).axes[0].get_yscale() == "log"
    late = replace(run, history=History(run.history.epochs[1:]))
    assert learning_curves([late]).axes[0].get_yscale() == "linear"


def test_the_learning_rate_is_drawn_for_every_step_of_every_epoch() -> None:
    seen = preview(ExponentialDecay(0.1, 0.9), epochs=4, steps_per_epoch=5)
    (axes,) = learning_rate(seen).axes
    x, y = axes.lines[0].get_data()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epochs done", "learning rate")
    assert np.asarray(x)[[0, -1]].tolist() == [0, 4]
    np.testing.assert_array_equal(np.asarray(y)[:-1], seen.rates)
    assert axes.get_yscale() == "linear"
    assert axes.get_ylim()[0] == 0


def test_the_frozen_part_of_a_schedule_is_shaded_and_named() -> None:
    moving = learning_rate(preview(Constant(0.1), epochs=30, steps_per_epoch=2)).axes[0]
    frozen = learning_rate(preview(ExponentialDecay(0.1, 0.5), epochs=30, steps_per_epoch=2)).axes[0]
    assert legend_of(moving) == []
    assert legend_of(frozen) == ["frozen: below 1/1000 of the peak"]
    (shade,) = frozen.patches
    assert shade.get_extents().x0 == pytest.approx(frozen.transData.transform((10, 1))[0])
    assert frozen.get_yscale() == "log"
