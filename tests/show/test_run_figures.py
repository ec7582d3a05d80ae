"""The figures of runs by name: what a command draws is what the page shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import gradwright as gw
from gradwright.check import NetworkCheck
from gradwright.errors import ConfigError
from gradwright.show.figures import inline_svg
from gradwright.show.report import render_report
from gradwright.show.run_figures import FIGURES, figure_of

REPORTED = {"validation_accuracy": 0.93232, "source": "S1, table 2"}
ANCHORS = {"curves": "run-1-curves", "rate": "run-1-rate", "check": "run-1-taylor"}


@pytest.fixture(scope="module")
def page(run: gw.Run, check: NetworkCheck) -> str:
    return render_report([run], reported={"blobs": REPORTED}, checks=[check], folders=["runs/blobs"])


@pytest.mark.parametrize("name", ANCHORS)
def test_each_figure_is_the_one_of_the_page(page: str, run: gw.Run, check: NetworkCheck, name: str) -> None:
    svg = inline_svg(figure_of([run], name, REPORTED, check), ANCHORS[name], "")
    assert svg[svg.index(">") :] in page


def test_regions_and_curves_together_are_drawn(seeds: list[gw.Run]) -> None:
    assert figure_of(seeds[:1], "regions", {}, None).axes[0].get_xlabel() == "x1"
    assert len(figure_of(seeds, "curves", {}, None).axes) == 2


def test_what_a_run_has_nothing_for_is_refused(regression: gw.Run, train: Callable[..., gw.Run]) -> None:
    for run, name in ((regression, "regions"), (regression, "check"), (train(epochs=0), "rate")):
        with pytest.raises(ConfigError, match=f"has nothing to draw as '{name}'"):
            figure_of([run], name, {}, None)


def test_other_names_and_too_many_runs_are_refused(seeds: list[gw.Run]) -> None:
    with pytest.raises(ConfigError, match=f"expected one of {', '.join(FIGURES)}, found 'pie'"):
        figure_of(seeds, "pie", {}, None)
    with pytest.raises(ConfigError, match="figure rate: expected one run, found 3"):
        figure_of(seeds, "rate", {}, None)
    with pytest.raises(ConfigError, match="figure curves: expected one run, found 0"):
        figure_of([], "curves", {}, None)
