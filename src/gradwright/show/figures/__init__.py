"""The figures: each takes records and returns a Matplotlib figure, all in one style."""

from gradwright.drawing import png_uri
from gradwright.show.figures.curves import learning_curves
from gradwright.show.figures.found_rate import found_rate
from gradwright.show.figures.images import inline_svg, require_figure_place, save_figure
from gradwright.show.figures.rate import learning_rate
from gradwright.show.figures.regions import decision_regions, has_regions

__all__ = [
    "decision_regions",
    "found_rate",
    "has_regions",
    "inline_svg",
    "learning_curves",
    "learning_rate",
    "png_uri",
    "require_figure_place",
    "save_figure",
]
