"""A network as a table: one line for each layer with its output and its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradwright.nn.layer import Layer
from gradwright.nn.parameters import ParameterLayout
from gradwright.nn.residual import Residual, Sum
from gradwright.nn.sequential import Sequential
from gradwright.notebook import table

TITLES, SIDES = ("layer", "kind", "output", "parameters", "count"), "llllr"


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
        whole = [TITLES, *self._cells()]
        widths = [max(len(line[c]) for line in whole) for c in range(len(TITLES))]
        lines = [
            "  ".join(
                cell.rjust(width) if side == "r" else cell.ljust(width)
                for cell, width, side in zip(line, widths, SIDES, strict=True)
            ).rstrip()
            for line in whole
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return table(TITLES, SIDES, self._cells())

    def _cells(self) -> list[tuple[str, ...]]:
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
        return [*cells, ("total", "", "", "", f"{self.total:,}")]


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
    return Summary(tuple(_rows(network, features, "")), ParameterLayout.of(network).size)


def _rows(layer: Layer, features: int | None, name: str) -> Iterator[Row]:
    """The rows of a layer, containers opened."""
    inner = f"{name}." if name else ""
    match layer:
        case Sequential():
            for i, child in enumerate(layer.layers):
                yield from _rows(child, features, f"{inner}{i}")
                features = child.output_features(features)
        case Sum():
            for k, branch in enumerate(layer.branches):
                yield from _rows(branch, features, f"{inner}{k}")
            yield Row(name, "Sum", layer.output_features(features), (), 0)
        case Residual():
            yield from _rows(layer.body, features, name)
            yield Row(name, "Residual", layer.output_features(features), (), 0)
        case _:
            layout = ParameterLayout.of(layer)
            shapes = tuple((slot.name, slot.shape) for slot in layout.slots)
            out = layer.output_features(features)
            yield Row(name, type(layer).__name__, out, shapes, layout.size)
