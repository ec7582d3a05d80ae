"""Tables, Markdown, JSON and the page, from a record that was made up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradwright.bench.speed import WORKLOADS, Record
from gradwright.bench.speed.figures import ratio_figure
from gradwright.bench.speed.page import all_tables, command, to_markdown, write_page, write_record
from gradwright.bench.speed.table import growth_table, remarks_table, tables


def cells(record: Record, heading: str) -> dict[str, tuple[str, ...]]:
    (table,) = (table for title, table in tables(record).items() if heading in title)
    return {row[0]: row[1:] for row in table.rows}


def test_times_are_medians_with_the_spread_beside_them(record: Record) -> None:
    assert cells(record, "median")["gradwright"] == ("4", "580")
    assert cells(record, "least to most")["gradwright"][0] == "3.9..4.4"


def test_ratios_are_multiples_of_ours(record: Record) -> None:
    assert cells(record, "multiple of gradwright")["JAX scan over an epoch"] == ("10", "-")


def test_a_layer_is_measured_by_the_same_network_without(record: Record) -> None:
    ours, peer, *_ = (replace(m, workload="W8a") for m in record.measurements)
    more = (replace(ours, microseconds=(5.0,)), replace(peer, microseconds=(60.0,)))
    layered = replace(
        record,
        workloads=(*record.workloads, WORKLOADS["W8a"], WORKLOADS["W9a"]),  # of W9a there is no W5
        measurements=(*record.measurements, *more),
    )
    heading = "same network's without dropout, norm or factors"
    assert cells(layered, heading) == {"gradwright": ("1.25",), "JAX scan over an epoch": ("1.5",)}
    assert heading not in to_markdown(record)
    assert "draw masks of their own" in to_markdown(layered)
    assert "draw masks" not in to_markdown(record)


def test_the_fraction_of_the_limit_is_floor_over_median(record: Record) -> None:
    assert cells(record, "Fraction")["gradwright"][1] == "50.0%"  # 290 of 580


def test_a_peer_that_disagrees_has_no_time(record: Record) -> None:
    assert cells(record, "median")["PyTorch autograd, fused SGD"] == ("-", "disagrees")


def test_a_reason_is_said_once_for_all_workloads(record: Record) -> None:
    row = remarks_table(record).rows[0]
    assert row == ("scikit-learn MLPClassifier", "W2, W6", "skipped: sklearn is not installed")


def test_growth_has_a_column_for_each_size(record: Record) -> None:
    table = growth_table(record, "batch")
    assert table.titles == ("", "batch=1", "batch=16")
    assert table.rows == (("gradwright", "1.1", "4.1"),)


def test_markdown_holds_every_table_and_says_if_the_run_was_ended(record: Record) -> None:
    text = to_markdown(replace(record, status="interrupted"))
    assert all(heading in text for heading in all_tables(record))
    assert "interrupted before its last measurement" in text


def test_the_record_is_json_with_every_number(record: Record, tmp_path: Path) -> None:
    write_record(record, tmp_path)
    read = json.loads((tmp_path / "bench.json").read_text())
    assert read["measurements"][0]["microseconds"] == [4.0, 3.9, 4.4]
    assert read["measurements"][0]["median"] == 4.0
    assert read["limits"][0]["flops"] == 213e9


def test_ratios_are_drawn_by_workload_with_one_marked(record: Record) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    figure = ratio_figure(record, 1, "gradwright")
    assert figure is not None
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["W2"]
    one, *peers = axes.get_lines()
    assert np.asarray(one.get_xdata()).tolist() == [1, 1]
    found = {str(line.get_label()): np.asarray(line.get_xdata()).tolist() for line in peers}
    assert found == {"JAX scan over an epoch": [10], "NumPy, a student's": [12.75]}


def test_without_a_peer_there_are_no_ratios(record: Record) -> None:
    alone = replace(record, measurements=tuple(m for m in record.measurements if m.peer == "gradwright"))
    assert ratio_figure(alone, 1, "gradwright") is None


def test_the_page_stands_alone_and_draws_each_axis(record: Record, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the page needs matplotlib")
    pytest.importorskip("jinja2", reason="the page needs jinja2")
    write_page(record, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "On 1 thread: the time of each peer as a multiple of gradwright" in page
    assert "goal" not in page.lower()
    assert "rows in a batch" in page or "Time per step against batch" in page
    assert "http" not in page.replace("http-equiv", "")
    peers = "gradwright,jax-scan,numpy,scikit-learn,torch"
    assert f"gradwright bench --only batch --peers {peers} --threads 1 --quick</code>" in page  # the figure
    assert f"gradwright bench --only W2,W6,batch --peers {peers} --threads 1 --quick</code>" in page
    assert "linux x86_64" in page


def test_a_run_of_many_repeats_was_not_a_quick_one(record: Record) -> None:
    long = replace(record.measurements[0], microseconds=(4.0,) * 5)
    again = command(replace(record, measurements=(long, *record.measurements[1:])))
    assert again.startswith("gradwright bench --only W2,W6,batch")
    assert "--quick" not in again
