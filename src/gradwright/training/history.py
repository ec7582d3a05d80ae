"""What happened in a run: one record per epoch, as values and as JSON lines."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from gradwright.engine import Metrics
from gradwright.errors import RecordError
from gradwright.inputs import parse_json
from gradwright.notebook import card, paragraph
from gradwright.strict import made_of
from gradwright.tables import Table
from gradwright.training.metrics import Metric, as_metric
from gradwright.training.record import flat

SHOWN = 10  # epochs, in a notebook


@dataclass(frozen=True)
class EpochRecord:
    """One line of a run's history. Epoch 0 is the state before the first step.

    ``train`` and ``validation`` are measured after the epoch, on frozen parameters, as means over examples:
    over ``train_rows`` of the training rows (None for all of them), as ``measure_train`` says, and over all
    validation rows. ``train`` is None where no training row was measured.
    ``running`` is the mean of the objective over the batches of the epoch, while the parameters moved (None
    for epoch 0). ``learning_rate`` is that of the epoch's last step; ``seconds`` count training alone.
    """

    epoch: int
    step: int
    train: Metrics | None
    validation: Metrics | None = None
    running: float | None = None
    learning_rate: float | None = None
    seconds: float = 0.0
    train_rows: int | None = None

    def metric(self, name: str) -> float | None:
        """A metric by its dotted name, such as ``validation.loss``; None where it was not measured."""
        split, _, key = name.partition(".")
        metrics: Metrics = {"train": self.train or {}, "validation": self.validation or {}}[split]
        return metrics.get(key)

    def to_json(self) -> str:
        """The record as one line of JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class History:
    """The epochs of a run in order.

    >>> history = History((EpochRecord(0, 0, {"loss": 1.6}), EpochRecord(1, 10, {"loss": 0.9})))
    >>> history.curve("train.loss")
    [1.6, 0.9]
    """

    epochs: tuple[EpochRecord, ...] = ()

    def __len__(self) -> int:
        return len(self.epochs)

    def __getitem__(self, index: int) -> EpochRecord:
        return self.epochs[index]

    def append(self, record: EpochRecord) -> History:
        """A longer history; this one stays as it is."""
        return History((*self.epochs, record))

    def curve(self, name: str) -> list[float]:
        """A metric over the epochs; NaN where it was not measured."""
        split, _, key = name.partition(".")
        measured: list[Metrics] = [getattr(record, split) or {} for record in self.epochs]
        return [metrics.get(key, math.nan) for metrics in measured]

    @property
    def training_losses(self) -> list[float]:
        """The training loss over the epochs; the running mean of the objective where no row was measured."""
        return [
            nan_or(record.running if record.train is None else record.train["loss"]) for record in self.epochs
        ]

    @property
    def training(self) -> str:
        """What the curves of training are, in a word or two for a legend."""
        first = self.epochs[0]
        if first.train is None:
            return "train, running"
        return "train" if first.train_rows is None else f"train, {first.train_rows:,} rows"

    def best(self, metric: Metric | str) -> int | None:
        """The index of the last epoch with the best value, such as of ``train.loss``; None without any."""
        metric = as_metric(metric)
        known = [(metric.cost(v), -i) for i, v in enumerate(self.curve(str(metric))) if not math.isnan(v)]
        return -min(known)[1] if known else None

    def _repr_html_(self) -> str:
        """What a notebook shows: the last epochs, and how to come by all."""
        shown = History(self.epochs[-SHOWN:]).columns()
        names = [name for name in shown if name == "epoch" or "." in name]
        rows = zip(*([f"{value:.4g}" for value in shown[name]] for name in names), strict=True)
        table = Table(tuple(names), "r" * len(names), tuple(rows)).to_html()
        of_all = paragraph(f"The last {SHOWN} of {len(self)} rows; run.to_frame() has all.")
        return card("History", table, *[of_all] * (len(self) > SHOWN))

    def columns(self) -> dict[str, list[Any]]:
        """The history as columns: the fields of a record, and each metric by its dotted name.

        What was not measured in an epoch is NaN.

        >>> History((EpochRecord(0, 0, {"loss": 1.6}),)).columns()["train.loss"]
        [1.6]
        """
        rows = [
            {name: value for name, value in flat(asdict(record)).items() if value is not None}
            for record in self.epochs
        ]
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name, float("nan")) for row in rows] for name in names}

    def curves(self) -> dict[str, list[Any]]:
        """The columns without times, and without what is the same in each: equal runs have equal curves."""
        return {name: c for name, c in self.columns().items() if name not in ("seconds", "train_rows")}

    def to_lines(self) -> str:
        """The history as JSON lines."""
        return "".join(f"{record.to_json()}\n" for record in self.epochs)

    @classmethod
    def from_lines(cls, text: str, where: str) -> History:
        """The history that ``to_lines`` wrote; an unfinished last line, as a crash leaves it, is dropped.

        Raises ``RecordError`` that names ``where`` and the line that is not a record.
        """
        complete = text[: text.rfind("\n") + 1]
        return cls(
            tuple(_record(line, f"{where}, line {i}") for i, line in enumerate(complete.splitlines(), 1))
        )


def nan_or(value: float | None) -> float:
    """A number, or NaN for none."""
    return math.nan if value is None else value


def _record(line: str, where: str) -> EpochRecord:
    what = "the record of an epoch"
    return made_of(EpochRecord, parse_json(line, where, RecordError, what), where, what)
