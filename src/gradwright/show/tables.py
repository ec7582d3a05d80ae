"""The tables: what runs reached, how they went, and what they were made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from gradwright.check import GradientReport, InvariantReport, NetworkCheck
from gradwright.check.present.wording import PARAMETER_TITLES, STEP_TITLES, step_rows
from gradwright.nn import summarize
from gradwright.show.results import ceiling_of, results
from gradwright.show.wording import (
    accuracy_text,
    duration_text,
    loss_text,
    metric_text,
    metric_title,
    shown_metrics,
)
from gradwright.studies.estimate import Estimate
from gradwright.tables import Table
from gradwright.training import History, Run

# What a source reported of a run: "train_accuracy", "validation_loss" and so on, and "source", whom to cite.
Reported: TypeAlias = Mapping[str, Any]

MOST_EPOCHS = 20  # rows of the table of epochs
NOTHING = "-"

_LEFT = ("run", "seed", "status", "split")
_ORDER = (
    *_LEFT,
    *("rows", "loss", "objective", "accuracy", "reported loss", "reported", "ceiling", "parameters", "time"),
)


def results_table(runs: Sequence[Run], reported: Mapping[str, Reported] | None = None) -> Table:
    """What runs reached: a row for each split of each run, and of each mean over seeds.

    ``reported`` holds what a source said by the run's name, such as ``{"peaks": {"validation_accuracy":
    0.93232, "source": "..."}}``; its accuracies stand under "reported". "ceiling" is the validation accuracy
    of the Bayes rule, which only chance passes. A column that nobody fills is left out, so that there is a
    status only where a run did not go to its end.
    """
    rows = []
    for result in results(runs):
        run = {"run": result.name, "seed": ", ".join(map(str, result.seeds)), "status": result.status}
        once = {"parameters": f"{result.parameters:,}", "time": duration_text(result.seconds.mean)}
        for split, metrics in result.metrics.items():
            shown = {name: metrics[name] for name in shown_metrics(metrics)}
            cells = _split_cells(split, shown, (reported or {}).get(result.name, {}), result.ceiling)
            rows.append(run | cells | once)
            once = dict.fromkeys(once, "")
    if all(row["status"] == "finished" for row in rows):
        rows = [row | {"status": ""} for row in rows]
    return _table(rows)


def splits_table(run: Run, reported: Reported | None = None) -> Table:
    """What one run reached: a row for each split, with what a source reported of it."""
    rows = []
    for split, metrics in run.metrics.items():
        count = {"rows": f"{run.data['splits'][split]['rows']:,}"}
        rows.append(_split_cells(split, metrics, reported or {}, ceiling_of(run)) | count)
    return _table(rows)


def _split_cells(
    split: str, metrics: Mapping[str, Estimate | float], reported: Reported, ceiling: float | None
) -> dict[str, str]:
    """The cells of one split, by the title of their column."""
    cells = {"split": split} | {metric_title(name): metric_text(name, v) for name, v in metrics.items()}
    for metric, title in (("loss", "reported loss"), ("accuracy", "reported")):
        if f"{split}_{metric}" in reported:
            cells[title] = metric_text(metric, reported[f"{split}_{metric}"])
    if split == "validation" and ceiling is not None:
        cells["ceiling"] = accuracy_text(ceiling)
    return cells


def _table(rows: Sequence[Mapping[str, str]]) -> Table:
    """Rows of cells by title as a table, with the columns that some row fills."""
    after = _ORDER.index("accuracy") + 1
    others = dict.fromkeys(title for row in rows for title in row if title not in _ORDER)
    order = (*_ORDER[:after], *others, *_ORDER[after:])
    titles = [title for title in order if any(row.get(title) for row in rows)]
    align = "".join("l" if title in _LEFT else "r" for title in titles)
    return Table(tuple(titles), align, tuple(tuple(row.get(t, NOTHING) for t in titles) for row in rows))


def epochs_table(history: History, most: int = MOST_EPOCHS) -> Table:
    """The history of a run, thinned to ``most`` rows at even distances, the first and the last among them."""
    chosen = np.unique(np.linspace(0, len(history) - 1, min(most, len(history))).round().astype(int))
    records = [history[int(i)] for i in chosen]
    splits = {"train": records[0].train or {}, "validation": records[0].validation or {}}
    names = [(split, metric) for split, metrics in splits.items() for metric in shown_metrics(metrics)]
    rows = []
    for record in records:
        measured = [(metric, record.metric(f"{split}.{metric}")) for split, metric in names]
        cells = [NOTHING if value is None else metric_text(m, value) for m, value in measured]
        rate = NOTHING if record.learning_rate is None else f"{record.learning_rate:.4g}"
        if records[0].train is None:
            cells.insert(0, NOTHING if record.running is None else loss_text(record.running))
        rows.append((str(record.epoch), f"{record.step:,}", rate, *cells))
    some = "" if records[0].train_rows is None else f", {records[0].train_rows:,} rows"
    curves = [f"{split} {metric_title(m)}{some if split == 'train' else ''}" for split, m in names]
    if records[0].train is None:
        curves.insert(0, "running objective")
    titles = ("epoch", "steps", "learning rate", *curves)
    return Table(titles, "r" * len(titles), tuple(rows))


def layers_table(run: Run) -> Table:
    """The network, layer by layer, and the number of its parameters."""
    summary = summarize(run.config.network, run.data["in_features"])
    rows = [
        (
            row.name,
            row.kind,
            "any" if row.features is None else str(row.features),
            ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in row.shapes) or NOTHING,
            f"{row.count:,}",
        )
        for row in summary.rows
    ]
    rows.append(("total", "", "", "", f"{summary.total:,}"))
    return Table(("layer", "kind", "output", "parameters", "count"), "llrlr", tuple(rows))


def data_table(run: Run) -> Table:
    """The splits of the data set: rows, features, and how many rows each class has."""
    rows = []
    for split, about in run.data["splits"].items():
        x, counts = about["x"], list(about.get("counts", {}).values())
        rows.append(
            (
                split,
                f"{about['rows']:,}",
                str(x["shape"][1]),
                x["dtype"],
                f"{x['min']:.4g} to {x['max']:.4g}",
                f"{min(counts):,} to {max(counts):,}" if counts else NOTHING,
            )
        )
    titles = ("split", "rows", "features", "type", "range", "rows per class")
    return Table(titles, "lrrlrr", tuple(rows))


def gradients_table(check: NetworkCheck) -> Table:
    """The verdict on each parameter's gradient, beside what was seen of it and what could have been."""
    rows = [
        (each.name, each.verdict, _power_text(each.difference), _power_text(each.resolution))
        for each in check.gradient.parameters
    ]
    return Table(PARAMETER_TITLES, "llrr", tuple(rows))


def invariants_table(invariants: InvariantReport) -> Table:
    """What must hold beside derivatives, each with its evidence."""
    rows = [(row.name, "holds" if row.passed else "broken", row.evidence) for row in invariants.rows]
    return Table(("invariant", "verdict", "evidence"), "lll", tuple(rows))


def taylor_table(gradient: GradientReport) -> Table:
    """Both remainders at each step, each with its ratio to the next."""
    return Table(STEP_TITLES, "rrrrr", tuple(row.cells for row in step_rows(gradient)))


def _power_text(number: float) -> str:
    return f"{number:.1e}" if math.isfinite(number) else NOTHING
