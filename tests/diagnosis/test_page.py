"""The page of a diagnosis says what was found, shows it, and stands alone; names are no markup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.diagnosis import Diagnosis, diagnose, diagnose_run, write_page
from gradwright.diagnosis.figures import activations_figure, curves_figure, effects_figure, gradients_figure
from gradwright.diagnosis.page import render_page
from gradwright.errors import ConfigError
from gradwright.nn import initializers


def disc() -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (600, 2))
    return Dataset.from_arrays(x, ((x**2).sum(axis=1) > 0.6).astype(int), validation=0.3)


@pytest.fixture(scope="module")
def cured() -> Diagnosis:
    return diagnose(gw.mlp(2, 16, 2), disc(), learning_rate=20.0, epochs=20, budget=60.0, threads=2)


@pytest.fixture(scope="module")
def ran() -> Diagnosis:
    zeros = gw.mlp(2, 8, 2, weight_init=initializers.Zeros())
    run = gw.fit(zeros, disc(), epochs=4, learning_rate=0.1, progress=False, name="zeros")
    return diagnose_run(run, disc(), budget=0)


def axes_of(figure: Any) -> list[tuple[str, str]]:
    return [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]


def test_the_page_says_cause_cure_and_what_was_tried(cured: Diagnosis) -> None:
    page = render_page(cured)
    assert cured.cure is not None
    assert cured.causes[0].kind in page
    assert "Cure" in page
    assert "What was tried" in page
    assert "95% intervals" in page


def test_the_page_of_a_run_shows_its_curves(ran: Diagnosis) -> None:
    page = render_page(ran)
    assert page.count("<figure") == 3  # curves, outputs, gradients
    assert "the parameters that its run kept. Nothing was trained." in page
    for finding in ran.findings:
        assert f"<strong>{finding.kind}</strong>" in page


def test_the_page_of_a_healthy_config_says_so(peaks: Dataset) -> None:
    page = render_page(diagnose(gw.mlp(2, 20, 5), peaks, budget=0))
    assert "Nothing is wrong that can be seen from here." in page


def test_curves_of_others_have_a_page_too(tmp_path: Path) -> None:
    path = write_page(gw.diagnose_history(np.exp(-np.arange(20) / 12)), tmp_path / "curves.html")
    assert "still falling" in path.read_text(encoding="utf-8")


def test_the_page_loads_nothing_and_names_are_no_markup(ran: Diagnosis) -> None:
    from dataclasses import replace

    page = render_page(replace(ran, data="<script>alert(1)</script>"))
    assert "<script>alert" not in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)


def test_an_older_page_is_replaced_and_another_file_is_not(ran: Diagnosis, tmp_path: Path) -> None:
    path = write_page(ran, tmp_path / "page.html")
    first = path.read_bytes()
    assert write_page(ran, path).read_bytes() == first  # the same bytes each time
    other = tmp_path / "notes.html"
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"notes\.html"):
        write_page(ran, other)


def test_each_picture_has_names_on_both_axes(cured: Diagnosis, ran: Diagnosis) -> None:
    assert axes_of(effects_figure(cured.tried)) == [("change of validation accuracy (points)", "")]
    assert ran.curves is not None
    assert axes_of(curves_figure(ran.curves, ran.baselines.levels)) == [("epoch", "loss")]
    spread, lost = axes_of(activations_figure(ran.layers))
    assert (spread[1], lost) == ("spread of outputs (sd)", ("layer", "units or outputs (%)"))
    assert axes_of(gradients_figure(ran.layers, ran.arrays)) == [("layer", "norm")]


def test_what_helped_is_told_from_what_did_not_without_colours(cured: Diagnosis) -> None:
    lines = effects_figure(cured.tried).axes[0].get_lines()
    fills = {line.get_markerfacecolor() for line in lines if line.get_marker() == "o"}
    assert "white" in fills
    assert len(fills) == 2
