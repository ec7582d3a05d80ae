"""What a comparison of doctors leaves in its folder: tables as Markdown, what was missed, and figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradwright.bench.doctor.faults import REFUSED
from gradwright.bench.doctor.figure import found_against_alarms
from gradwright.bench.doctor.record import Judged
from gradwright.bench.doctor.scores import missed, tables_of
from gradwright.bench.doctor.selected import dropped, everything
from gradwright.bench.doctor.sets import Half
from gradwright.drawing import render
from gradwright.writing import write_atomically

LEAD = (
    "A fault counts only where it makes test rows materially worse than its sound twin does: over 5 seeds "
    "where these decide, else 20, p < .05 in a paired t test, Cohen's d >= .5, and a gap of at least .02 "
    "in error and a twentieth of what the twin gains over the best constant answer. A healthy case has "
    "learned, is no worse than its base where both compare, and is helped by none of fourteen simple "
    "changes. A cause is right where it is what was done, or where its simple change closes nine tenths "
    "of the gap; a cure where what was healed closes them on test rows, over five fresh seeds. Intervals "
    "are Wilson's, at 95 %. The rules of the published tools are written anew from their papers and code, "
    "on the same trainings."
)


def page_of(answers: Sequence[Judged]) -> str:
    """The tables of all answers, what was selected of how many, and what cannot be done to a config."""
    parts = ["# Doctors", LEAD]
    parts += [f"## {heading}\n\n{table.to_markdown()}" for heading, table in tables_of(answers).items()]
    kept = everything()
    sick = sum(each.case.fault is not None for each in kept)
    reasons = "; ".join(f"{count} {reason}" for reason, count in dropped().items())
    counts = f"{sick} sick and {len(kept) - sick} healthy ones were kept. Others were dropped: {reasons}."
    parts.append(f"## The cases\n\n{counts}")
    refused = "\n".join(f"- {what}: {why}" for what, why in REFUSED.items())
    parts.append(f"## What is refused in words, and so is no case\n\n{refused}")
    lines = "\n".join(f"- {line}" for line in missed(answers))
    parts.append(f"## What gradwright has wrong, of the cases for development\n\n{lines or 'Nothing.'}")
    return "\n\n".join(parts) + "\n"


def write_doctors(answers: Sequence[Judged], folder: Path) -> None:
    """Write ``doctor.md``."""
    write_atomically(folder / "doctor.md", page_of(answers))


def write_figures(answers: Sequence[Judged], folder: Path) -> None:
    """Write ``development.svg`` and ``kept-apart.svg``, where there is something to draw.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    halves: tuple[Half, ...] = ("development", "kept apart")
    for half in halves:
        figure = found_against_alarms(answers, half)
        if figure is not None:
            write_atomically(folder / f"{half.replace(' ', '-')}.svg", render(figure, "svg"))
