"""A line of an experiment: when a reported figure and ours agree, and how that is said."""

from __future__ import annotations

import pytest

from gradwright.reproductions.experiment import Experiment, Finding, Line, Reproduction, Setting
from gradwright.studies.estimate import Estimate


@pytest.mark.parametrize(
    ("line", "agrees"),
    [
        (Line("a", 0.50, Estimate(0.51, 0.01)), True),
        (Line("a", 0.50, Estimate(0.55, 0.01)), False),
        (Line("a", 0.50, Estimate(0.509), rows=10_000), True),  # a standard error of 0.005
        (Line("a", 0.50, Estimate(0.511), rows=10_000), False),
        (Line("a", 0.57, Estimate(0.574), slack=0.005), True),
        (Line("a", None, Estimate(0.5)), None),
        (Line("a", 0.5, None, Estimate(0.5)), None),
    ],
)
def test_figures_agree_within_two_deviations_of_chance(line: Line, agrees: bool | None) -> None:
    assert line.agrees is agrees


def test_a_verdict_counts_what_comes_out_again() -> None:
    right, wrong, silent = Line("a", 0.5, Estimate(0.5)), Line("b", 0.5, Estimate(0.9)), Line("c")
    assert "1 of 2 figures" in Finding((right, wrong, silent), ()).verdict
    assert "its figure comes out" in Finding((right, silent), ()).verdict
    assert "no figure" in Finding((silent,), ()).verdict


def test_a_quick_run_is_not_judged() -> None:
    finding = Finding((Line("a", 0.5, Estimate(0.9)),), ())
    experiment = Experiment("S1-a", "title", "reported", lambda _: finding)
    assert "too short" in Reproduction(experiment, finding, None, 0.0, quick=True).verdict
    assert Reproduction(experiment, finding, None, 0.0).verdict == finding.verdict


def test_quick_takes_fewer_seeds_and_epochs() -> None:
    assert (Setting().seeds, Setting().at_most(60, 3)) == ((0, 1, 2, 3, 4), 60)
    assert (Setting(quick=True).seeds, Setting(quick=True).at_most(60, 3)) == ((0, 1), 3)
