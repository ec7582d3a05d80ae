"""Runs that are stopped and killed, as programs of their own, and go on to the same last bit."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.programs import PATIENCE, held_at, kill_at, wait_for

Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = [
    pytest.mark.waits,
    pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them"),
]

ENDLESS = 10**7  # epochs: none of these programs comes to its end by itself
STEPS = 200  # per epoch of the long run: 2,000 rows in batches of 10

# Everything that a run carries from epoch to epoch: momenta, dropout's masks, the best parameters, a rate.
LONG = """
name = "long"
epochs = 12
batch_size = 10
engine = "reference"
keep = "best"
record_steps = true

[data]
name = "swiss-roll"
rows = 2000

[network]
kind = "Sequential"
layers = [
    {kind = "Linear", in_features = 2, out_features = 16},
    "Tanh",
    {kind = "Dropout", rate = 0.1},
    {kind = "Linear", in_features = 16, out_features = 2},
]

[optimizer]
kind = "Adam"

[learning_rate]
kind = "ExponentialDecay"
start = 0.01
factor = 0.9
"""


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A config whose run takes a few seconds."""
    path = tmp_path / "long.toml"
    path.write_text(LONG)
    return path


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(start: Start, long: Path) -> None:
    program = start("train", long, "--out", "here", "--epochs", str(ENDLESS))
    _wait_for_epochs(program, Path("here"), 2)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    [command] = [line for line in err.splitlines() if "To go on:" in line]
    words = shlex.split(command.partition("To go on: gradwright ")[2])
    assert words == ["train", str(long), "--epochs", str(ENDLESS), "--out", "here", "--resume"]

    before = len(_epochs(Path("here")))
    resumed = start(*words)
    _wait_for_epochs(resumed, Path("here"), before + 1)


def test_ctrl_c_before_the_run_begins_leaves_nothing(long: Path) -> None:
    with held_at(
        "gradwright.training.config.read_toml", 1, "train", long, "--out", "here", exit_code=130
    ) as program:
        program.send_signal(signal.SIGINT)
        program.wait(PATIENCE)
    assert not Path("here").exists()


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bits(start: Start, long: Path) -> None:
    whole = start("train", long, "--out", "whole")
    assert whole.wait(PATIENCE) == 0, whole.communicate()

    killed = Path("killed")
    step = "gradwright.optim.adam.Adam.update"
    # each from the last checkpoint: in the first step, in the middle of an epoch, at an epoch's last step
    for steps, epochs in ((1, 0), (3 * STEPS // 2, 1), (4 * STEPS, 4)):
        kill_at(step, steps, "train", long, "--out", killed, "--resume")
        assert len(_epochs(killed)) == epochs + 1  # and the start
        assert not (killed / "result.json").exists()

    assert start("train", long, "--out", killed, "--resume").wait(PATIENCE) == 0
    for name in ("parameters.safetensors", "result.json", "config.toml", "steps.jsonl"):
        assert (killed / name).read_bytes() == (Path("whole") / name).read_bytes(), name
    assert _without_time(killed) == _without_time(Path("whole"))
    assert sorted(path.name for path in killed.iterdir()) == sorted(
        path.name for path in Path("whole").iterdir()
    )


def _wait_for_epochs(program: subprocess.Popen[str], folder: Path, count: int) -> None:
    wait_for(lambda: len(_epochs(folder)) >= count, program)


def _epochs(folder: Path) -> list[str]:
    history = folder / "history.jsonl"
    return history.read_text().splitlines() if history.exists() else []


def _without_time(folder: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in _epochs(folder)]
