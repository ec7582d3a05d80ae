"""A run in three lines, and the same as a notebook shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradwright.notebook import card, paragraph
from gradwright.tables import Table

if TYPE_CHECKING:
    from gradwright.training.run import Run


def in_three_lines(run: Run) -> str:
    """What it was, what it learned from, and what it reached."""
    reached = "; ".join(
        f"{split} " + ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        for split, metrics in run.metrics.items()
    )
    return f"Run {run.config.name!r}: {_what(run)}\n  {_data(run)}\n  {reached}"


def as_html(run: Run) -> str:
    """The same three lines, with a table of the metrics."""
    names = list(dict.fromkeys(name for metrics in run.metrics.values() for name in metrics))
    rows = tuple(
        (split, *(f"{metrics[name]:.4g}" if name in metrics else "" for name in names))
        for split, metrics in run.metrics.items()
    )
    metrics = Table(("split", *names), "l" + "r" * len(names), rows)
    return card(f"Run {run.config.name!r}", paragraph(_what(run)), paragraph(_data(run)), metrics.to_html())


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
