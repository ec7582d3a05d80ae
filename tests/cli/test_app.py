"""What all commands have in common."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.cli import main
from gradwright.cli.app import COMMANDS
from gradwright.errors import DataError

Command = Callable[..., Any]

HEAVY = ("matplotlib", "scipy", "h5py", "jinja2", "gradwright.show")


def test_help_names_every_command_and_what_it_is_for(gradwright: Command) -> None:
    outcome = gradwright("--help")
    assert outcome.code == 0
    for name, purpose in COMMANDS.items():
        assert re.search(rf"{name} .*{re.escape(purpose[:20])}", outcome.out)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_of_help(gradwright: Command, name: str) -> None:
    outcome = gradwright(name, "--help")
    assert outcome.code == 0
    assert f"Usage: gradwright {name}" in outcome.out
    assert outcome.err == ""


def test_no_command_at_all_prints_the_help(gradwright: Command) -> None:
    assert gradwright().out == gradwright("--help").out


def test_the_version_is_that_of_the_package(gradwright: Command) -> None:
    assert gradwright("--version").out.strip() == version("gradwright")


@pytest.mark.waits
def test_help_loads_no_heavy_module() -> None:
    script = (
        "import sys; from gradwright.cli import main; main(['--help']); "
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["trian"], 'Did you mean "train"'),
        (["data", "lst"], 'Did you mean "list"'),
        (["demo", "--qick"], "Did you mean --quick"),
        (["data", "info"], "NAME"),
        (["train"], "CONFIG"),
        (["info", "--data-dir"], "--data-dir"),
        (["check", "a.toml", "--samples", "few"], "few"),
    ],
)
def test_wrong_usage_is_answered_with_a_hint_and_the_code_2(
    gradwright: Command, words: list[str], hint: str
) -> None:
    outcome = gradwright(*words)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert hint in outcome.err
    assert f"See: gradwright {words[0] if words[0] in COMMANDS else ''}".strip() in outcome.err


def no_room_for(*shape: int) -> MemoryError:
    """What NumPy raises for an array that no memory holds."""
    with pytest.raises(MemoryError) as raised:
        np.empty(shape)
    return raised.value


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (DataError("x.mat: broken"), 1, "error: x.mat: broken\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (OSError(28, "No space left on device", "a.json"), 1, "No space left on device: 'a.json'"),
        (MemoryError("Unable to allocate 3 TiB"), 1, "Unable to allocate 3 TiB"),
        (MemoryError(), 1, "not enough memory"),
        (
            no_room_for(10**6, 10**9),
            1,
            "error: not enough memory for 1,000,000 x 1,000,000,000 numbers in float64: ",
        ),
    ],
)
def test_what_a_command_raises_becomes_one_message_and_a_code(
    gradwright: Command,
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
    code: int,
    message: str,
) -> None:
    def fails(**_: Any) -> None:
        raise raised

    monkeypatch.setattr("gradwright.cli.info.describe_machine", fails)
    outcome = gradwright("info")
    assert outcome.code == code
    assert message in outcome.err
    assert outcome.out == ""


def test_a_mistake_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gradwright.cli.info.describe_machine", fails)
    with pytest.raises(ZeroDivisionError):
        main(["info"])


@pytest.mark.waits
def test_a_reader_that_goes_away_is_no_error(config: Path) -> None:
    """The reader closes its end before anything is written; nothing is said about it."""
    program = [sys.executable, "-m", "gradwright", "schedule", str(config)]
    started = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert started.stdout is not None
    assert started.stderr is not None
    started.stdout.close()
    said = started.stderr.read()
    started.stderr.close()
    assert started.wait() == 141
    assert said == b""


@pytest.mark.waits
def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    program = [sys.executable, "-m", "gradwright", "trian"]
    monkeypatch.setenv("FORCE_COLOR", "1")
    in_colour = subprocess.run(program, capture_output=True, text=True, check=False)
    assert "\x1b[1;31merror:" in in_colour.stderr
    monkeypatch.setenv("NO_COLOR", "1")
    without = subprocess.run(program, capture_output=True, text=True, check=False)
    assert "31m" not in without.stderr
