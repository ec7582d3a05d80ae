"""One allocation of Python's fails, drawn at random: what was begun ends or goes on, then to the same bits.

CPython's own helper makes it fail (``_testcapi``), wherever it is asked for: in Python, in an extension, in a
library. What an extension of others makes of it is counted by its name, the death of the process too.

    python -m tests.hostile.memory
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.hostile.disk import without_waiting
from tests.hostile.progress import told
from tests.hostile.scenes import STUDY, TRAINING, Scene

FIRST, LAST = 0.5, 5.3  # powers of 10 between which the number of the allocation lies


def lack_memory(scene: Scene, count: int, seed: int = 0) -> Counter[str]:
    """So many times an allocation fails in a process of its own; how often it ended how.

    Raises ``AssertionError`` where something else comes out, then or afterwards.
    """
    draw, seen = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as temporary, without_waiting():
        expected = scene.act(Path(temporary) / "whole")
        for number in told(range(count), scene.name, count):
            root, allocation = Path(temporary) / str(number), int(10 ** draw.uniform(FIRST, LAST))
            said = failed_at(scene, root, allocation, expected)
            where = f"{scene.name}, allocation {allocation}: {said}"
            assert said != "other bits", where
            seen[said] += 1
            assert scene.act(root) == expected, where
            shutil.rmtree(root)
    return seen


def failed_at(scene: Scene, root: Path, allocation: int, expected: Any) -> str:
    """How a process ends of which this allocation fails."""
    helper = importlib.import_module("_testcapi")
    out, into = os.pipe()
    process = os.fork()
    if process == 0:
        said = "went on"
        try:
            helper.set_nomemory(allocation, allocation + 1)
            try:
                found = scene.act(root)
            finally:
                helper.remove_mem_hooks()
            said = said if found == expected else "other bits"
        except BaseException as error:
            said = type(error).__name__
        finally:
            os.write(into, said.encode())
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as pipe:
        said = pipe.read()
    _, status = os.waitpid(process, 0)
    return said or f"died with code {os.waitstatus_to_exitcode(status)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500, help="of each scene")
    times = parser.parse_args().times
    for each in TRAINING, STUDY:
        print(f"{each.name}: {dict(lack_memory(each, times))}", flush=True)
