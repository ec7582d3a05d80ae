"""The rows on which a classifier was most wrong, as images where they are images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import INK, plain, styled
from gradwright.nn.layer import Array
from gradwright.show.wording import likely_text
from gradwright.training.outcome import Classified

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_PIXELS = 64
ACROSS = 8  # images beside each other
INCHES = 1.15  # of one image


def image_shape(x: Array) -> tuple[int, int, int] | None:
    """Height, width and planes of rows (m, d) that can be seen as images; None where they cannot.

    An image is a square of at least 64 whole numbers from 0 to 255, row by row, once or in three planes, red,
    green and blue.

    >>> image_shape(np.zeros((2, 784), np.uint8)), image_shape(np.zeros((2, 3072), np.uint8))
    ((28, 28, 1), (32, 32, 3))
    >>> image_shape(np.zeros((2, 13))) is None, image_shape(np.full((2, 64), 0.5)) is None
    (True, True)
    """
    whole = x.dtype == np.uint8 or bool((x == np.round(x)).all() and x.min() >= 0 and x.max() <= 255)
    for planes in (1, 3):
        side = math.isqrt(x.shape[1] // planes)
        if whole and side * side >= LEAST_PIXELS and planes * side * side == x.shape[1]:
            return side, side, planes
    return None


def has_images(found: Classified) -> bool:
    """Whether ``most_wrong`` has something to draw."""
    return len(found.rows) > 0 and image_shape(found.x) is not None


def most_wrong(found: Classified, classes: Sequence[str], probable: bool = True) -> Figure:
    """The rows as images, the worst first, each with class and answer and their probabilities, or scores.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    shape = image_shape(found.x)
    assert shape is not None
    height, width, planes = shape
    down = math.ceil(len(found.rows) / ACROSS)
    white = 255 if found.x.dtype == np.uint8 else max(float(found.x.max()), 1.0)
    pixels = found.x.reshape(-1, planes, height, width).transpose(0, 2, 3, 1) / white
    with styled():
        figure = Figure(figsize=(ACROSS * INCHES, down * (INCHES + 0.5)))
        for place, axes in enumerate(figure.subplots(down, ACROSS, squeeze=False).flat):
            axes.set_axis_off()
            if place < len(found.rows):
                axes.imshow(pixels[place], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
                true, said = (plain(classes[each[place]]) for each in (found.labels, found.answers))
                of_true, of_said = (likely_text(each, probable) for each in found.likely[place].tolist())
                text = f"is {true}: {of_true}\nsaid {said}: {of_said}"
                axes.set_title(text, fontsize=7.5, color=INK, loc="left")
    return figure
