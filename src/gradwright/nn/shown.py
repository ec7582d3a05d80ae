"""What a notebook shows of a network: the table of its layers."""

from __future__ import annotations

from gradwright.nn.layer import Layer


class Shown:
    """A layer made of layers, which a notebook shows as their table."""

    def _repr_html_(self: Layer) -> str:
        from gradwright.nn.summary import summarize  # which opens the very layers that are shown by this

        return summarize(self)._repr_html_()
