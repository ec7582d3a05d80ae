"""SIGKILL at a random moment, again and again: what goes on comes to the same bits, and nobody outlives it.

A command is carried out whole, which also says how long it takes. Then it is begun in a new folder, killed at
a moment drawn over that whole length, begun again where it was left, killed again, some times in a row, and
carried out to its end. Of a sweep with processes for workers a worker is killed as often as the driver, which
must then end well.

A command is forked from this process, which has imported the package, so that a kill takes a moment; workers
and the processes of submissions are started as they always are. This process adopts whatever a killed one
leaves behind, so that it sees from the operating system whether anybody does.

    python -m tests.hostile.kills --kills 1000 --seed 0
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from types import ModuleType

from gradwright.cli import main
from gradwright.writing import LOCK, SCRATCH
from tests.hostile.killed import WORKS, Work
from tests.hostile.progress import told

IN_A_ROW = 5  # kills of the same work, at most
PATIENCE = 120.0  # seconds until what still runs has outlived its parent
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
KILLED, ENDED = -signal.SIGKILL, 0
for name in "train", "sweep", "report", "grade":
    import_module(f"gradwright.cli.{name}")
import_module("matplotlib.pyplot")


@dataclass
class Killer:
    """Whoever carries out works below ``root`` and kills them."""

    root: Path
    draw: random.Random
    number: int = 0

    def kill(self, work: Work, count: int) -> Iterator[str]:
        """Kill a work so many times, and say each time who was killed: the command, or a worker of it.

        Raises ``AssertionError`` where something is lost, changed or left.
        """
        whole, expected, _ = self.whole(work)
        _, again, seconds = self.whole(work)  # by now all is in memory that comes from the disk
        assert again == expected, f"{work.name}: two runs differ"
        killed = 0
        while killed < count:
            folder = self.new_folder(work)
            for _ in range(min(IN_A_ROW, count - killed)):
                whom, code = self.struck(work, folder, seconds)
                where = f"{work.name}, in {folder}, {whom} killed"
                self.nobody_is_left(where)
                if whom is not None:
                    killed += 1
                    yield whom
                assert code == (KILLED if whom == work.name else ENDED), (
                    f"{where}: code {code}, {self.said()}"
                )
                if work.at_once is not None and (file := folder / work.at_once).exists():
                    assert file.read_bytes() == (whole / work.at_once).read_bytes(), f"{where}: half of it"
                if code == ENDED:
                    break
            else:
                self.carry_out(work.command, folder)
            self.compare(work, folder, expected)
        shutil.rmtree(whole)

    def whole(self, work: Work) -> tuple[Path, object, float]:
        """A work that nobody disturbs: its folder, what it leaves, and how long it takes."""
        folder = self.new_folder(work)
        began = time.monotonic()
        self.carry_out(work.command, folder)
        return folder, work.left(folder), time.monotonic() - began

    def new_folder(self, work: Work) -> Path:
        self.number += 1
        folder = self.root / str(self.number)
        prepared = self.root / work.name
        if not prepared.exists():
            prepared.mkdir()
            work.prepare(prepared)
            if work.before:
                self.carry_out(work.before, prepared)
        shutil.copytree(prepared, folder)
        return folder

    def carry_out(self, command: Sequence[str], folder: Path) -> None:
        _, status = os.waitpid(self.begin(command, folder), 0)
        assert os.waitstatus_to_exitcode(status) == ENDED, f"{command}, in {folder}: {self.said()}"
        self.nobody_is_left(f"{command}, in {folder}, at its end")

    def struck(self, work: Work, folder: Path, seconds: float) -> tuple[str | None, int]:
        """Begin a work and kill it, or a worker of it, where it lasts so long; its exit code."""
        process = self.begin(work.command, folder)
        whom = None
        if not has_ended(process, self.draw.uniform(0.0, seconds)):
            victim, whom = process, work.name
            if work.workers and self.draw.random() < 0.5 and (workers := workers_of(process)):
                victim, whom = self.draw.choice(workers), f"{work.name}: a worker"
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:  # a worker that has just ended
                whom = None
        _, status = os.waitpid(process, 0)
        code = os.waitstatus_to_exitcode(status)
        return None if code == ENDED and whom == work.name else whom, code

    def begin(self, command: Sequence[str], folder: Path) -> int:
        process = os.fork()
        if process == 0:
            try:
                said = os.open(self.root / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(said, 1)
                os.dup2(said, 2)
                os.chdir(folder)
                sys.modules["__main__"] = ModuleType("__main__")  # what workers would import again
                code = main(list(command))
            except BaseException:
                traceback.print_exc()
                code = 70
            finally:
                sys.stdout.flush()
                os._exit(code)
        return process

    def said(self) -> str:
        return (self.root / "said").read_text(errors="replace")[-2000:]

    def nobody_is_left(self, where: str) -> None:
        """Wait until the last process that was begun below is gone."""
        end = time.monotonic() + PATIENCE
        with contextlib.suppress(ChildProcessError):
            while True:
                process, _ = os.waitpid(-1, os.WNOHANG)
                if process == 0:
                    assert time.monotonic() < end, f"{where}: lives on: {children_of(os.getpid())}"
                    time.sleep(0.002)

    def compare(self, work: Work, folder: Path, expected: object) -> None:
        assert work.left(folder) == expected, f"{work.name}, in {folder}: something else came out"
        litter = [path.name for path in folder.rglob("*") if path.name.endswith((LOCK, SCRATCH))]
        litter += [path.name for path in Path(os.environ["TMPDIR"]).iterdir()]
        assert not litter, f"{work.name}, in {folder}: left {litter}"
        shutil.rmtree(folder)


def has_ended(process: int, seconds: float) -> bool:
    """Whether a process ends within so many seconds."""
    handle = os.pidfd_open(process)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def children_of(process: int) -> dict[int, str]:
    """The processes that one has started, with their command lines."""
    found = {}
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for tasks in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, tasks.read_text().split()):
                found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
    return found


def workers_of(process: int) -> list[int]:
    return [child for child, command in children_of(process).items() if "spawn_main" in command]


def kill_all(kills: int, seed: int, names: list[str]) -> Counter[str]:
    """So many kills, shared out over the works of these names; who was killed how often.

    Raises ``AssertionError`` with all that fell.
    """
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    works = [work for work in WORKS if work.name in names]
    ends = [0.0, *accumulate(work.share for work in works)]
    parts = [round(kills * end / ends[-1]) for end in ends]  # which add up to all of them
    seen: Counter[str] = Counter()
    fallen: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        settings = {name: value for name, value in os.environ.items() if name.startswith("GRADWRIGHT_")}
        for name in settings:
            del os.environ[name]
        for variable in "TMPDIR", "XDG_DATA_HOME":
            os.environ[variable] = str(root / variable)
            (root / variable).mkdir()
        tempfile.tempdir = None
        killer = Killer(root, random.Random(seed))
        for work, first, last in zip(works, parts, parts[1:], strict=False):
            left = last - first
            while left > 0:
                try:
                    for whom in told(killer.kill(work, left), work.name, left):
                        seen[whom] += 1
                        left -= 1
                except AssertionError as error:
                    fallen.append(str(error))
                    print(error, file=sys.stderr, flush=True)
                    left -= 1
    assert not fallen, "\n".join(fallen)
    return seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    names = [work.name for work in WORKS]
    parser.add_argument("works", nargs="*", default=names, help=f"of {', '.join(names)}; by default all")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.monotonic()
    found = kill_all(given.kills, given.seed, given.works)
    print(f"{found.total()} kills in {time.monotonic() - began:.0f} s: {dict(found)}")
