"""The tables of a study: its configurations beside the winner, what was left out, and the openings."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from gradwright.printable import in_csv
from gradwright.show.study_findings import estimate_of, value_text_of
from gradwright.show.wording import duration_text, metric_text
from gradwright.studies.compare import Comparison, Standing
from gradwright.studies.configurations import Configuration, point_text, value_text
from gradwright.studies.estimate import CONFIDENCE, Estimate
from gradwright.studies.importance import NOT_SET, axes_of
from gradwright.studies.sealed import StudyOpening
from gradwright.studies.statistics import MOST_SEEDS
from gradwright.tables import Table

NOTHING = "-"
MOST_ROWS = 30  # configurations in a table for people; the CSV has all


def standings_table(comparison: Comparison, most: int = MOST_ROWS) -> Table:
    """The best configurations beside the winner.

    "gap" is how far a mean is behind, in points for an accuracy, with the interval of the comparison; "p" is
    corrected for all comparisons; "seeds to tell" would show the gap if it is as it seems; "wins" is the
    share of resampled seeds with which a configuration comes first.
    """
    shown = comparison.standings[:most]
    axes = axes_of(comparison.configurations)
    titles = (
        "no.",
        *axes,
        "seeds",
        "mean",
        f"{CONFIDENCE:.0%} interval",
        "gap",
        "p",
        "seeds to tell",
        "wins",
    )
    rows = [_cells(number, each, axes, comparison) for number, each in enumerate(shown, 1)]
    return Table((*titles, "time"), "r" + "l" * len(axes) + "r" * 8, tuple(rows))


def rest_table(rest: Sequence[Configuration], most: int = MOST_ROWS) -> Table:
    """The configurations that are not compared, with the reason."""
    rows = [
        (each.name, str(len(each.records)), str(each.broken), str(each.pruned), _reason(each))
        for each in rest
    ]
    return Table(("configuration", "finished", "broken", "pruned", "reason"), "lrrrl", tuple(rows[:most]))


def shares_table(importance: Mapping[str, float]) -> Table:
    """The share of the variance that each axis, or pair of them, explains; see ``studies.importance``."""
    rows = [(axis, f"{share:.0%}") for axis, share in importance.items()]
    return Table(("setting", "share"), "lr", tuple(rows))


def openings_table(opened: Sequence[StudyOpening]) -> Table:
    """Each time that the test set was opened."""
    rows = []
    for number, each in enumerate(opened, 1):
        values = [f"{name} {metric_text(name, Estimate.of(seeds))}" for name, seeds in each.metrics.items()]
        again = "to the last bit" if each.repeated else "not to the last bit"
        cells = (point_text(each.point), ", ".join(map(str, each.seeds)), ", ".join(values))
        rows.append((str(number), each.time, *cells, f"{each.rows:,}", f"{each.runs:,}", again))
    titles = ("no.", "time", "configuration", "seeds", "test", "rows", "runs on record", "runs repeated")
    return Table(titles, "rllllrrl", tuple(rows))


def to_csv(comparison: Comparison) -> str:
    """All configurations that were compared, with every digit."""
    axes = axes_of(comparison.configurations)
    rows = [dict(each) for each in comparison.to_dict()["configurations"]]
    for row in rows:
        point = row.pop("point")
        row.update({axis: in_csv(value_text(point.get(axis, NOT_SET))) for axis in axes})
    text = io.StringIO()
    writer = csv.DictWriter(
        text, [*axes, *(name for name in rows[0] if name not in axes)], lineterminator="\n"
    )
    writer.writerow({name: in_csv(name) for name in writer.fieldnames})
    writer.writerows(rows)
    return text.getvalue()


def _cells(number: int, each: Standing, axes: Sequence[str], comparison: Comparison) -> tuple[str, ...]:
    estimate = estimate_of(each.configuration)
    interval = NOTHING
    if estimate.interval is not None:
        interval = " to ".join(value_text_of(comparison, end) for end in estimate.interval)
    return (
        str(number),
        *(value_text(each.configuration.point.get(axis, NOT_SET)) for axis in axes),
        str(estimate.count),
        metric_text(comparison.metric.name, estimate),
        interval,
        NOTHING if number == 1 else _gap(comparison, each),
        NOTHING if number == 1 else ("< 0.001" if each.p < 0.001 else f"{each.p:.3f}"),
        _seeds(each.seeds),
        NOTHING if each.wins is None else f"{each.wins:.0%}",
        duration_text(each.configuration.seconds),
    )


def _gap(comparison: Comparison, each: Standing) -> str:
    scale, form = (100, ".2f") if comparison.metric.name == "accuracy" else (1, ".3g")
    gap = f"{scale * each.gap:{form}}"
    if each.low is None or each.high is None:
        return gap
    return f"{gap} ({scale * each.low:{form}} to {scale * each.high:{form}})"


def _seeds(seeds: int | None) -> str:
    if seeds is None:
        return NOTHING
    return f"over {MOST_SEEDS:,}" if seeds > MOST_SEEDS else f"{seeds:,}"


def _reason(each: Configuration) -> str:
    if each.broken:
        return next((_first_sentence(message) for message in each.messages if message), "a run broke")
    return "a run was pruned" if each.pruned else "too few finished runs"


def _first_sentence(message: str) -> str:
    return message.splitlines()[0].partition(". ")[0]
