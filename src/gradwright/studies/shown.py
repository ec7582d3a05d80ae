"""A study in a few words, and as a notebook shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gradwright.notebook import card, paragraph
from gradwright.studies.configurations import ranking
from gradwright.studies.plan import Plan
from gradwright.tables import Table
from gradwright.training.record import RunRecord

BEST = 5  # configurations that a notebook shows
BY_LUCK = "by luck or not: gradwright compare tells"


def in_lines(path: Path, plan: Plan, records: Sequence[RunRecord]) -> str:
    """How far a study is, and what is best so far."""
    lines = [f"Study {plan.name!r} in {path}", f"  {_progress(plan, records)}"]
    for best in ranking(records, plan.monitor)[0][:1]:
        lines.append(f"  best mean {plan.monitor} so far {best.mean:.4g}: {best.name} ({BY_LUCK})")
    return "\n".join(lines)


def as_html(path: Path, plan: Plan, records: Sequence[RunRecord]) -> str:
    """The same, with the best few configurations as a table."""
    best, _ = ranking(records, plan.monitor)
    rows = tuple((each.name, f"{each.mean:.4g}", str(len(each.records))) for each in best[:BEST])
    pieces = [paragraph(_progress(plan, records))]
    if rows:
        pieces.append(Table(("best so far", f"mean {plan.monitor}", "runs"), "lrr", rows).to_html())
        pieces.append(paragraph(f"In this order {BY_LUCK}."))
    return card(f"Study {plan.name!r} in {path}", *pieces)


def _progress(plan: Plan, records: Sequence[RunRecord]) -> str:
    """Runs on record by how they ended, of at most how many."""
    counts = Counter(record.status for record in records)
    ended = "".join(f", {count:,} {status}" for status, count in sorted(counts.items()))
    return f"{len(records):,} of at most {plan.total_runs:,} runs on record{ended}"
