"""One fit in a process of its own: ``python -m gradwright.bench.estimators.child CASE WHO SEED QUICK``.

The answer is a line of JSON: CPU seconds of ``fit`` and of a ``predict`` on the same rows, the share of rows
that is named rightly, and the bytes that ``fit`` took beside what was there.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.bench.estimators.cases import CASES
from gradwright.bench.estimators.peers import PEERS

PREDICTIONS = 3


def main(name: str, who: str, seed: str, quick: str) -> None:
    """Answer on stdout."""
    with contextlib.redirect_stdout(sys.stderr):
        answer = measure(name, who, int(seed), quick == "quick")
    print(json.dumps(answer))


def measure(name: str, who: str, seed: int, quick: bool) -> dict[str, float]:
    """What a case costs an estimator."""
    case = CASES[name]
    x, y = case.rows(np.random.default_rng(0), quick)
    x = np.ascontiguousarray(x, case.dtype)
    estimator = PEERS[who]
    first = estimator(**case.settings | {"max_iter": 1})
    first.fit(x[:200], y[:200])  # so that what is imported on the way is there
    model: Any = estimator(random_state=seed, **case.settings)
    before, started = _memory(), time.process_time()
    model.fit(x, y)
    fitted, peak = time.process_time(), _peak()
    for _ in range(PREDICTIONS):
        answers = model.predict(x)
    ended = time.process_time()
    return {
        "fit": fitted - started,
        "predict": (ended - fitted) / PREDICTIONS,
        "score": float(np.mean(answers == y)),
        "memory": peak - before,
    }


def _memory() -> int:
    """The bytes that are resident now; 0 where the system does not say."""
    pages = _read("statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def _peak() -> int:
    """The most that were resident at once; 0 where the system does not say."""
    kilobytes = (line.split()[1] for line in _read("status").splitlines() if line.startswith("VmHWM"))
    return int(next(kilobytes, 0)) * 1024


def _read(name: str) -> str:
    file = Path("/proc/self") / name
    return file.read_text(encoding="ascii") if file.exists() else ""


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
