"""What a benchmark leaves in its folder: the record, the tables as Markdown, and a page with figures."""

from __future__ import annotations

import shlex
from pathlib import Path

from gradwright.bench.speed.figures import LABELS, growth_figure, ratio_figure
from gradwright.bench.speed.growth import axis_of
from gradwright.bench.speed.own_masks import TOLERANCE
from gradwright.bench.speed.peers import PEERS
from gradwright.bench.speed.record import Record
from gradwright.bench.speed.suite import QUICK
from gradwright.bench.speed.table import axes_of, growth_table, limits_table, ours_of, tables
from gradwright.show.figures import inline_svg
from gradwright.show.pictures import Picture
from gradwright.show.report import template
from gradwright.tables import Table
from gradwright.writing import make_folder, write_atomically

TEMPLATES = Path(__file__).parent / "templates"
RECORD = "bench.json"
LEAD = (
    "How long one step of training takes: the same networks, rows and rates by each library, each "
    "measurement in a process of its own, after a proof that it computes what the others do."
)
MASKS = (
    " With dropout the peers draw masks of their own: their distance from the reference is how far they "
    f"stand out, after ten steps, from runs of the reference with other masks; {TOLERANCE:.2f} is allowed."
)


def write_record(record: Record, folder: Path) -> None:
    """Write ``bench.json`` and ``bench.md``."""
    make_folder(folder)
    write_atomically(folder / RECORD, record.to_json())
    write_atomically(folder / "bench.md", to_markdown(record))


def write_page(record: Record, folder: Path) -> None:
    """Write ``report.html``, which needs nothing but itself.

    Raises ``ConfigError`` where Matplotlib or Jinja is not installed.
    """
    write_atomically(folder / "report.html", render_page(record))


def all_tables(record: Record) -> dict[str, Table]:
    """The tables of a record by heading, the machine's limits first and the axes of growth last."""
    grown = {f"Microseconds per step against {axis}": growth_table(record, axis) for axis in axes_of(record)}
    return {"Limits of this machine": limits_table(record), **tables(record), **grown}


def to_markdown(record: Record) -> str:
    """The whole record for a page of documentation."""
    parts = ["# Benchmark", description(record)]
    parts += [f"## {heading}\n\n{table.to_markdown()}" for heading, table in all_tables(record).items()]
    return "\n\n".join(parts) + "\n"


def description(record: Record) -> str:
    """When, with what, and whether it came to its end."""
    known = record.environment
    text = f"gradwright {known['gradwright']}, NumPy {known['numpy']}, Python {known['python']}, "
    text += f"{known['system']}, {known['cores']} cores, {known['time']}."
    names = "; ".join(f"{w.name}: {w.title}" for w in record.workloads if "=" not in w.name)
    masks = MASKS if any(w.regularizer in ("dropout", "factors") for w in record.workloads) else ""
    ended = "" if record.status == "complete" else " The run was interrupted before its last measurement."
    return f"{text} {names}{'.' if names else ''}{masks}{ended}"


def render_page(record: Record) -> str:
    """The page as text."""
    page = template("bench.html.j2", TEMPLATES)
    ratios = _ratio_pictures(record)
    heads = {"ratios": "How the peers compare"} if ratios else {}
    heads |= {"growth": "How the time grows"} if axes_of(record) else {}
    return page.render(
        title="Benchmark",
        lead=LEAD,
        description=description(record),
        contents=heads | {"tables": "Tables", "again": "Make it again"},
        tables=all_tables(record),
        ratios=ratios,
        pictures=[_picture(record, axis) for axis in axes_of(record)],
        command=command(record),
        facts=_facts(record),
    )


def command(record: Record, axis: str = "") -> str:
    """What to type to measure all of it again, or one axis of growth.

    Whether it was a quick run is seen by its repeats.
    """
    names = dict.fromkeys((axis_of(w.name) or (w.name,))[0] for w in record.workloads)
    repeats = max((len(m.microseconds) for m in record.measurements), default=0)
    return shlex.join(
        [
            *("gradwright", "bench", "--only", axis or ",".join(names), "--peers", ",".join(record.peers)),
            *("--threads", ",".join(map(str, record.threads))),
            *(["--quick"] if repeats <= QUICK.repeats else []),
        ]
    )


def _facts(record: Record) -> dict[str, str]:
    """What it was measured with and on."""
    known = {name: value for name, value in record.environment.items() if value}
    return {
        name: "; ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in known.items()
    }


def _ratio_pictures(record: Record) -> list[Picture]:
    """A figure for each number of threads, beside the first of our engines that was measured on so many."""
    made = []
    for threads in record.threads:
        for ours in ours_of(record, threads)[:1]:
            figure = ratio_figure(record, threads, ours)
            if figure is None:
                continue
            on = f"{threads} thread{'s' if threads > 1 else ''}"
            text = (
                f"On {on}: the time of each peer as a multiple of {PEERS[ours].title}, by workload, on a "
                "logarithmic axis; the line is at 1. Ratios of medians; the numbers are in the tables."
            )
            svg = inline_svg(figure, f"ratios-{threads}", text)
            made.append(Picture(caption=text, description=text, svg=svg, again=command(record)))
    return made


def _picture(record: Record, axis: str) -> Picture:
    text = (
        f"Time of a step against {LABELS[axis]}, on logarithmic axes: medians, with bars from the least to "
        f"the most of the repeats. The numbers are in the table."
    )
    figure = growth_figure(record, axis)
    svg = inline_svg(figure, f"growth-{axis}", text)
    return Picture(caption=text, description=text, svg=svg, again=command(record, axis))
