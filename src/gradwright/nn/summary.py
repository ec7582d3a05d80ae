"""A network as a table: one line for each layer with its output and its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.nn.layer import Layer
from gradwright.nn.parameters import ParameterLayout
from gradwright.nn.walk import Container, Place, parts
from gradwright.tables import Table

TITLES = ("layer", "kind", "output", "parameters", "count")


@dataclass(frozen=True)
class Row:
    """One layer: its name, kind, columns out, and the shapes and number of its own parameters."""

    name: str
    kind: str
    features: int | None
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    count: int


@dataclass(frozen=True)
class Summary:
    """The rows of a network's table; ``str`` prints it, and a notebook shows it."""

    rows: tuple[Row, ...]
    total: int

    def __str__(self) -> str:
        return str(self._table())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self._table().to_html()

    def _table(self) -> Table:
        cells = [
            (
                row.name,
                row.kind,
                "any" if row.features is None else str(row.features),
                ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in row.shapes),
                f"{row.count:,}",
            )
            for row in self.rows
        ]
        return Table(TITLES, "llllr", (*cells, ("total", "", "", "", f"{self.total:,}")))


def summarize(network: Layer, features: int | None = None) -> Summary:
    """The table of a network that takes ``features`` columns.

    >>> from gradwright.nn import mlp
    >>> print(summarize(mlp(2, 8, 3)))
    layer  kind    output  parameters           count
    0      Linear  8       weight 2x8, bias 8      24
    1      Tanh    8                                0
    2      Linear  3       weight 8x3, bias 3      27
    total                                          51
    """
    rows = tuple(map(_row, parts(network, features)))
    return Summary(rows, ParameterLayout.of(network).size)


def _row(place: Place) -> Row:
    layer = place.layer
    layout = ParameterLayout(()) if isinstance(layer, Container) else ParameterLayout.of(layer)
    shapes = tuple((slot.name, slot.shape) for slot in layout.slots)
    out = layer.output_features(place.features)
    return Row(place.name, type(layer).__name__, out, shapes, layout.size)
