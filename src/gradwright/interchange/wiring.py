"""How values run through a network, whatever a value is: text, a node of a graph, or a module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from gradwright.errors import ConfigError
from gradwright.nn import Residual, Sequential, Sum
from gradwright.nn.spec import LAYERS
from gradwright.nn.walk import Container, Place

Value = TypeVar("Value")


def wire(
    place: Place,
    x: Value,
    through: Callable[[Place, Value], Value],
    add: Callable[[Place, Sequence[Value]], Value],
) -> Value:
    """What comes out of the layer at ``place`` where x goes in.

    ``through`` says it of each layer that holds no others, and of ``Columns`` with all that these hold;
    ``add`` of a sum.

    Raises ``ConfigError`` for a layer of one's own.

    >>> from gradwright.nn import Linear, Tanh
    >>> network = Sequential(Linear(2, 2), Residual(Tanh()))
    >>> def through(at, x):
    ...     return f"{type(at.layer).__name__}({x})"
    >>> wire(Place("", network, 2), "x", through, lambda at, ends: " + ".join(ends))
    'Linear(x) + Tanh(Linear(x))'
    """
    require_ours(place)
    if not isinstance(place.layer, Container):
        return through(place, x)
    inner = [*place.layer.children(place.name, place.features)]
    match place.layer:
        case Sequential():
            for child in inner:
                x = wire(child, x, through, add)
            return x
        case Residual():
            return add(place, [x, wire(inner[0], x, through, add)])
        case Sum():
            return add(place, [wire(child, x, through, add) for child in inner])
    return through(place, x)


def require_ours(place: Place) -> None:
    """Raise ``ConfigError`` for a layer of one's own, also where its class is made of one of gradwright's."""
    own = type(place.layer).__name__
    if type(place.layer) not in LAYERS:
        raise ConfigError(
            f"layer {place.name or '0'}: expected a layer of gradwright's, found {own}; "
            "of a class of one's own no other library knows"
        )
