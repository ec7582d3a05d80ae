"""The page of a study, and its tables as Markdown and CSV, from its comparison alone."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import tomli_w

from gradwright.drawing import WIDTH
from gradwright.errors import ConfigError
from gradwright.printable import in_markdown
from gradwright.show.figures import inline_svg
from gradwright.show.figures.study_curves import curves, has_curves
from gradwright.show.figures.study_differences import differences, has_differences
from gradwright.show.figures.study_ranking import ranking
from gradwright.show.figures.study_shares import shares, time_spent
from gradwright.show.figures.study_space import space
from gradwright.show.pictures import Picture
from gradwright.show.report import template
from gradwright.show.study_findings import findings
from gradwright.show.study_tables import (
    MOST_ROWS,
    openings_table,
    rest_table,
    shares_table,
    standings_table,
    to_csv,
)
from gradwright.show.wording import count_text
from gradwright.studies.compare import Comparison
from gradwright.studies.importance import importance
from gradwright.studies.sealed import StudyOpening
from gradwright.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ON_PAGE = 400  # configurations: a page can be sorted, and its tables scroll
PAGE, MARKDOWN, CSV = "report.html", "tables.md", "configurations.csv"

CAPTIONS = {
    "ranking": "The best configurations: means over the seeds with 95% intervals, best first. Those that are "
    "filled cannot be told from the best; an arrow stands for a mean that lies outside, a small one for an "
    "interval that goes on.",
    "differences": "How far each is behind the best, seed by seed where they share seeds: mean differences "
    "with intervals that allow for all comparisons. What reaches the line at 0 cannot be told from the best.",
    "curves": "The best configurations while they trained: means over the seeds, and one standard deviation.",
    "space": "The space of the study. Colours go by the order of the means, the best darkest, and where "
    "lines share a value the better ones lie higher; bold numbers cannot be told from the best.",
    "shares": "How much of the order each setting explains by itself, and pairs of them beyond that; the "
    "rest is noise, and what three or more do together.",
    "time": "What a run takes and what it gives.",
}
NOTES = {  # what the columns of each table mean
    "Configurations, best mean first": "Means over the seeds, with their standard deviation. gap: how far "
    "behind the best mean, in points for an accuracy; p: corrected for all comparisons; seeds to tell: how "
    "many would show the gap if it is as it seems; wins: the share of resampled seeds with which it comes "
    "first.",
    "Not compared": "Configurations without enough finished runs, each with the reason.",
    "What mattered": "The share of the variance of ranks that each setting explains by itself, and pairs of "
    "them beyond that. What was pruned counts by the last epoch that all saw.",
    "Openings of the test set": "Each look at the test set, and whether the runs came out again.",
}
Drawing = Callable[[Comparison], "Figure | None"]
FIGURES: dict[str, Drawing] = {
    "ranking": ranking,
    "differences": lambda comparison: differences(comparison) if has_differences(comparison) else None,
    "curves": lambda comparison: curves(comparison) if has_curves(comparison) else None,
    "space": space,
    "shares": lambda comparison: shares(found) if (found := shares_of(comparison)) else None,
    "time": time_spent,
}


def shares_of(comparison: Comparison) -> dict[str, float]:
    """The importance of the axes, where there are at least two."""
    found = importance([*comparison.configurations, *comparison.rest])
    return found if len(found) > 1 else {}


def figure_of(comparison: Comparison, name: str) -> Figure:
    """One of ``FIGURES`` by its name.

    Raises ``ConfigError`` for another name, for one that this study has nothing to fill with, and where
    Matplotlib is not installed.
    """
    if name not in FIGURES:
        raise ConfigError(f"figure: expected one of {', '.join(FIGURES)}, found {name!r}")
    figure = FIGURES[name](comparison)
    if figure is None:
        raise ConfigError(f"figure: this study has nothing to draw as {name!r}")
    return figure


def all_tables(
    comparison: Comparison, opened: Sequence[StudyOpening] = (), most: int = MOST_ROWS
) -> dict[str, Table]:
    """The tables that have rows, by heading, each with at most ``most`` configurations."""
    every = {
        "Configurations, best mean first": standings_table(comparison, most),
        "Not compared": rest_table(comparison.rest, most),
        "What mattered": shares_table(shares_of(comparison)),
        "Openings of the test set": openings_table(opened),
    }
    return {heading: table for heading, table in every.items() if table.rows}


def to_markdown(comparison: Comparison, opened: Sequence[StudyOpening], title: str) -> str:
    """Findings and tables as Markdown."""
    parts = [
        f"# {in_markdown(title)}",
        "\n".join(f"- {in_markdown(each)}" for each in findings(comparison, opened)),
    ]
    parts += [f"## {heading}\n\n{t.to_markdown()}" for heading, t in all_tables(comparison, opened).items()]
    return "\n\n".join(parts) + "\n"


def as_tables(comparison: Comparison, opened: Sequence[StudyOpening], title: str) -> dict[str, str]:
    """The content of ``tables.md`` and ``configurations.csv``."""
    return {MARKDOWN: to_markdown(comparison, opened, title), CSV: to_csv(comparison)}


def render_page(
    comparison: Comparison, opened: Sequence[StudyOpening], title: str, command: Sequence[str]
) -> str:
    """``report.html``, which needs nothing but itself; ``command`` is what made the comparison.

    Raises ``ConfigError`` where Matplotlib or Jinja is not installed.
    """
    shown = all_tables(comparison, opened, MOST_ON_PAGE)
    ends = {"findings": "What was found", "figures": "Figures"}, {"again": "Make it again"}
    return template("study.html.j2").render(
        title=title,
        lead=_lead(comparison),
        contents=ends[0] | {f"table-{i}": heading for i, heading in enumerate(shown, 1)} | ends[1],
        findings=findings(comparison, opened),
        tables=shown,
        notes=NOTES,
        config=_config(comparison),
        pictures=_pictures(comparison, command),
        command=shlex.join(command),
        facts=_facts(comparison),
    )


def _pictures(comparison: Comparison, command: Sequence[str]) -> list[Picture]:
    """Every figure that has something to show, with the command that makes it again."""
    made = []
    for name, draw in FIGURES.items():
        figure = draw(comparison)
        if figure is not None:
            text = CAPTIONS[name]
            svg = inline_svg(figure, f"study-{name}", f"{text} The numbers are in the tables.")
            again = shlex.join([*command, "--figure", name, "--out", f"{name}.svg"])
            wide = figure.get_figwidth() > WIDTH
            made.append(Picture(caption=text, description=text, svg=svg, again=again, wide=wide))
    return made


def _lead(comparison: Comparison) -> str:
    """What the page is."""
    compared = count_text(len(comparison.standings), "configuration")
    return (
        f"What {count_text(comparison.runs, 'run')} of {compared} allow to say about "
        f"{comparison.metric.words}, and what they do not."
    )


def _config(comparison: Comparison) -> str:
    """The settings of the best mean, with its first seed."""
    first = comparison.winner.records[0]
    return tomli_w.dumps({**first.config, "seed": first.seed})


def _facts(comparison: Comparison) -> Mapping[str, str]:
    """What the comparison stands on."""
    records = comparison.winner.records
    tests = "by seed, and without pairing; the stronger counts" if comparison.by_seed else "without pairing"
    return {
        "metric": str(comparison.metric),
        "runs": f"{comparison.runs:,}",
        "looks": f"{1 if comparison.share is None else comparison.share.looks}, this one at a level of "
        f"{100 * comparison.error:.2g}%",
        "seeds": ", ".join(str(record.seed) for record in records),
        "differences": f"{tests}; on the {comparison.scale.kind} scale, "
        f"with {comparison.weight:.3g} degrees of freedom from the spread of all",
        "data": records[0].data,
        "versions": ", ".join(f"{name} {value}" for name, value in records[0].versions.items()),
    }
