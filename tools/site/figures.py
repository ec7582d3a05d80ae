"""The figures that a script of the gallery has made; sphinx-gallery looks for those of pyplot alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

from gradwright.drawing import render


def figures(block: tuple[Any, ...], known: dict[str, Any], settings: dict[str, Any]) -> str:
    """The figures that a block of a script has made, each under a name of its own, as reStructuredText."""
    seen = known.setdefault("figures", set())
    made = []
    for name, value in list(known["example_globals"].items()):
        if isinstance(value, Figure) and name not in seen:
            seen.add(name)
            made.append(path := next(known["image_path_iterator"]))
            Path(path).write_bytes(render(value, "png"))
    text: str = figure_rst(made, settings["src_dir"])
    return text
