"""Through a network, layer by layer: the one way to visit what containers hold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from gradwright.nn.layer import Layer


class Place(NamedTuple):
    """A layer in a network: its name, as ``ParameterLayout`` has it, and the columns that it takes."""

    name: str  # such as "0.1"; "" where the network is this one layer
    layer: Layer
    features: int | None


class Container(ABC):
    """A layer made of layers; by its class, for an attribute of that name may mean something else."""

    combines: ClassVar[bool] = True  # what it holds; a chain is its layers and nothing more

    @abstractmethod
    def children(self, name: str, features: int | None) -> Iterator[Place]:
        """Those of the container ``name`` where it takes ``features`` columns, in the order of their work."""


def child_name(name: str, index: int) -> str:
    """The name of a child by its number.

    >>> child_name("", 2), child_name("2", 0)
    ('2', '2.0')
    """
    return f"{name}.{index}" if name else str(index)


def walk(network: Layer, features: int | None = None) -> Iterator[Place]:
    """Every layer of a network that takes ``features`` columns, those inside others before these.

    >>> from gradwright.nn import Linear, Residual, Sequential
    >>> network = Sequential(Linear(2, 8), Residual(Linear(8, 8)))
    >>> [(name, type(layer).__name__, features) for name, layer, features in walk(network, 2)]
    [('0', 'Linear', 2), ('1', 'Linear', 8), ('1', 'Residual', 8), ('', 'Sequential', 2)]
    """
    yield from _inside(Place("", network, features))


def parts(network: Layer, features: int | None = None) -> Iterator[Place]:
    """Those of ``walk`` that compute something by themselves: all but chains.

    >>> from gradwright.nn import mlp
    >>> [name for name, _, _ in parts(mlp(2, 8, 3))]
    ['0', '1', '2']
    """
    for place in walk(network, features):
        if not isinstance(place.layer, Container) or place.layer.combines:
            yield place


def _inside(place: Place) -> Iterator[Place]:
    if isinstance(place.layer, Container):
        for child in place.layer.children(place.name, place.features):
            yield from _inside(child)
    yield place
