"""A figure as text for a page, or as a file of its own; equal figures give equal bytes."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from gradwright.drawing import FORMATS, render
from gradwright.errors import ConfigError
from gradwright.outputs import require_place, write_output

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_IDENTIFIER = re.compile(r'(\bid="|href="#|url\(#)')


def save_figure(figure: Figure, path: Path | str, *, overwrite: bool = False) -> Path:
    """Write ``figure`` as .svg or .png, in one step, and return the path.

    Raises ``ConfigError`` for another suffix, and where the file exists and ``overwrite`` is not set;
    ``RecordError`` where it cannot be written.
    """
    kind = require_figure_place(path, overwrite=overwrite)
    write_output(Path(path), render(figure, kind), overwrite=overwrite)
    return Path(path)


def require_figure_place(path: Path | str, *, overwrite: bool = False) -> str:
    """The format of a figure at ``path``, by its suffix.

    Raises ``ConfigError`` as ``save_figure`` does, which may be asked before there is a figure.
    """
    kind = Path(path).suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise ConfigError(f"{path}: expected a figure to end in .svg or .png, found {Path(path).suffix!r}")
    require_place(Path(path), overwrite=overwrite)
    return kind


def inline_svg(figure: Figure, prefix: str, description: str) -> str:
    """The figure as an <svg> element of a page.

    ``prefix`` keeps its identifiers apart from those of the other figures of the page; ``description`` is
    what a screen reader says.
    """
    text = render(figure, "svg").decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|\sxmlns(:\w+)?=\"[^\"]*\"", "", text, flags=re.DOTALL)
    text = _IDENTIFIER.sub(rf"\g<1>{prefix}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(description)}"', 1)
