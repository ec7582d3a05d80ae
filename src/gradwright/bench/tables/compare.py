"""Every learner on every set, in turn, one process a fit; what is done is kept, so that it can go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gradwright.bench.tables.learners import EIGHTFOLD, LEARNERS, OURS
from gradwright.bench.tables.record import Fit, TablesRecord, keep
from gradwright.bench.tables.sets import SETS
from gradwright.errors import ConfigError
from gradwright.specs import suggestion

ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GRADWRIGHT_THREADS"), "1"
)
QUICK = ("heart", "tae", "wine", "diabetes")  # small ones


def compare_tables(
    folder: Path,
    peers: Sequence[str] = (),
    quick: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> TablesRecord:
    """Fit all to every set on one thread each, and write each fit to ``folder``, which is there, when done.

    Fits that ``folder`` has already are not made again. ``quick`` takes four small sets, divided once, and no
    folds. A fit that fails is kept with its reason.

    Raises ``ConfigError`` for a peer that there is none of, or that is not installed.
    """
    learners = _learners(peers, quick)
    record = TablesRecord.read(folder)
    done = {(fit.table, fit.learner, fit.division) for fit in record.fits}
    todo = [turn for turn in _turns(learners, quick) if turn not in done]
    for number, (table, learner, division) in enumerate(todo, 1):
        tell(f"{number} of {len(todo)}: {table}, {LEARNERS[learner].title}, division {division}")
        fit = _measured(table, learner, division)
        keep(fit, folder)
        record = TablesRecord((*record.fits, fit))
    return record


def _learners(peers: Sequence[str], quick: bool) -> list[str]:
    for name in peers:
        if name not in LEARNERS:
            raise ConfigError(f"--peers: there is no {name!r}{suggestion(name, LEARNERS)}")
        if not LEARNERS[name].is_here:
            raise ConfigError(f"--peers: {name} needs {', '.join(LEARNERS[name].needs)}, not installed here")
    here = [name for name, each in LEARNERS.items() if each.is_here]
    wanted = [*peers] or [name for name in here if not (quick and LEARNERS[name].folds == EIGHTFOLD)]
    if not LEARNERS[OURS].is_here:
        raise ConfigError("--only tables: expected scikit-learn, which is not installed")
    return wanted


def _turns(learners: Sequence[str], quick: bool) -> Iterator[tuple[str, str, int]]:
    """Learners take turns on each division, so that a change of the machine's speed meets all of them."""
    for name in QUICK if quick else SETS:
        table = SETS[name]
        divisions = 1 if quick else len(table.divisions(table.read()[1]))
        yield from ((name, learner, division) for division in range(divisions) for learner in learners)


def _measured(table: str, learner: str, division: int) -> Fit:
    command = [sys.executable, "-m", "gradwright.bench.tables.child", table, learner, str(division)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Fit(table, learner, division, failed=last)
    return Fit(table, learner, division, **json.loads(done.stdout.splitlines()[-1]))
