"""The page of a diagnosis: causes, cure and findings in words, and the pictures that show them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gradwright.diagnosis.examination import Examination
from gradwright.diagnosis.figures import activations_figure, curves_figure, effects_figure, gradients_figure
from gradwright.diagnosis.report import Diagnosis, arrays_table, layers_table, levels_table
from gradwright.outputs import require_place, write_output
from gradwright.show.figures import inline_svg
from gradwright.show.pictures import Picture
from gradwright.show.report import template
from gradwright.tables import Table

TEMPLATES = Path(__file__).parent / "templates"
MOST_LAYERS = 60  # that a picture names

Found = Diagnosis | Examination


def write_page(found: Found, path: Path | str, *, overwrite: bool = False) -> Path:
    """Write a diagnosis as one HTML page that needs nothing but itself, and return its path.

    An older page at ``path`` is replaced.

    Raises ``ConfigError`` where ``path`` holds a file that is no page and ``overwrite`` is not set, or where
    Matplotlib or Jinja is not installed; ``RecordError`` where it cannot be written.
    """
    path = Path(path)
    require_place(path, overwrite=overwrite)
    write_output(path, render_page(found), overwrite=overwrite)
    return path


def render_page(found: Found) -> str:
    """The page of ``write_page`` as text."""
    tables = _tables(found)
    contents = {"verdict": "What is wrong", "pictures": "Pictures"}
    tried = found if isinstance(found, Diagnosis) else None
    return template("diagnosis.html.j2", TEMPLATES).render(
        title=f"Diagnosis of {found.name}",
        lead=_lead(found),
        contents=contents | {f"table-{i}": heading for i, heading in enumerate(tables, 1)},
        healthy=found.healthy,
        causes=tried.causes if tried else (),
        cure=tried.cure if tried else None,
        findings=found.findings,
        notes=tried.notes if tried else (),
        pictures=list(_pictures(found)),
        tables=tables,
    )


def _lead(found: Found) -> str:
    if isinstance(found, Examination):
        return "What can be seen from here; no cure was tried."
    when = "before it is trained" if found.when == "before" else "at the parameters that its run kept"
    tried = sum(each.effect is not None for each in found.tried)
    made = (
        f"{tried} changes were trained beside it in {found.seconds:.1f} s."
        if tried
        else "Nothing was trained."
    )
    return f"The config {found.name} on {found.data}, {when}. {made}"


def _tables(found: Found) -> dict[str, Table]:
    """The numbers behind the pictures, by heading."""
    every = {"Layers": layers_table(found.layers), "Parameters": arrays_table(found.arrays)}
    if isinstance(found, Diagnosis):
        tried = tuple((each.changes, str(each.effect or "not tried")) for each in found.tried)
        every |= {
            "What a loss means here": levels_table(found),
            "What was tried": Table(("change", "effect"), "ll", tried),
        }
    return {heading: table for heading, table in every.items() if table.rows}


def _pictures(found: Found) -> Iterator[Picture]:
    """Each with the numbers that it shows in words; a picture that has nothing to show is left out."""
    if isinstance(found, Diagnosis) and any(each.effect is not None for each in found.tried):
        text = (
            "What each change is worth on rows that were not trained on: mean differences, with 95% "
            "intervals "
            "over seeds where it had several. What reaches the line at 0 may be worth nothing."
        )
        yield Picture(text, text, svg=inline_svg(effects_figure(found.tried), "effects", text), wide=True)
    if found.curves is not None and len(found.curves) > 1:
        levels = found.baselines.levels if isinstance(found, Diagnosis) else ()
        text = "The losses of the training" + (
            ", and what a guess, a constant and a linear model have." if levels else "."
        )
        yield Picture(text, text, svg=inline_svg(curves_figure(found.curves, levels), "curves", text))
    if 1 < len(found.layers) <= MOST_LAYERS:
        text = (
            "What each layer puts out: its spread, and the share that is at a bound, 0 on every row, or has "
            "a twin."
        )
        yield Picture(text, text, svg=inline_svg(activations_figure(found.layers), "activations", text))
        text = (
            "What comes back to each layer: a line that falls to the left fades on its way, one that rises "
            "grows."
        )
        figure = gradients_figure(found.layers, found.arrays)
        yield Picture(text, text, svg=inline_svg(figure, "gradients", text))
