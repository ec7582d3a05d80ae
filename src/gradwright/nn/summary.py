"""A network as a table: one line for each layer with its output and its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradwright.nn.layer import Layer
from gradwright.nn.parameters import ParameterLayout
from gradwright.nn.residual import Residual, Sum
from gradwright.nn.sequential import Sequential


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
    """The rows of a network's table; ``str`` prints it."""

    rows: tuple[Row, ...]
    total: int

    def __str__(self) -> str:
        header = ("layer", "kind", "output", "parameters", "count")
        body = [
            (
                row.name,
                row.kind,
                "any" if row.features is None else str(row.features),
                ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in row.shapes),
                f"{row.count:,}",
            )
            for row in self.rows
        ]
        table = [header, *body, ("total", "", "", "", f"{self.total:,}")]
        widths = [max(len(line[c]) for line in table) for c in range(len(header))]
        lines = [
            "  ".join(
                cell.rjust(width) if c == 4 else cell.ljust(width)
                for c, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]
        return "\n".join(lines)


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
