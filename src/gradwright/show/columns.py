"""What the columns of a table became, and what they were worth to a run."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.show.figures import inline_svg
from gradwright.show.figures.importance import MOST_SHOWN, importance_bars
from gradwright.show.pictures import Picture
from gradwright.show.run_figures import again
from gradwright.show.wording import count_text
from gradwright.tables import Table
from gradwright.training import Run
from gradwright.training.importance import Importance

MOST_LISTED = 50  # columns


@dataclass(frozen=True)
class ColumnsPart:
    """The part of a page about the columns of a table: what mattered, was noticed, and was done to each."""

    picture: Picture | None
    worth: Table | None
    notes: tuple[str, ...]
    done: Table


def columns_of(run: Run, anchor: str, folder: str) -> ColumnsPart | None:
    """What there is to show; None for a run that was trained on no table."""
    if run.encoding is None:
        return None
    found = run.importance
    return ColumnsPart(
        picture=None if found is None else _picture(found, anchor, folder),
        worth=None if found is None else importance_table(found),
        notes=tuple(run.data.get("notes", ())),
        done=Table(("column", "what is done to it"), "ll", tuple(run.encoding.words().items())),
    )


def importance_table(found: Importance) -> Table:
    """What each column is worth, with its interval."""
    rows = tuple(
        (name, f"{mean:.3g}", f"{low:.3g} to {high:.3g}")
        for name, mean, low, high in zip(found.columns, found.mean, found.low, found.high, strict=True)
    )[:MOST_LISTED]
    return Table(("column", f"gain of the {found.measure}", "95 % interval"), "lrr", rows)


def _picture(found: Importance, anchor: str, folder: str) -> Picture:
    unit = ", in units of the target's variance," if found.measure == "squared error" else ""
    which = f" The first {MOST_SHOWN} of {len(found.columns)}." if len(found.columns) > MOST_SHOWN else ""
    text = f"Bars of the most important columns, {', '.join(found.columns[:3])} the first of them."
    return Picture(
        caption=f"What the {found.measure} gains{unit} when one column is shuffled, and a 95 % interval over "
        f"{count_text(found.rows, f'{found.split} row')}. Columns that tell the same hide each other.{which}",
        description=text,
        svg=inline_svg(importance_bars(found), f"{anchor}-importance", text),
        again=again([folder], "importance"),
    )
