"""One look for every figure: colours that the colour-blind tell apart, and lines that read in grey too.

Equal figures are rendered to equal bytes.
"""

from __future__ import annotations

import base64
import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gradwright.errors import ConfigError
from gradwright.printable import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, Color Universal Design (2008), without the yellow, which is too pale for a line on white
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "X")  # not as many as colours, so that pairs repeat late
INK, GREY, PALE = "#333333", "#6b6b6b", "#e4e4e4"

WIDTH = 5.2  # inches: half of a wide screen, and letters that can be read on a phone
LONGEST_LABEL = 24  # characters

# Between the powers of ten a logarithmic axis names these, by the decades that it spans, so that some four to
# ten numbers stand beside it.
_NAMED_BELOW = ((0.6, None), (1.1, (1, 2, 3, 4, 6, 8)), (2.6, (1, 2, 5)), (4.5, (1, 3)))
_PLAIN_NUMBERS = 1e-4, 1e5  # beyond them a power of ten is written as one,
_MOST_PLAIN_DECADES = 6.5  # and so is every number of an axis that spans more

_STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "grid.color": PALE,
    "grid.linewidth": 0.7,
    "legend.edgecolor": "none",  # the ground covers what is below, and needs no frame
    "legend.fontsize": 9,
    "legend.framealpha": 0.9,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "savefig.dpi": 160,
    "svg.fonttype": "path",  # the letters travel with the figure, whatever fonts the reader has
    "svg.hashsalt": "gradwright",  # equal figures make equal files
    "text.color": INK,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}

# The kinds of file, each without what would tell the hour and the version: the same figure is the same file.
FORMATS: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
}


@contextmanager
def styled() -> Iterator[None]:
    """Within the block Matplotlib draws in the house's style, whatever the user's own settings are.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    try:
        import matplotlib.style
    except ImportError:
        raise ConfigError('figures need matplotlib: pip install "gradwright[report]"') from None
    with matplotlib.style.context(["default", _STYLE]):
        yield


def new_figure(height: float, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure of ``height`` inches, its axes above each other with one x; made within ``styled``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.subplots(rows, 1, sharex=True, squeeze=False)
    return figure, list(axes[:, 0])


def set_log(axes: Axes, which: str) -> None:
    """Make the ``which`` axis, "x" or "y", logarithmic, with enough numbers beside it to read one off.

    What is drawn and the limits must be there already, for they decide which numbers are written.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    decades = abs(math.log10(high / low))
    axis = axes.xaxis if which == "x" else axes.yaxis
    subs = next((named for below, named in _NAMED_BELOW if decades < below), (1,))
    axis.set_major_locator(LogLocator(subs=subs, numticks=12) if subs else MaxNLocator(5))
    axis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=12) if subs else NullLocator())
    powers = decades > _MOST_PLAIN_DECADES  # one way of writing numbers on an axis
    axis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value, powers)))
    axis.set_minor_formatter(NullFormatter())


def number_text(value: float, powers: bool = False) -> str:
    """A number beside an axis; with ``powers`` always by its power of ten.

    >>> number_text(0.05), number_text(2000.0), number_text(1e-7), number_text(3e6)
    ('0.05', '2000', '$10^{-7}$', '$3\\\\times10^{6}$')
    """
    low, high = _PLAIN_NUMBERS
    if value == 0 or (low <= abs(value) < high and not powers):
        return f"{value:.6g}"
    digits, power = f"{value:.5e}".split("e")
    front = "" if float(digits) == 1 else f"{float(digits):g}\\times"
    return f"${front}10^{{{int(power)}}}$"


def color(index: int) -> str:
    """The colour of the ``index``-th thing in a figure; they repeat after the last."""
    return PALETTE[index % len(PALETTE)]


def plain(text: str) -> str:
    """``text`` as Matplotlib shows it letter by letter: no mathematics, nothing hidden, and not too long.

    >>> plain("$5"), plain("_hidden"), plain("a name of more letters than one reads")
    ('\\\\$5', ' _hidden', 'a name of more letters …')
    """
    text = printable(text)
    short = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
    spelt = short.replace("$", r"\$")
    return f" {spelt}" if spelt.startswith("_") else spelt


def render(figure: Figure, kind: str) -> bytes:
    """The figure as a file of one of ``FORMATS``, the same bytes each time."""
    content = io.BytesIO()
    with styled(), warnings.catch_warnings():
        # a class may be named in a script that the font has not; its box is seen, a warning helps nobody
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(content, format=kind, metadata=FORMATS[kind])
    return content.getvalue()


def png_uri(figure: Figure) -> str:
    """The figure as a PNG in a ``data:`` address, for an <img> element."""
    return f"data:image/png;base64,{base64.b64encode(render(figure, 'png')).decode()}"
