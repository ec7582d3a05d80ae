"""The n-th allocation of the compiled engine fails, or the n-th write of a study's index, for all n.

What makes it fail is `refusals.cpp`, which is compiled and comes before the system's functions (LD_PRELOAD).

    python -m tests.hostile.refusals
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradwright as gw
from gradwright.errors import GradwrightError
from tests.hostile.disk import without_waiting
from tests.hostile.scenes import DATA, STUDY

SOURCE = Path(__file__).with_suffix(".cpp")
ROOT = Path(__file__).parents[2]
CODES = (errno.ENOSPC, errno.EIO)
NETWORKS = {  # each for another family of kernels: narrow layers, wide layers by two threads, batches of one
    "narrow": (gw.mlp(2, 8, 3), 16),
    "wide": (gw.mlp(2, 150, 150, 3), 30),
    "one by one": (gw.mlp(2, 130, 3), 1),
}
Refuse = Callable[[int], None]  # the n-th call from now on is refused, 0 for none
Left = Callable[[], int]  # how many calls are left until then, 0 or less where it was refused


def refuse_allocations(name: str, refuse: Refuse, left: Left) -> Counter[str]:
    """Train with the n-th allocation of the engine refused: a MemoryError, which breaks nothing."""
    network, batch_size = NETWORKS[name]

    def train() -> Any:
        run = gw.fit(network, DATA, batch_size=batch_size, epochs=1, engine="native", progress=False)
        return run.theta.tobytes()

    expected = train()
    seen: Counter[str] = Counter()
    for call in itertools.count(1):
        refuse(call)
        try:
            found = train()
        except MemoryError:
            seen["MemoryError"] += 1
        else:
            assert found == expected, f"{name}, allocation {call}"
            seen["went on"] += left() <= 0
        finally:
            reached = left() <= 0
            refuse(0)
        assert train() == expected, f"{name}, after allocation {call}"
        if not reached:
            return seen
    raise AssertionError


def refuse_writes(refuse: Refuse, left: Left) -> Counter[str]:
    """Carry out a study with the n-th write, flush or cut of its index refused, the write when half done."""
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary, without_waiting():
        expected = STUDY.act(Path(temporary) / "whole")
        for call in itertools.count(1):
            root = Path(temporary) / str(call)
            refuse(call)
            try:
                found = STUDY.act(root)
            except GradwrightError:
                seen["one message"] += 1
            else:
                assert found == expected, f"call {call}"
                seen["went on"] += left() <= 0
            finally:
                reached = left() <= 0
                refuse(0)
            assert STUDY.act(root) == expected, f"after call {call}"
            if not reached:
                return seen
    raise AssertionError


def below(what: str) -> Counter[str]:
    """Do one of these in a Python of its own, below the functions that refuse.

    Raises ``AssertionError`` with all that it said where it ends otherwise than well.
    """
    with tempfile.TemporaryDirectory() as temporary:
        library = Path(temporary) / "refusals.so"
        compiler = os.environ.get("CXX", "c++")
        subprocess.run(
            [compiler, "-std=c++17", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True
        )
        done = subprocess.run(
            [sys.executable, "-m", "tests.hostile.refusals", what],
            cwd=ROOT,
            env={**os.environ, "LD_PRELOAD": str(library), "GRADWRIGHT_THREADS": "2"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, f"{what}: exit code {done.returncode}, {done.stderr}"
    return Counter(json.loads(done.stdout))


def _here(what: str) -> Counter[str]:
    system = ctypes.CDLL(None)
    if what != "index":
        return refuse_allocations(what, system.fail_allocation, system.allocations_left)
    codes = itertools.cycle(CODES)
    return refuse_writes(lambda call: system.fail_index(call, next(codes)), system.index_left)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(_here(sys.argv[1])))
    else:
        for each in [*NETWORKS, "index"]:
            print(f"{each}: {dict(below(each))}", flush=True)
