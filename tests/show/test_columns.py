"""What a page says of the columns of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.show.answers import answers_of
from gradwright.show.columns import columns_of
from gradwright.show.report import render_report
from gradwright.show.run_figures import figure_of


@pytest.fixture(scope="module")
def table_run() -> gw.Run:
    rng = np.random.default_rng(0)
    size, town = rng.normal(50, 20, 200), rng.choice(["Ulm", "Bonn", "<b>Graz"], 200)
    noisy = size + 15 * rng.normal(size=200)
    table = {"size": size, "town": town, "unit": ["m"] * 200, "y": np.where(noisy > 50, "up", "down")}
    with pytest.warns(UserWarning, match="'unit' is left out"):
        data = gw.Dataset.from_table(table, "y")
    return gw.fit(gw.mlp(4, 8, 2), data, epochs=20, learning_rate=0.3, progress=False)


def test_the_columns_are_told_with_what_they_are_worth(table_run: gw.Run) -> None:
    part = columns_of(table_run, "run-1", "runs/flats")
    assert part is not None
    assert part.worth is not None
    assert part.picture is not None
    assert [row[0] for row in part.worth.rows] == ["size", "town"]
    assert ("unit", "left out: 'm' in every row") in part.done.rows
    assert "column 'unit' is left out: 'm' in every row" in part.notes
    assert part.picture.again == "gradwright report runs/flats --figure importance --out importance.svg"
    assert "40 validation rows" in part.picture.caption


def test_a_run_on_arrays_has_no_such_part(run: gw.Run) -> None:
    assert columns_of(run, "run-1", "RUN") is None


def test_wrong_rows_are_shown_as_the_table_has_them(table_run: gw.Run) -> None:
    found: Any = answers_of(table_run, "RUN")
    table = next(table for caption, table in found.tables.items() if "most wrong" in caption)
    assert table.titles[-2:] == ("size", "town")
    assert {row[-1] for row in table.rows} <= {"Ulm", "Bonn", "<b>Graz"}
    assert all(-50 < float(row[-2]) < 150 for row in table.rows)


def test_the_page_has_them_and_escapes_what_a_table_says(table_run: gw.Run, read_page: Any) -> None:
    text = render_report([table_run])
    assert read_page(text).faults == []
    assert "<b>Graz" not in text
    for said in (
        "What mattered",
        "What became of each column",
        "one-hot in 3 columns",
        "Whether answers are right",
    ):
        assert said in text


def test_bars_and_intervals_are_drawn(table_run: gw.Run) -> None:
    axes: Any = figure_of([table_run], "importance", {}, None).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["size", "town"]
    assert table_run.importance is not None
    assert axes.patches[0].get_width() == pytest.approx(table_run.importance.mean[0])


def test_calibration_is_drawn_on_its_line(table_run: gw.Run) -> None:
    axes: Any = figure_of([table_run], "calibration", {}, None).axes[0]
    assert axes.lines[0].get_xdata()[-1] == axes.lines[0].get_ydata()[-1] == 1
