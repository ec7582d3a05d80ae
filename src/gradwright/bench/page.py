"""What a benchmark leaves in its folder: the record, the tables as Markdown, and a page with figures."""

from __future__ import annotations

from pathlib import Path

from gradwright.bench.figures import growth_figure
from gradwright.bench.record import Record
from gradwright.bench.table import axes_of, growth_table, limits_table, tables
from gradwright.show.figures import inline_svg
from gradwright.show.pictures import Picture
from gradwright.show.report import template
from gradwright.show.table import Table
from gradwright.training.files import make_folder, write_atomically

TEMPLATES = Path(__file__).parent / "templates"


def write_record(record: Record, folder: Path) -> None:
    """Write ``bench.json`` and ``bench.md``."""
    make_folder(folder)
    write_atomically(folder / "bench.json", record.to_json())
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
    ended = "" if record.status == "complete" else " The run was interrupted before its last measurement."
    return f"{text} {names}{'.' if names else ''}{ended}"


def render_page(record: Record) -> str:
    """The page as text."""
    page = template("bench.html.j2", TEMPLATES)
    pictures = [_picture(record, axis) for axis in axes_of(record)]
    return page.render(description=description(record), tables=all_tables(record), pictures=pictures)


def _picture(record: Record, axis: str) -> Picture:
    text = f"Time per step against {axis}, on logarithmic axes; the numbers are in the table."
    figure = growth_figure(record, axis)
    return Picture(caption=text, description=text, svg=inline_svg(figure, f"growth-{axis}", text))
