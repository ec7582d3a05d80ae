"""What a comparison on tables leaves in its folder: the tables as Markdown, and the figures."""

from __future__ import annotations

from pathlib import Path

from gradwright.bench.tables.figure import error_against_time
from gradwright.bench.tables.record import TablesRecord
from gradwright.bench.tables.summary import HEADINGS, tables_of
from gradwright.drawing import render
from gradwright.writing import write_atomically

LEAD = (
    "Each learner with its defaults on one thread, each fit in a process of its own; rows kept apart by "
    "scikit-learn's train_test_split, 30 % of them, drawn three times below 1,500 rows; at most 5,000 rows "
    "to train on. Shifted geometric means are exp(mean(log(error + .01))); 'tuned on' and 'kept apart' are "
    "the halves of the sets on which constants were chosen and were not. Intervals are over sets, at 95 %."
)


def write_tables(record: TablesRecord, folder: Path) -> None:
    """Write ``tables.md``."""
    parts = ["# Tables", LEAD]
    parts += [f"## {heading}\n\n{table.to_markdown()}" for heading, table in tables_of(record).items()]
    write_atomically(folder / "tables.md", "\n\n".join(parts) + "\n")


def write_figures(record: TablesRecord, folder: Path) -> None:
    """Write ``classes.svg`` and ``numbers.svg``, where there is something to draw.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    for task in HEADINGS:
        figure = error_against_time(record, task)
        if figure is not None:
            write_atomically(folder / f"{task}.svg", render(figure, "svg"))
