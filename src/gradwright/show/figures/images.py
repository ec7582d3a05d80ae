"""A figure as text for a page, or as a file of its own; equal figures give equal bytes."""

from __future__ import annotations

import base64
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from gradwright.drawing import FORMATS, render
from gradwright.errors import ConfigError, RecordError
from gradwright.writing import make_folder, write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_IDENTIFIER = re.compile(r'(\bid="|href="#|url\(#)')


def save_figure(figure: Figure, path: Path | str, *, overwrite: bool = False) -> Path:
    """Write ``figure`` as .svg or .png, in one step, and return the path.

    Raises ``ConfigError`` for another suffix, ``RecordError`` where the file exists and ``overwrite`` is
    not set, or where it cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise ConfigError(f"{path}: expected a figure to end in .svg or .png, found {path.suffix!r}")
    if path.exists() and not overwrite:
        raise RecordError(f"{path}: expected a new file for the figure, found one that exists")
    content = render(figure, kind)
    make_folder(path.parent)
    write_atomically(path, content)
    return path


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


def png_uri(figure: Figure) -> str:
    """The figure as a PNG in a ``data:`` address, for an <img> element."""
    return f"data:image/png;base64,{base64.b64encode(render(figure, 'png')).decode()}"
