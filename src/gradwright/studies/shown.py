"""A study in a few words, and as a notebook shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gradwright.notebook import card, paragraph
from gradwright.studies.configurations import ranking
from gradwright.studies.plan import Plan
from gradwright.tables import Table
from gradwright.training.metrics import Metric
from gradwright.training.record import RunRecord

BEST = 5  # configurations that a notebook and the moving board show
BY_LUCK = "by luck or not: gradwright compare tells"


def in_lines(path: Path, plan: Plan, records: Sequence[RunRecord]) -> str:
    """How far a study is, and what is best so far."""
    lines = [f"Study {plan.name!r} in {path}", f"  {_progress(plan, records)}"]
    for best in ranking(records, plan.monitor)[0][:1]:
        lines.append(f"  best mean {plan.monitor} so far {best.mean:.4g}: {best.name} ({BY_LUCK})")
    return "\n".join(lines)


def as_html(path: Path, plan: Plan, records: Sequence[RunRecord]) -> str:
    """The same, with the best few configurations as a table."""
    best = best_so_far(records, plan.monitor)
    pieces = [paragraph(_progress(plan, records))]
    if best.rows:
        pieces += [best.to_html(), paragraph(f"In this order {BY_LUCK}.")]
    return card(f"Study {plan.name!r} in {path}", *pieces)


def best_so_far(records: Sequence[RunRecord], metric: Metric, most: int = BEST) -> Table:
    """The best few configurations: their runs, and the mean of what these reached."""
    best, _ = ranking(records, metric)
    rows = tuple((each.name, str(len(each.records)), f"{each.mean:.4f}") for each in best[:most])
    return Table(("configuration", "runs", f"mean {metric}"), "lrr", rows)


def _progress(plan: Plan, records: Sequence[RunRecord]) -> str:
    """Runs on record by how they ended, of at most how many."""
    counts = Counter(record.status for record in records)
    ended = "".join(f", {count:,} {status}" for status, count in sorted(counts.items()))
    return f"{len(records):,} of at most {plan.total_runs:,} runs on record{ended}"
