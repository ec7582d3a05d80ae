"""The commands of the README run in the order in which they stand, in a folder that holds its files alone."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Command = Callable[..., Any]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, flags=re.DOTALL)
SHORTER = {  # what takes minutes, with flags that make it seconds
    "gradwright reproduce S2-synthetic": "--quick",
    "gradwright bench --quick": "--only W1 --peers gradwright,numpy",
}
ELSEWHERE = re.compile(r"\b[A-Z]{4,}\b")  # STUDY and HOST stand for what only the reader has
FOUND_WRONG = {"check examples/my_homework.py"}  # the exit code says so


def commands() -> Iterator[str]:
    """Every command of gradwright in a block of the README, without its prompt and comment."""
    for language, block in BLOCKS:
        for line in block.splitlines() if not language else ():
            command = line.partition("#")[0].removeprefix("$ ").strip()
            if command.startswith("gradwright ") and not ELSEWHERE.search(command):
                yield command


def write_files() -> None:
    """The files that the README shows, under the names in their first lines, and the examples."""
    for language, block in BLOCKS:
        if language == "toml":
            Path(block.partition("\n")[0].removeprefix("# ")).write_text(block)
    shutil.copytree(ROOT / "examples", "examples")


def test_the_readme_shows_the_commands_that_this_page_runs() -> None:
    shown = [command.split()[1] for command in commands()]
    assert set(shown) >= {"check", "train", "diagnose", "schedule", "report", "sweep", "compare", "bench"}
    assert SHORTER.keys() <= set(commands())


def test_the_commands_run_in_order(gradwright: Command) -> None:
    write_files()
    for command in commands():
        _, *words = shlex.split(f"{command} {SHORTER.get(command, '')}")
        outcome = gradwright(*words)
        wrong = any(command.startswith(f"gradwright {found}") for found in FOUND_WRONG)
        assert outcome.code == wrong, f"{command}\n{outcome.err}"
        if wrong:
            assert outcome.out.splitlines()[0] in README
    assert Path("runs/peaks-seed0/result.json").exists()
