"""Both estimators on each case, in turn, and the medians as ratios of one run."""

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
from gradwright.bench.estimators.child import WHO
from gradwright.errors import ConfigError
from gradwright.tables import Table

SEEDS, QUICK_SEEDS = 5, 2  # of the first parameters and orders; both estimators have the same ones
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GRADWRIGHT_THREADS"), "1")
Answers = dict[str, list[dict[str, float]]]  # by estimator, one for each seed


@dataclass(frozen=True)
class EstimatorComparison:
    """What each case cost each estimator; ``str`` is the table."""

    answers: dict[str, Answers]  # by case

    def __str__(self) -> str:
        titles = ("case", "", "scikit-learn", "gradwright", "times", "predict", "memory MB", "accuracy")
        return str(Table(titles, "llrrrrrr", tuple(map(self._row, self.answers))))

    def _row(self, name: str) -> tuple[str, ...]:
        their, our = (self.answers[name][who] for who in ("scikit-learn", "gradwright"))

        def of(key: str, of_whom: list[dict[str, float]]) -> float:
            return median(each[key] for each in of_whom)

        return (
            name,
            CASES[name].title,
            f"{of('fit', their):.3g} s",
            f"{of('fit', our):.3g} s",
            f"{of('fit', their) / of('fit', our):.1f}",
            f"{of('predict', their) / max(of('predict', our), 1e-4):.1f}",
            " / ".join(f"{of('memory', whom) / 1e6:.0f}" for whom in (their, our)),
            " / ".join(_spread([each["score"] for each in whom]) for whom in (their, our)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Every number, for JSON."""
        return {"cases": self.answers}


def compare_estimators(
    quick: bool = False, tell: Callable[[str], None] = lambda _: None
) -> EstimatorComparison:
    """Fit both to every case, seed by seed in turn, on one thread each.

    Raises ``ConfigError`` where scikit-learn is not installed, or a fit fails.
    """
    answers: dict[str, Answers] = {name: {who: [] for who in WHO} for name in CASES}
    for name, who, seed in _turns(QUICK_SEEDS if quick else SEEDS):
        tell(f"{name}, {who}, seed {seed}")
        answers[name][who].append(_measured(name, who, seed, quick))
    return EstimatorComparison(answers)


def _turns(seeds: int) -> Iterator[tuple[str, str, int]]:
    for name in CASES:
        for seed in range(seeds):
            yield from ((name, who, seed) for who in WHO)


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


def _spread(values: list[float]) -> str:
    return f"{mean(values):.3f}" + (f" ({stdev(values):.3f})" if len(values) > 1 else "")
