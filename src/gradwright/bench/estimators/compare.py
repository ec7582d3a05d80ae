"""Each estimator on each case, in turn, and the medians as ratios of one run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import mean, median, stdev
from typing import Any

from gradwright.bench.estimators.cases import CASES
from gradwright.bench.estimators.peers import installed
from gradwright.errors import ConfigError
from gradwright.tables import Table

SEEDS, QUICK_SEEDS = (
    10,
    2,
)  # of the first parameters and orders; scikit-learn and gradwright have the same ones
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GRADWRIGHT_THREADS"), "1")
OURS = "gradwright"
TICK = 1e-4  # seconds that a clock of CPU time can tell
Answers = dict[str, list[dict[str, float]]]  # by estimator, one for each seed


@dataclass(frozen=True)
class EstimatorComparison:
    """What each case cost each estimator; ``str`` is the table."""

    answers: dict[str, Answers]  # by case

    def __str__(self) -> str:
        titles = ("case", "", "estimator", "fit", "times", "predict", "times", "memory MB", "accuracy")
        return str(Table(titles, "lllrrrrrr", tuple(self._rows())))

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for name, answers in self.answers.items():
            for who in answers:
                first = (name, CASES[name].title) if who == OURS else ("", "")
                yield (*first, who, *_told(answers[who], answers[OURS]))

    def to_dict(self) -> dict[str, Any]:
        """Every number, for JSON."""
        return {"cases": self.answers}


def compare_estimators(
    quick: bool = False, tell: Callable[[str], None] = lambda _: None
) -> EstimatorComparison:
    """Fit all to every case, seed by seed in turn, on one thread each.

    Raises ``ConfigError`` where scikit-learn is not installed, or a fit fails.
    """
    here = installed()
    answers: dict[str, Answers] = {
        name: {who: [] for who in (OURS, *CASES[name].beside) if who in here} for name in CASES
    }
    for name, who, seed in _turns(answers, QUICK_SEEDS if quick else SEEDS):
        tell(f"{name}, {who}, seed {seed}")
        answers[name][who].append(_measured(name, who, seed, quick))
    return EstimatorComparison(answers)


def _turns(answers: dict[str, Answers], seeds: int) -> Iterator[tuple[str, str, int]]:
    for name in answers:
        for seed in range(seeds):
            yield from ((name, who, seed) for who in answers[name])


def _measured(name: str, who: str, seed: int, quick: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "gradwright.bench.estimators.child", name, who, str(seed)]
    done = subprocess.run(
        [*command, "quick" if quick else "full"],
        env=os.environ | ONE_THREAD,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ConfigError(f"--only sklearn: {who} failed on {name}: {last}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _told(measured: list[dict[str, float]], ours: list[dict[str, float]]) -> tuple[str, ...]:
    """Seconds, and how many times ours they are; memory and accuracy."""

    def of(key: str, of_whom: list[dict[str, float]]) -> float:
        return median(each[key] for each in of_whom)

    def times(key: str) -> tuple[str, str]:
        return f"{of(key, measured):.3g} s", f"{of(key, measured) / max(of(key, ours), TICK):.1f}"

    memory = f"{of('memory', measured) / 1e6:.0f}"
    return (*times("fit"), *times("predict"), memory, _spread([each["score"] for each in measured]))


def _spread(values: list[float]) -> str:
    return f"{mean(values):.3f}" + (f" ({stdev(values):.3f})" if len(values) > 1 else "")
