"""A trained network with everything that is known about how it came to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from gradwright.data import Affine
from gradwright.engine import Metrics
from gradwright.engine.metrics import decide
from gradwright.errors import ShapeError
from gradwright.nn import Objective
from gradwright.nn.layer import Array
from gradwright.training.config import RunConfig
from gradwright.training.history import History
from gradwright.training.opening import SEALED, Opening
from gradwright.training.outcome import Outcome

Status: TypeAlias = Literal["finished", "stopped early", "interrupted", "diverged"]


@dataclass(frozen=True, eq=False)
class Run:
    """The record of one training run: its settings, its history, and what it learned.

    ``theta`` are the parameters that the run kept, ``metrics`` what they reach on each split, such as
    ``run.metrics["validation"]["accuracy"]``; on the test set only where it was opened, and ``openings`` are
    the run's looks at it. ``data`` is the summary of the data set with its checksum, ``sample`` some
    validation rows (x, y) of a two-dimensional set, for pictures, ``outcome`` what the run answered on
    validation rows. A run that diverged is only read to be looked at (see ``read_run``); ``message`` says
    what broke it.
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

    def opened(self, opening: Opening) -> Run:
        """The run after one more look at the test set."""
        metrics = self.metrics | {SEALED: opening.metrics}
        return replace(self, metrics=metrics, openings=(*self.openings, opening))

    @cached_property
    def objective(self) -> Objective:
        """The function of theta that was made small."""
        return self.config.objective

    @property
    def parameters(self) -> dict[str, Array]:
        """The learned arrays by full name, such as ``0.weight``."""
        return self.objective.layout.named(self.theta)

    def outputs(self, x: Array) -> Array:
        """The network's outputs (N, k) for features (N, d) as the data set stores them.

        Raises ``ShapeError`` where x has another number of columns than the network takes.
        """
        x = np.asarray(x)
        if x.ndim != 2 or x.shape[1] != self.data["in_features"]:
            raise ShapeError(f"x: expected the shape (N, {self.data['in_features']}), found {x.shape}")
        return self.objective.predict(self.theta, self.features(x, self.theta.dtype))

    def predict(self, x: Array) -> Array:
        """The answers for features (N, d): labels (N,) of a classifier, else the outputs (N, k)."""
        return decide(self.config.loss, self.outputs(x))

    def save(self, folder: Path | str) -> None:
        """Write the run as a new folder; ``gradwright.load_run`` reads it.

        Raises ``RecordError`` where the folder already holds something, or cannot be written.
        """
        from gradwright.training.record import save_run

        save_run(self, Path(folder))
