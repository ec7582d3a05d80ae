"""What runs reached, as numbers: a result for each run, and one for each group that differs by seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradwright.studies.configurations import grouped
from gradwright.studies.estimate import Estimate
from gradwright.training import Run


@dataclass(frozen=True)
class Result:
    """What one run reached; for several seeds of one config, the means over the seeds.

    ``metrics`` is by split and metric, such as ``result.metrics["validation"]["accuracy"].mean``;
    ``seconds`` is the time spent training. ``ceiling`` is the share of validation labels that the best
    possible classifier gets right, where that is known.
    """

    name: str
    seeds: tuple[int, ...]
    status: str
    epochs: Estimate
    parameters: int
    seconds: Estimate
    metrics: dict[str, dict[str, Estimate]]
    ceiling: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        metrics = {
            split: {name: each.to_dict() for name, each in found.items()}
            for split, found in self.metrics.items()
        }
        about = {"epochs": self.epochs.to_dict(), "seconds": self.seconds.to_dict(), "metrics": metrics}
        return {**vars(self), "seeds": list(self.seeds), **about}


def results(runs: Sequence[Run]) -> list[Result]:
    """The result of each run, in order; a group of seeds stands together, followed by its means.

    Runs are a group where configs differ by seed alone and the data are the same. A run that was
    interrupted is not part of a mean.
    """
    rows = []
    for group in grouped(runs, _but_for_seed):
        rows += [_result([run]) for run in group]
        whole = [run for run in group if run.status != "interrupted"]
        if len(whole) > 1:
            rows.append(_result(whole))
    return rows


def epochs_of(run: Run) -> int:
    """The whole epochs that a run trained for."""
    return run.history[-1].epoch


def ceiling_of(run: Run) -> float | None:
    """The validation accuracy of the best possible classifier; None where it is not known."""
    ceiling: float | None = run.data["bayes_accuracy"] if "validation" in run.metrics else None
    return ceiling


def labels(runs: Sequence[Run]) -> list[str]:
    """A label for each run that tells it from the others: its name, with its seed where names are shared."""
    names = Counter(run.config.name for run in runs)
    seeded = [
        run.config.name if names[run.config.name] == 1 else f"{run.config.name}, seed {run.config.seed}"
        for run in runs
    ]
    return [
        label if seeded.count(label) == 1 else f"{label} ({seeded[: i + 1].count(label)})"
        for i, label in enumerate(seeded)
    ]


def _but_for_seed(run: Run) -> tuple[str, str]:
    """What runs of one configuration share: settings, as text, and data."""
    return repr(run.config.model_copy(update={"seed": 0})), run.data["checksum"]


def _result(runs: Sequence[Run]) -> Result:
    """One run as it is, or several as their means."""
    first = runs[0]
    shared = [split for split in first.metrics if all(split in run.metrics for run in runs)]
    return Result(
        name=first.config.name,
        seeds=tuple(run.config.seed for run in runs),
        status=first.status if len(runs) == 1 else f"mean of {len(runs)}",
        epochs=Estimate.of([epochs_of(run) for run in runs]),
        parameters=first.theta.size,
        seconds=Estimate.of([run.seconds for run in runs]),
        metrics={
            split: {m: Estimate.of([run.metrics[split][m] for run in runs]) for m in first.metrics[split]}
            for split in shared  # the test set may have been opened by some of them
        },
        ceiling=ceiling_of(first),
    )
