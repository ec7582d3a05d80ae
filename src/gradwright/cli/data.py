"""``gradwright data``: the data sets that have a name, what is in one, and how to get it."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from gradwright.cli.output import CEILING, facts, fitted, say, say_json
from gradwright.cli.parameters import AsJson, DataDir
from gradwright.data import entries, load
from gradwright.data.catalog import stored_at
from gradwright.data.download import get
from gradwright.show.wording import size_text
from gradwright.tables import Table

data = App(name="data")

Name = Annotated[str, Parameter(help="a name of the catalogue")]
NameOrPath = Annotated[str, Parameter(help="a name of the catalogue, or the path of a file or folder")]


@data.command(name="list")
def list_(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the data sets that have a name, and where each will come from."""
    sources = {entry.name: _source(entry.name, entry.needs, data_dir) for entry in entries()}
    if as_json:
        say_json(
            [{"name": e.name, "description": e.description, "source": sources[e.name]} for e in entries()]
        )
    else:
        rows = tuple((entry.name, sources[entry.name], entry.description) for entry in entries())
        say(fitted(Table(("name", "source", "description"), "lll", rows)))


@data.command
def info(
    name: NameOrPath,
    /,
    *,
    seed: Annotated[int, Parameter(help="of the generator, for a generated set")] = 0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Describe a data set: shapes, ranges, classes, checksum."""
    summary = load(name, data_dir=data_dir, seed=seed).summary()
    if as_json:
        say_json(summary)
    else:
        say(_text(summary))


@data.command(name="get")
def get_(name: Name, /, *, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Download a data set, checked, to --data-dir, or else to GRADWRIGHT_DATA or the user's data folder."""
    folder = str(get(name, data_dir))
    if as_json:
        say_json({"name": name, "folder": folder})
    else:
        say(f"{name} is in {folder}")


def _source(name: str, needs: str, data_dir: Any) -> str:
    """Where ``load`` would take a data set from."""
    found = stored_at(name, data_dir)
    if found is not None:
        return str(found)
    return "generated" if needs == "nothing" else f"gradwright data get {name}"


def _text(summary: dict[str, Any]) -> str:
    """The summary of a data set for people."""
    lines = [
        ("name", summary["name"]),
        ("source", summary["source"]),
        ("features", f"{summary['in_features']:,}"),
        ("classes", ", ".join(summary["classes"]) or "none: a regression"),
        ("size", size_text(summary["bytes"])),
        ("checksum", summary["checksum"]),
    ]
    if summary["bayes_accuracy"] is not None:
        lines.append(("ceiling", f"{summary['bayes_accuracy']:.2%}, {CEILING}"))
    rows = []
    for name, split in summary["splits"].items():
        x, counts = split["x"], split.get("counts", {})
        span = f"{x['min']:g} .. {x['max']:g}"
        rows.append((name, f"{split['rows']:,}", x["dtype"], span, ", ".join(map(str, counts.values()))))
    splits = Table(("split", "rows", "type of x", "range of x", "rows in each class"), "lrlll", tuple(rows))
    return f"{facts(lines)}\n\n{fitted(splits)}"
