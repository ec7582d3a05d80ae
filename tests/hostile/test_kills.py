"""A dozen kills: what goes on comes to the same bits, and neither processes nor files are left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import PATIENCE

pytestmark = [
    pytest.mark.waits,
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, which lets a process adopt others"),
]

ROOT = Path(__file__).parents[2]
PLANTED = """
import os, subprocess
from pathlib import Path
from tests.hostile import kills

def leave_a_file(command):
    Path(".run.toml.part").touch()

def leave_a_folder(command):
    Path(os.environ["TMPDIR"], "mine").mkdir(exist_ok=True)

def change_bits(command):
    command += ["--seed", str(os.getpid())]

def leave_a_process(command):
    subprocess.Popen(["sleep", "10"], start_new_session=True)

carry_out, kills.PATIENCE = kills.main, 1.0
for fault in leave_a_file, leave_a_folder, change_bits, leave_a_process:
    kills.main = lambda command: (fault(command), carry_out(command))[1]
    try:
        kills.kill_all(1, 0, ["training"])
    except AssertionError as error:
        print(error)
"""
FOUND = ("left ['.run.toml.part']", "left ['mine']", "two runs differ", "lives on: {")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own, since whoever kills adopts every process below it."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_whatever_is_killed_goes_on_to_the_same_bits_and_nobody_is_left() -> None:
    done = run("-m", "tests.hostile.kills", "--kills", "12", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("12 kills in "), done.stdout


def test_what_is_left_is_found_out() -> None:
    said = run("-c", PLANTED).stdout.splitlines()
    assert len(said) == len(FOUND)
    for message, line in zip(FOUND, said, strict=True):
        assert message in line
