"""One fit in a process of its own: ``python -m gradwright.bench.estimators.child CASE WHO SEED QUICK``.

The answer is a line of JSON: CPU seconds of ``fit`` and of a ``predict`` on the same rows, the share of rows
that is named rightly, and the bytes that ``fit`` took beside what was there.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
import warnings
from typing import Any

import numpy as np

from gradwright.bench.estimators.cases import CASES
from gradwright.bench.estimators.peers import PEERS
from gradwright.bench.memory import most_resident, resident

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
    before, started = resident(), time.process_time()
    model.fit(x, y)
    fitted, peak = time.process_time(), most_resident()
    for _ in range(PREDICTIONS):
        answers = model.predict(x)
    ended = time.process_time()
    return {
        "fit": fitted - started,
        "predict": (ended - fitted) / PREDICTIONS,
        "score": float(np.mean(answers == y)),
        "memory": peak - before,
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
