"""``gradwright train rows.csv --target y``: a table without a config."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw

Command = Callable[..., Any]
ROWS = 80
FEW = ("--epochs", "2")


@pytest.fixture(autouse=True)
def _rows() -> None:
    rng = np.random.default_rng(0)
    size, town = rng.normal(50, 20, ROWS), rng.choice(["Ulm", "Bonn", "Graz"], ROWS)
    lines = ["size,town,unit,rent,height"]
    lines += [
        f"{s:.3f},{t},m,{'high' if s > 50 else 'low'},{2 * s:.2f}" for s, t in zip(size, town, strict=True)
    ]
    Path("flats.csv").write_text("\n".join(lines))


def test_the_target_alone_is_needed(gradwright: Command) -> None:
    outcome = gradwright("train", "flats.csv", "--target", "rent", *FEW)
    assert outcome.code == 0
    assert "validation" in outcome.out
    run = gw.load_run("runs/flats-seed0")
    assert run.classes == ("high", "low")
    assert (run.data["splits"]["validation"]["rows"], run.config.keep) == (16, "best")
    for said in (
        "target 'rent': labels of 2 classes, for it holds texts",
        "column 'unit' is left out: 'm' in every row",
        "town    one-hot in 3 columns; unknown: all 0",
        "rent    left out: the target",
    ):
        assert said in outcome.err
    assert "DataWarning" not in outcome.err


def test_what_learns_it_is_the_recipe_for_tables(gradwright: Command) -> None:
    assert gradwright("train", "flats.csv", "--target", "rent", *FEW).code == 0
    config = gw.load_run("runs/flats-seed0").config
    assert config.learning_rate == gw.CosLog(0.04, duration=2)  # an epoch is one step
    assert [group.parameters for group in config.groups[:2]] == ["*.scale", "*.bias"]


def test_another_network_has_one_rate_for_all_of_it(gradwright: Command) -> None:
    network = '{ kind = "mlp", widths = [5, 8, 2] }'
    assert gradwright("train", "flats.csv", "--target", "rent", "--network", network, *FEW).code == 0
    config = gw.load_run("runs/flats-seed0").config
    assert (config.network, config.groups) == (gw.mlp(5, 8, 2), ())


def test_numbers_are_standardised_and_put_back(gradwright: Command) -> None:
    assert gradwright("train", "flats.csv", "--target", "height", "--epochs", "20").code == 0
    run = gw.load_run("runs/flats-seed0")
    assert run.config.data is not None
    assert run.config.data.standardize_targets
    assert run.predict({"size": [50.0], "town": ["Ulm"], "rent": ["low"]})[0] == pytest.approx(100, abs=40)


def test_the_config_it_used_makes_the_same_run(gradwright: Command) -> None:
    assert gradwright("train", "flats.csv", "--target", "height", "--leave-out", "rent", *FEW).code == 0
    assert gradwright("train", "runs/flats-seed0/config.toml", "--out", "again").code == 0
    first, again = gw.load_run("runs/flats-seed0"), gw.load_run("again")
    np.testing.assert_array_equal(first.theta, again.theta)
    assert first.encoding == again.encoding
    assert first.encoding is not None
    assert first.encoding.left_out["rent"] == "as asked"


def test_settings_of_data_and_run_come_after_it(gradwright: Command) -> None:
    words = ("--target", "rent", "--group", "town", "--kinds.unit", "category", "--optimizer", "SGD")
    assert gradwright("train", "flats.csv", *words, "--data.seed", "3", "--seed", "5", *FEW).code == 0
    run = gw.load_run("runs/flats-seed5")
    assert run.config.optimizer == gw.SGD()
    assert run.config.data is not None
    assert (run.config.data.group, run.config.data.seed) == ("town", 3)
    assert "by groups of 'town', drawn by seed 3" in run.data["source"]


def test_numbers_in_bins_are_a_flag_away(gradwright: Command) -> None:
    assert gradwright("train", "flats.csv", "--target", "rent", "--bins", "4", *FEW).code == 0
    run = gw.load_run("runs/flats-seed0")
    assert run.encoding is not None
    assert run.encoding.names[:5] == ("size", *(f"size: bin {k}" for k in range(1, 5)))
    assert run.predict({"size": [50.0], "town": ["Ulm"], "height": [100.0]}).shape == (1,)


def test_several_seeds_are_measured_on_the_same_rows(gradwright: Command) -> None:
    assert gradwright("train", "flats.csv", "--target", "rent", *FEW, "--seeds", "0,1").code == 0
    one, other = (gw.load_run(f"runs/flats-seed{seed}") for seed in (0, 1))
    assert one.data["checksum"] == other.data["checksum"]
    assert not np.array_equal(one.theta, other.theta)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "--target with one of 'size', 'town', 'unit', 'rent', 'height', found none"),
        (("--target", "rant"), 1, "target: expected a column 'rant', found none; did you mean 'rent'?"),
        (
            ("--target", "rent", "--task", "ranking"),
            2,
            "data.task: expected 'classification' or 'regression'",
        ),
        (("--target", "rent", "--validation", "2.5"), 2, "data.validation: expected a whole number >= 1"),
        (("--target", "rent", "--group", "size", "--time", "town"), 2, "group, time: expected one of them"),
        (("--target", "rent", "--epochs", "-1"), 2, "epochs: expected a whole number >= 0"),
        (("--target", "rent", "--epoch", "1"), 2, "epoch: there is no such key; did you mean 'epochs'?"),
    ],
)
def test_a_slip_is_one_message(gradwright: Command, words: Any, code: int, message: str) -> None:
    outcome = gradwright("train", "flats.csv", *words)
    assert (outcome.code, message in outcome.err, outcome.out) == (code, True, ""), outcome.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "rows.csv: expected a table in CSV, found an empty file"),
        ("y\n" + "1\n2\n" * 5, "rows.csv: expected a column to learn from, found none; 'y': the target"),
        ("a,y\n1,2\n3,2\n", "rows.csv: target 'y': expected values that differ, found 2.0 in every row"),
        ("a,a,y\n1,2,3\n", "rows.csv: expected columns of different names, found 'a' more than once"),
        ("a,y\n1,1\n2,inf\n3,5\n", "rows.csv: target 'y': expected finite numbers, found inf in row 1"),
    ],
)
def test_a_table_that_cannot_be_learned_is_one_message(gradwright: Command, text: str, message: str) -> None:
    Path("rows.csv").write_text(text)
    outcome = gradwright("train", "rows.csv", "--target", "y")
    assert (outcome.code, message in outcome.err) == (1, True), outcome.err


def test_a_table_in_a_config_needs_its_target(gradwright: Command) -> None:
    Path("c.toml").write_text('network = { kind = "mlp", widths = [1, 2] }\n[data]\nname = "flats.csv"\n')
    outcome = gradwright("train", "c.toml")
    assert (outcome.code, "flats.csv: expected the column that is to be learned" in outcome.err) == (2, True)


def test_a_page_about_the_run_lies_in_its_folder(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = gradwright("train", "flats.csv", "--target", "rent", *FEW)
    assert (
        "What mattered, where it is wrong, and what was done to each column: runs/flats-seed0/report.html"
        in (" ".join(outcome.err.split()))
    )
    page = Path("runs/flats-seed0/report.html").read_text()
    assert "What became of each column of the table" in page
    assert gw.load_run("runs/flats-seed0").status == "finished"
    monkeypatch.setitem(sys.modules, "jinja2", None)
    outcome = gradwright("train", "flats.csv", "--target", "rent", *FEW, "--out", "other")
    assert (outcome.code, 'pip install "gradwright[report]"' in outcome.err) == (0, True)


DATES, LOCAL, COMMAS = ["2024-01-01", "2024-02-03"], ["01.02.2024", "02.03.2024"], ['"1,234"', '"12"']


@pytest.mark.parametrize(
    ("column", "cells", "message", "words"),
    [
        ("day", DATES, "--dates split makes numbers of them", ("--dates", "split")),
        ("the day", DATES, "--leave-out 'the day' leaves them out", ("--leave-out", "the day")),
        ("zip", LOCAL, "or say --kinds.zip category", ("--kinds.zip", "category")),
        ("a-b", LOCAL, "or say --kinds.a-b category", ("--kinds.a-b", "category")),
        ("a b", LOCAL, """--kinds '{ "a b" = "category" }'""", ("--kinds", '{ "a b" = "category" }')),
        ("size", COMMAS, "say --decimal , or --decimal .", ("--decimal", ",")),
    ],
)
def test_what_to_do_is_said_in_flags_and_helps(
    gradwright: Command, column: str, cells: list[str], message: str, words: tuple[str, str]
) -> None:
    lines = [f"{cell},{k % 3},{k % 2}" for k, cell in enumerate(cells * 20)]
    Path("rows.csv").write_text("\n".join([f"{column},more,y", *lines]))
    outcome = gradwright("train", "rows.csv", "--target", "y")
    assert (outcome.code, message in " ".join(outcome.err.split())) == (1, True), outcome.err
    assert gradwright("train", "rows.csv", "--target", "y", *words, *FEW).code == 0


def test_notes_are_in_flags_too(gradwright: Command) -> None:
    Path("rows.csv").write_text("\n".join(["a,y", *(f"{k},{k % 3}" for k in range(60))]))
    outcome = gradwright("train", "rows.csv", "--target", "y", *FEW)
    assert "--task regression takes them as numbers" in " ".join(outcome.err.split())
