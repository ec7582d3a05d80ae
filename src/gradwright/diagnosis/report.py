"""A diagnosis as a value: what was seen, what it is held against, what is wrong; as text and as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gradwright.data import Dataset
from gradwright.diagnosis.activations import LayerRow
from gradwright.diagnosis.baselines import Baselines, Level
from gradwright.diagnosis.causes import Attempt, Cause
from gradwright.diagnosis.changes import Change, listed
from gradwright.diagnosis.curves import Curves
from gradwright.diagnosis.effects import Effect
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.gradients import ArrayRow
from gradwright.diagnosis.rates import RatesUsed
from gradwright.show.wording import accuracy_text, loss_text
from gradwright.tables import Table
from gradwright.training import RunConfig

NOTHING = "-"
METRICS = (("train", "loss"), ("train", "accuracy"), ("validation", "loss"), ("validation", "accuracy"))


@dataclass(frozen=True, eq=False)
class Cure:
    """The smallest set of changes that reaches what the best reached, what it is worth, and what it makes of
    config and data."""

    changes: tuple[Change, ...]
    effect: Effect
    config: RunConfig
    data: Dataset

    def __str__(self) -> str:
        return f"{listed(self.changes)}: {self.effect}"


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What is wrong with a config or its run, why, and what cures it, with all that speaks for it.

    ``str`` prints it, ``to_dict`` gives it as plain data for JSON.

    Args:
        name: of the config.
        data: the name of the data set.
        when: "before" where the config was looked at as it begins, "after" where its run was.
        rows: how many of the ``rows_in_all`` training rows layers and gradients were measured on.
        rows_in_all: the training rows.
        layers: what each layer puts out and gets back.
        arrays: each parameter array beside its gradient.
        rates: the learning rates really used; None where no step is made.
        baselines: what a loss is held against.
        reached: the metrics of the network itself: at the start, or of the run by its history.
        ceiling: the accuracy of the Bayes rule, where it is known.
        findings: what was seen.
        causes: what is behind it, ranked.
        cure: what was proven to help; None where nothing was.
        healthy: whether no cure gains enough to matter and no fact speaks against the config; where nothing
            was trained, whether nothing was found.
        tried: all changes that were trained beside it.
        notes: how trials were made, and what was left out.
        budget: the seconds that were given.
        seconds: those that it took.
        curves: those of the run, or of a first training.

    >>> import gradwright as gw
    >>> found = gw.diagnose(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), budget=0)
    >>> found.healthy, found.causes, found.cure
    (True, (), None)
    """

    name: str
    data: str
    when: Literal["before", "after"]
    rows: int
    rows_in_all: int
    layers: tuple[LayerRow, ...]
    arrays: tuple[ArrayRow, ...]
    rates: RatesUsed | None
    baselines: Baselines
    reached: tuple[Level, ...]
    ceiling: float | None
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...] = ()
    cure: Cure | None = None
    healthy: bool = True
    tried: tuple[Attempt, ...] = ()
    notes: tuple[str, ...] = ()
    budget: float = 0.0
    seconds: float = 0.0
    curves: Curves | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of what was found, such as ``("saturated", "vanishing")``."""
        return tuple(dict.fromkeys(finding.kind for finding in self.findings))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            **{key: getattr(self, key) for key in ("name", "data", "when", "rows", "rows_in_all", "healthy")},
            "causes": [asdict(cause) for cause in self.causes],
            "cure": None if self.cure is None else _cure_as_data(self.cure),
            "tried": [asdict(attempt) for attempt in self.tried],
            "notes": list(self.notes),
            "budget": self.budget,
            "seconds": self.seconds,
            "findings": [asdict(finding) for finding in self.findings],
            "layers": [asdict(row) for row in self.layers],
            "parameters": [asdict(row) for row in self.arrays],
            "learning_rate": None if self.rates is None else asdict(self.rates),
            "baselines": [asdict(level) for level in self.baselines.levels],
            "reached": [asdict(level) for level in self.reached],
            "bayes_accuracy": self.ceiling,
            "note": self.baselines.note,
        }

    def __str__(self) -> str:
        place = "at the start" if self.when == "before" else "at the parameters that the run kept"
        rows = f"{self.rows:,} of {self.rows_in_all:,} training rows"
        parts = [
            f"{self.name} on {self.data}, {place}; layers and gradients on {rows}",
            f"Layers\n{layers_table(self.layers)}",
            f"Parameters\n{arrays_table(self.arrays)}",
            "Learning rate\n" + ("No step is made." if self.rates is None else str(self.rates)),
            f"What a loss means here\n{levels_table(self)}" + f"\n{self.baselines.note}".rstrip(),
            "\n".join(map(str, self.findings)),
            verdict(self),
        ]
        return "\n\n".join(filter(None, parts))


def verdict(found: Diagnosis) -> str:
    """The end of it: the causes with what speaks for each, and the cure; or what was tried in vain."""
    lines = list(found.notes)
    if found.causes:
        lines += ["Causes", *(f"{k}. {cause}" for k, cause in enumerate(found.causes, 1))]
        others = found.causes[0].alternatives
        if others:
            lines.append(f"As good a cure, and so as likely a cause: {', '.join(others)}.")
    made = [attempt for attempt in found.tried if attempt.effect is not None]
    if found.cure is not None:
        lines += ["Cure", str(found.cure)]
    elif made:
        best = max(made, key=_gain)
        lines.append(
            f"{len(made)} changes were trained beside it in {found.seconds:.1f} s, and none was proven to "
            f"help enough to matter; the best of them, {best}."
        )
        if len(made) < len(found.tried):
            lines.append("A larger budget may prove more.")
    elif found.healthy:
        lines.append("Nothing is wrong that can be seen from here.")
    return "\n".join(lines)


def _gain(attempt: Attempt) -> float:
    effect = attempt.effect
    if effect is None:
        return -math.inf
    return effect.gain


def _cure_as_data(cure: Cure) -> dict[str, Any]:
    return {
        "changes": [change.to_dict() for change in cure.changes],
        "effect": asdict(cure.effect),
        "text": str(cure),
    }


def layers_table(layers: Sequence[LayerRow]) -> Table:
    """A row for each layer: level and spread of its output, its lost units, and its signal."""
    rows = [
        (
            *(row.name, row.kind, str(row.units), f"{row.mean:.3g}", f"{row.sd:.3g}"),
            *map(_share, (row.saturated, row.dead, row.equal)),
            f"{row.signal:.3g}",
        )
        for row in layers
    ]
    titles = ("layer", "kind", "units", "mean", "sd", "saturated", "dead", "equal", "signal")
    return Table(titles, "llrrrrrrr", tuple(rows))


def arrays_table(arrays: Sequence[ArrayRow]) -> Table:
    """A row for each parameter array; the column of the first step stands only before a run."""
    stepped = any(row.first_step is not None for row in arrays)
    titles = ("array", "shape", "norm", "gradient", "gradient / norm", *(["first step / norm"] * stepped))
    rows = [
        (
            *(row.name, "x".join(map(str, row.shape)), f"{row.norm:.3g}", f"{row.gradient:.3g}"),
            *map(_number, (row.ratio, row.first_step)[: 1 + stepped]),
        )
        for row in arrays
    ]
    return Table(titles, "ll" + "r" * (len(titles) - 2), tuple(rows))


def levels_table(found: Diagnosis) -> Table:
    """The baselines, and what the network reached beside them; a column that nobody fills is left out."""
    levels = [*found.baselines.levels, *found.reached]
    if found.ceiling is not None:
        levels.append(Level("Bayes rule", {"validation": {"accuracy": found.ceiling}}))
    shown = [key for key in METRICS if any(_metric(level, *key) != NOTHING for level in levels)]
    rows = [(level.name, *(_metric(level, *key) for key in shown)) for level in levels]
    return Table(("", *map(" ".join, shown)), "l" + "r" * len(shown), tuple(rows))


def _metric(level: Level, split: str, metric: str) -> str:
    value = level.metrics.get(split, {}).get(metric)
    if value is None:
        return NOTHING
    return accuracy_text(value) if metric == "accuracy" else loss_text(value)


def _share(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3g}"
