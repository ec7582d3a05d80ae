"""One fit in a process of its own: ``python -m gradwright.bench.tables.child SET LEARNER DIVISION``.

The answer is a line of JSON: the error on the rows kept apart, CPU and wall seconds of ``fit``, CPU seconds
of ``predict``, the rows of both, and the bytes that ``fit`` took beside what was there.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
import warnings
from typing import Any

import numpy as np

from gradwright.bench.memory import most_resident, resident
from gradwright.bench.tables.learners import LEARNERS
from gradwright.bench.tables.sets import SETS, TableSet
from gradwright.nn.layer import Array


def main(name: str, who: str, division: str) -> None:
    """Answer on stdout."""
    with contextlib.redirect_stdout(sys.stderr):
        answer = measure(SETS[name], who, int(division))
    print(json.dumps(answer))


def measure(table: TableSet, who: str, division: int) -> dict[str, float]:
    """What a learner comes to on one division of a set."""
    x, y = table.read()
    train, test = table.divisions(y)[division]
    learner = LEARNERS[who]
    model: Any = learner.make(table.task, learner.folds, division)
    before, cpu, wall = resident(), time.process_time(), time.perf_counter()
    model.fit(x.iloc[train], y[train])
    fitted, elapsed, peak = time.process_time(), time.perf_counter() - wall, most_resident()
    answers = np.asarray(model.predict(x.iloc[test]))
    ended = time.process_time()
    return {
        "error": error_of(table, answers, y[test]),
        "fit": fitted - cpu,
        "wall": elapsed,
        "predict": ended - fitted,
        "rows": len(train),
        "test_rows": len(test),
        "memory": peak - before,
    }


def error_of(table: TableSet, answers: Array, y: Array) -> float:
    """The share of rows named wrongly, or nRMSE: the root mean square error over the deviation of y.

    >>> error_of(SETS["wine"], np.array(["1", "2"]), np.array(["1", "3"]))
    0.5
    >>> error_of(SETS["wage"], np.array([1.0, 1.0]), np.array([0.0, 2.0]))
    1.0
    """
    if table.task == "classes":
        return float(np.mean(answers.astype(str) != y))
    return float(np.sqrt(np.mean((answers.reshape(-1) - y) ** 2)) / np.std(y))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
