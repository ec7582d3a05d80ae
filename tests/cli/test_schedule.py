"""``gradwright schedule``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

HALVING = '{kind = "ExponentialDecay", start = 0.1, factor = 0.5}'


def test_the_numbers_are_those_of_the_run(gradwright: Command, config: Path) -> None:
    """10,000 rows in batches of 100 are 100 steps: 100 (0.1 + 0.05 + ...) is 20 all told."""
    seen = gradwright("schedule", config, "--learning-rate", HALVING, "--epochs", "30", "--json").json
    assert (seen["epochs"], seen["steps_per_epoch"]) == (30, 100)
    assert (seen["first"], seen["peak"]) == (0.1, 0.1)
    assert seen["last"] == pytest.approx(0.1 * 0.5**29, rel=1e-12)
    assert seen["sum"] == pytest.approx(20 * (1 - 0.5**30), rel=1e-12)
    assert seen["frozen_epoch"] == 11  # counted from 1; 2^-10 is the first power below 1/1000
    assert seen["table"][0]["epoch"] == 1


def test_a_rate_that_dies_out_is_called_frozen(gradwright: Command, config: Path) -> None:
    said = gradwright("schedule", config, "--learning-rate", HALVING, "--epochs", "30").out
    assert "From epoch 11 on it is below 1/1000 of its peak" in said
    assert "sum over all steps 20" in said


def test_a_rate_that_stays_is_not(gradwright: Command, config: Path) -> None:
    said = gradwright("schedule", config, "--learning-rate", "0.1").out
    assert "It stays above 1/1000 of its peak" in said
    assert "frozen" not in said


@pytest.mark.parametrize(("name", "magic"), [("rate.svg", b"<?xml"), ("rate.png", b"\x89PNG")])
def test_it_is_drawn_where_that_is_asked(gradwright: Command, config: Path, name: str, magic: bytes) -> None:
    outcome = gradwright("schedule", config, "--plot", name, "--json")
    assert outcome.code == 0
    assert outcome.json["peak"] == 0.1
    assert name in outcome.err
    assert Path(name).read_bytes().startswith(magic)


def test_a_drawing_that_is_there_is_kept(gradwright: Command, config: Path) -> None:
    Path("rate.svg").write_text("mine")
    outcome = gradwright("schedule", config, "--plot", "rate.svg")
    assert outcome.code == 2
    assert "rate.svg" in outcome.err
    assert Path("rate.svg").read_text() == "mine"


def test_more_updates_than_can_be_looked_at_are_refused_at_once(gradwright: Command, config: Path) -> None:
    outcome = gradwright("schedule", config, "--epochs", 10**9)
    assert outcome.code == 2
    assert "epochs: expected a schedule of at most 100,000,000 updates, found" in outcome.err


def test_a_rate_to_begin_with_is_found(gradwright: Command, config: Path) -> None:
    easy = ("--data.name", "gmm", "--network", '{kind = "mlp", widths = [5, 8, 5]}', "--optimizer", "Adam")
    seen = gradwright("schedule", config, "--find", "--json", *easy).json
    assert seen["lowest"] <= seen["rate"] <= seen["highest"]
    assert [each["rate"] for each in seen["tried"]][::4] == pytest.approx([10.0**k for k in range(-5, 2)])
    outcome = gradwright("schedule", config, "--find", "--plot", "found.svg", *easy)
    assert outcome.out.startswith(f"learning_rate = {seen['rate']:.2g}: from ")
    assert Path("found.svg").read_bytes().startswith(b"<?xml")
