"""What a notebook shows of a network: the table of its layers."""

from __future__ import annotations

from gradwright.nn.layer import Layer
from gradwright.nn.summary import summarize
from gradwright.nn.walk import Container


class Shown(Container):
    """A layer made of layers, which a notebook shows as their table."""

    def _repr_html_(self: Layer) -> str:
        return summarize(self)._repr_html_()
