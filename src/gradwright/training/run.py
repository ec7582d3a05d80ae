"""A trained network with everything that is known about how it came to be."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradwright.data import Affine, Dataset, Split
from gradwright.data.columns import like_training, weighted
from gradwright.data.rows import check_finite
from gradwright.data.table import TableEncoding
from gradwright.data.table.encoding import encoded
from gradwright.data.table.files import table_blocks
from gradwright.data.table.read import TableLike
from gradwright.dataframes import to_frame
from gradwright.engine import Metrics, Rows, reference_engine
from gradwright.errors import ShapeError
from gradwright.locks import writing_in
from gradwright.nn import Objective
from gradwright.nn.layer import Array
from gradwright.notebook import card, paragraph
from gradwright.tables import Table
from gradwright.training.config import RunConfig, plain_config
from gradwright.training.environment import versions_of
from gradwright.training.folder import RunFolder
from gradwright.training.history import History
from gradwright.training.importance import Importance
from gradwright.training.measure import evaluate_each, of_outputs
from gradwright.training.opening import SEALED, Opening
from gradwright.training.outcome import Outcome
from gradwright.training.record import RunRecord, Status, run_id
from gradwright.training.target import Target, class_probabilities


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The record of one training run: its settings, its history, and what it learned.

    A run that diverged is only read to be looked at (see ``read_run``).

    Args:
        config: its settings, with the loss that followed the targets.
        history: what was measured after each epoch, from epoch 0 on.
        theta: the parameters that it kept, (P,).
        features: the map from rows as they are stored to the network's inputs.
        metrics: what theta reaches on each split; on the test set only where that was opened.
        status: "finished", "converged", "stopped early", "interrupted" or "diverged".
        data: the summary of the data set, with its checksum.
        environment: versions, engine and machine.
        sample: some validation rows (x, y) of a two-dimensional set, for pictures.
        outcome: what it answered on validation rows.
        message: what broke it.
        openings: its looks at the test set.
        constant: what the best constant answer reaches on each split.
        importance: what the columns of a table are worth to it, where it was trained on one.

    >>> import gradwright as gw
    >>> run = gw.fit(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), epochs=2, progress=False)
    >>> run.status, run.history[-1].epoch, sorted(run.metrics)
    ('finished', 2, ['train', 'validation'])
    """

    config: RunConfig
    history: History
    theta: Array
    features: Affine
    metrics: dict[str, Metrics]
    status: Status
    data: dict[str, Any]
    environment: dict[str, Any]
    sample: tuple[Array, Array] | None = None
    outcome: Outcome | None = None
    message: str = ""
    openings: tuple[Opening, ...] = ()
    constant: dict[str, Metrics] = field(default_factory=dict)
    importance: Importance | None = None

    def opened(self, opening: Opening) -> Run:
        """The run after one more look at the test set."""
        metrics = self.metrics | {SEALED: opening.metrics}
        return replace(self, metrics=metrics, openings=(*self.openings, opening))

    @cached_property
    def objective(self) -> Objective:
        """The function of theta that was made small."""
        return self.config.objective

    @property
    def seconds(self) -> float:
        """The time that the run spent training, without what was measured between the epochs."""
        return sum(record.seconds for record in self.history.epochs)

    @property
    def parameters(self) -> dict[str, Array]:
        """The learned arrays by full name, such as ``0.weight``."""
        return self.objective.layout.named(self.theta)

    @cached_property
    def target(self) -> Target:
        """What was learned, in the terms in which it was given."""
        return Target.of(self.data)

    @property
    def classes(self) -> tuple[int, ...] | tuple[str, ...] | tuple[bool, ...]:
        """The labels in the order of ``predict_proba``'s columns; () for a run that answers with numbers."""
        return () if self.target.labels is None else self.target.labels.values

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns of the frame that the run was trained on; of arrays ()."""
        return tuple(self.data.get("feature_names", ()))

    @cached_property
    def encoding(self) -> TableEncoding | None:
        """How the columns of a table became features; None where the rows were numbers already."""
        plain = self.data.get("encoding")
        return None if plain is None else TableEncoding.from_dict(plain)

    def outputs(self, x: TableLike) -> Array:
        """The network's outputs (N, k) for features (N, d) as the data set stores them.

        ``x`` may be an array, lists or a frame; where the run was trained on a frame, the columns of another
        are found by their names. A run that was trained on a table (``Dataset.from_table``) takes another, or
        the path of its file, which is read in parts; what training never showed is a ``DataWarning``. Targets
        that were standardised are not put back here: ``predict`` does that.

        Raises ``ShapeError`` where x has another number of columns than the network takes, ``DataError`` for
        columns that are missing or hold no numbers, and for numbers that are not finite.
        """
        if self.encoding is not None and isinstance(x, str | os.PathLike):
            return np.concatenate([self.outputs(rows) for rows in table_blocks(Path(x), self.encoding)])
        matrix = self.stored(x)
        check_finite("x", matrix, self.feature_names)
        with np.errstate(over="ignore"):
            inputs = self.features(matrix, self.theta.dtype)
        check_finite(f"x in {inputs.dtype}", inputs, self.feature_names)
        return self.objective.predict(self.theta, inputs)

    def predict(self, x: TableLike) -> Array:
        """The answers for features (N, d) (see ``outputs``), in the terms and the form of the target.

        A classifier answers with the labels (N,) that it was given (strings, booleans, integers), anything
        else with numbers: (N,) where the targets were (N,), else (N, k), in the targets' own units.

        >>> import gradwright as gw
        >>> x = np.linspace(-1, 1, 100).reshape(-1, 1)
        >>> y = np.where(x[:, 0] > 0, "right", "left")
        >>> run = gw.fit(gw.mlp(1, 2), (x, y), epochs=20, learning_rate=0.1, progress=False)
        >>> run.predict([[-0.9], [0.9]]).tolist(), run.classes
        (['left', 'right'], ('left', 'right'))
        """
        return self.target.answer(self.objective.loss, self.outputs(x))

    def stored(self, x: Any) -> Array:
        """``x`` as the data set stores it, (N, d)."""
        if self.encoding is None:
            matrix = like_training("x", x, self.feature_names)
        else:
            matrix = encoded("x", x, self.encoding)
        if matrix.shape[1] != self.data["in_features"]:
            raise ShapeError(f"x: expected the shape (N, {self.data['in_features']}), found {matrix.shape}")
        return matrix

    def predict_proba(self, x: TableLike) -> Array:
        """The probability of each class, (N, k) in float64, its columns in the order of ``classes``.

        Targets (N, k) of several yes-or-no answers have the probability of each yes instead.

        Raises ``ConfigError`` for a run that is no classifier, or one of ``Hinge``, whose scores are no
        probabilities; see ``outputs`` for ``x``.
        """
        return class_probabilities(self.objective.loss, self.outputs(x))

    def evaluate(self, x: TableLike, y: ArrayLike, weights: ArrayLike | None = None) -> Metrics:
        """The metrics of the run on other rows, such as ``{"loss": 0.31, "accuracy": 0.9}``.

        ``x`` and ``y`` are given as for training, and what is measured is what the history has: the loss that
        was trained, which for standardised targets is in units of their variance, and the ``metrics`` of the
        config in the targets' own units; functions of one's own are lost where the run was loaded.
        ``weights`` (N,) say how much each row counts, by default all the same.

        Raises ``DataError`` and ``ShapeError`` for rows that are not like those of training.
        """
        matrix = self.stored(x)
        rows = Rows(Split(matrix, self.target.encode(y), weighted(matrix, weights)[1]), self.features)
        reference = reference_engine("it runs every network")
        asked = reference, self.objective, of_outputs(self.config)
        (metrics,) = evaluate_each(*asked, self.theta[np.newaxis], rows, self.target.affine)
        return metrics

    def diagnose(self, data: Dataset | None = None, *, budget: float = 10.0, **how: Any) -> Any:
        """What is wrong with the run, why, and the cure that was tried: a ``gradwright.Diagnosis``.

        ``data`` are those that it was trained on, by default found by its config; all else is as
        ``gradwright.diagnosis.diagnose_run`` has it.
        """
        # the one look upwards: nothing here needs it, and who has a run need not know the room
        return import_module("gradwright.diagnosis").diagnose_run(self, data, budget=budget, **how)

    def to_frame(self) -> Any:
        """The history as a frame of pandas, or of Polars where pandas is not installed: a row for each epoch.

        Raises ``ConfigError`` where neither is installed.
        """
        return to_frame(self.history.columns())

    def __repr__(self) -> str:
        """What it was, what it learned from, and what it reached, in three lines."""
        reached = "; ".join(
            f"{split} " + ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
            for split, metrics in self.metrics.items()
        )
        return f"Run {self.config.name!r}: {_what(self)}\n  {_data(self)}\n  {reached}"

    def _repr_html_(self) -> str:
        """The same for a notebook, with a table of the metrics."""
        names = list(dict.fromkeys(name for metrics in self.metrics.values() for name in metrics))
        rows = tuple(
            (split, *(f"{metrics[name]:.4g}" if name in metrics else "" for name in names))
            for split, metrics in self.metrics.items()
        )
        reached = Table(("split", *names), "l" + "r" * len(names), rows).to_html()
        return card(f"Run {self.config.name!r}", paragraph(_what(self)), paragraph(_data(self)), reached)

    def save(self, folder: Path | str) -> None:
        """Write the run as a new folder; ``gradwright.load_run`` reads it.

        Raises ``RecordError`` where the folder already holds something, or cannot be written.
        """
        record = RunFolder(Path(folder))
        with writing_in(record.path):
            record.begin(self.config, self.data, self.environment, self.sample)
            record.write_history(self.history)
            self.finish(record)

    def record(self) -> RunRecord:
        """The run as plain data, in the form in which a study keeps its trials; without the test set."""
        config, data = plain_config(self.config), self.data["checksum"]
        return RunRecord(
            id=run_id(config, self.config.seed, data),
            point={},
            seed=self.config.seed,
            status=self.status,
            config=config,
            metrics={split: found for split, found in self.metrics.items() if split != SEALED},
            history=self.history.curves(),
            seconds=self.seconds,
            steps=self.history[-1].step,
            message=self.message or None,
            versions=versions_of(self.environment),
            data=data,
            budget=self.config.epochs,
        )

    def finish(self, record: RunFolder) -> None:
        """Write what a run that was recorded while it happened came to."""
        result = {"status": self.status, "metrics": self.metrics, "constant": self.constant}
        record.finish(self.parameters, self.features, self.outcome, self.openings, result, self.importance)


def _what(run: Run) -> str:
    epochs = run.history[-1].epoch
    how = f"{type(run.config.loss).__name__} by {type(run.config.optimizer).__name__}"
    return (
        f"{run.status} after {epochs} epoch{'' if epochs == 1 else 's'}, {how}, "
        f"{run.theta.size:,} parameters, seed {run.config.seed}"
    )


def _data(run: Run) -> str:
    rows = ", ".join(f"{part['rows']:,} {name}" for name, part in run.data["splits"].items())
    classes = f", {len(run.data['classes'])} classes" if run.data["classes"] else ""
    features = f"{run.data['in_features']} features{classes}"
    return f"data {run.data['name']!r} ({run.data['source']}): {rows} rows, {features}"
