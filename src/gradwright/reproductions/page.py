"""What ``gradwright reproduce`` leaves: a summary as text, one page, and the tables as Markdown and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradwright.drawing import MARKERS, color, new_figure, plain, set_log, styled
from gradwright.reproductions.experiment import TITLES, Finding, Reproduction, Setting
from gradwright.show.figures import inline_svg
from gradwright.show.figures.scales import number_epochs
from gradwright.show.pictures import Picture
from gradwright.show.report import template
from gradwright.show.wording import duration_text
from gradwright.tables import Table
from gradwright.training.environment import describe_machine
from gradwright.writing import make_folder, write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPLATES = Path(__file__).parent / "templates"
FEW_POINTS = 12  # up to here every point gets a marker
SHORT_LABEL = 16  # characters: three of them fit beside each other
PER_CENT = 0.01


def command(reproduction: Reproduction) -> str:
    """What to type to do one experiment again."""
    return f"gradwright reproduce {reproduction.experiment.name}{' --quick' if reproduction.quick else ''}"


def to_text(reproduction: Reproduction) -> str:
    """One experiment in a few lines."""
    about = reproduction.experiment
    head = f"{about.name}: {about.title} ({duration_text(reproduction.seconds)})\nReported: {about.reported}"
    if reproduction.finding is None:
        return f"{about.name}: {about.title}\nSkipped: {reproduction.skipped}\n"
    finding = reproduction.finding
    return "\n".join(
        [head, str(finding.table), reproduction.verdict, *(f"- {why}" for why in finding.why), ""]
    )


def to_markdown(done: Sequence[Reproduction]) -> str:
    """Every experiment with its tables."""
    parts = ["# The five reports, done again"]
    for each in done:
        parts.append(f"## {each.experiment.name}: {each.experiment.title}")
        parts.append(f"Reported: {each.experiment.reported}")
        if each.finding is None:
            parts.append(f"Skipped: {each.skipped}")
            continue
        parts += [each.finding.table.to_markdown(), each.verdict]
        parts.append("\n".join(f"- {why}" for why in each.finding.why))
        parts += [f"{title}\n\n{table.to_markdown()}" for title, table in each.finding.tables.items()]
        parts.append(f"Again: `{command(each)}`")
    return "\n\n".join(parts) + "\n"


def to_csv(done: Sequence[Reproduction]) -> str:
    """Every line of every experiment, in numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = ("reported", "as written", "as written sd", "corrected", "corrected sd", "within noise")
    writer.writerow(("experiment", TITLES[0], *names))
    for each in done:
        for line in each.finding.lines if each.finding else ():
            spreads = [
                value
                for s in (line.as_written, line.corrected)
                for value in ((s.mean, s.sd) if s else (None,) * 2)
            ]
            writer.writerow((each.experiment.name, line.quantity, line.reported, *spreads, line.agrees))
    return out.getvalue()


def write_tables(done: Sequence[Reproduction], folder: Path) -> None:
    """Write ``reproduction.json``, ``reproduction.md`` and ``reproduction.csv``."""
    make_folder(folder)
    write_atomically(folder / "reproduction.json", json.dumps([r.to_dict() for r in done], indent=2) + "\n")
    write_atomically(folder / "reproduction.md", to_markdown(done))
    write_atomically(folder / "reproduction.csv", to_csv(done))


def write_page(done: Sequence[Reproduction], folder: Path) -> None:
    """Write ``report.html``.

    Raises ``ConfigError`` where Matplotlib or Jinja is not installed.
    """
    write_atomically(folder / "report.html", render(done))


def render(done: Sequence[Reproduction]) -> str:
    """The page as text: it fetches nothing and runs no script."""
    machine = describe_machine()
    return template("reproduction.html.j2", TEMPLATES).render(
        title="The reports, done again",
        contents={each.experiment.name: each.experiment.name for each in done},
        sections=[(each, _picture(each), command(each), _facts(each, machine)) for each in done],
        overview=overview(done),
    )


def _facts(reproduction: Reproduction, machine: Mapping[str, Any]) -> dict[str, str]:
    """What an experiment stands on: seeds, data and versions."""
    facts = {"time": duration_text(reproduction.seconds)}
    if reproduction.finding is not None:
        checksums = reproduction.finding.data
        seeds = ", ".join(map(str, Setting(reproduction.quick).seeds))
        seeds += "; where runs are long, the first of them"
        facts["seeds"] = seeds if checksums else "fixed within the experiment"
        if not checksums:
            facts["data"] = "made within the experiment"
        facts |= {f"{name}, SHA-256": checksum for name, checksum in checksums.items()}
    versions = ", ".join(f"{name} {machine[name]}" for name in ("gradwright", "numpy", "python"))
    return facts | {"versions": versions, "machine": f"{machine['system']}, {machine['cores']} cores"}


def overview(done: Sequence[Reproduction]) -> Table:
    """A line for each experiment: what came of it, and how long it took."""
    rows = tuple(
        (
            each.experiment.name,
            each.experiment.title,
            each.verdict,
            duration_text(each.seconds),
        )
        for each in done
    )
    return Table(("experiment", "title", "verdict", "time"), "lllr", rows)


def _picture(reproduction: Reproduction) -> Picture | None:
    """The curves of an experiment, with the command that makes them again."""
    finding = reproduction.finding
    if finding is None or not finding.curves:
        return None
    about = reproduction.experiment
    text = f"{finding.unit[0].upper()}{finding.unit[1:]} against the {finding.axis}: {about.title}."
    svg = inline_svg(curves(finding), about.name.lower(), text)
    return Picture(caption=text, description=text, svg=svg, again=command(reproduction))


def curves(finding: Finding) -> Figure:
    """The curves of a finding, one colour and one marker for each; shares in per cent."""
    share = "accuracy" in finding.unit
    with styled():
        figure, (axes,) = new_figure(3.8)
        for i, (label, points) in enumerate(finding.curves.items()):
            x, y = zip(*points, strict=True)
            y = tuple(value / PER_CENT for value in y) if share else y
            every = max(1, len(x) // FEW_POINTS)
            marker = MARKERS[i % len(MARKERS)]
            axes.plot(x, y, color=color(i), marker=marker, markevery=every, label=plain(label))
        axes.set_xlabel(finding.axis)
        axes.set_ylabel(f"{finding.unit} (%)" if share else finding.unit)
        if finding.log:
            set_log(axes, "y")
        if finding.log == "xy":
            set_log(axes, "x")
        else:
            number_epochs(axes)
        columns = 3 if max(map(len, finding.curves)) < SHORT_LABEL else 2
        figure.legend(loc="outside lower center", ncols=min(columns, len(finding.curves)), frameon=False)
    return figure
