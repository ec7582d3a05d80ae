"""Edits of a network: each layer replaced or left out wherever it stands; its shape, to build it anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradwright.nn import Elementwise, Layer, Linear, Residual, Sequential, Sum, Tanh, mlp, residual_mlp
from gradwright.nn.dropout import Dropout
from gradwright.nn.walk import walk


def edited(network: Layer, edit: Callable[[Layer], Layer | None]) -> Layer:
    """The network with each of its layers as ``edit`` makes it; None leaves it out of its chain.

    >>> from gradwright.nn import mlp
    >>> straight = edited(mlp(2, 8, 3), lambda layer: None if isinstance(layer, Tanh) else layer)
    >>> straight == Sequential(Linear(2, 8), Linear(8, 3))
    True
    """
    match network:
        case Sequential():
            kept = [each for layer in network.layers if (each := _within(layer, edit)) is not None]
            return Sequential(*kept)
        case _:
            return _within(network, edit) or network


def _within(layer: Layer, edit: Callable[[Layer], Layer | None]) -> Layer | None:
    match layer:
        case Sequential():
            return edited(layer, edit)
        case Sum():
            return Sum(*(edited(branch, edit) for branch in layer.branches))
        case Residual():
            return Residual(edited(layer.body, edit))
    return edit(layer)


def linears(network: Layer) -> list[Linear]:
    """The linear layers in the order of their work."""
    return [place.layer for place in walk(network) if isinstance(place.layer, Linear)]


def is_activation(layer: Layer) -> bool:
    """Whether a layer bends what passes through it."""
    return isinstance(layer, Elementwise) and not isinstance(layer, Dropout)


def activations(network: Layer) -> list[Layer]:
    """The activations in the order of their work."""
    return [place.layer for place in walk(network) if is_activation(place.layer)]


@dataclass(frozen=True)
class Shape:
    """What is needed to build a network of this family again, with something changed."""

    features: int
    hidden: tuple[int, ...]
    outputs: int
    activation: Layer
    is_residual: bool

    @classmethod
    def of(cls, network: Layer) -> Shape:
        """The shape of one that ``mlp`` or ``residual_mlp`` made."""
        residual = any(isinstance(place.layer, Sum) for place in walk(network))
        layers = linears(network)
        widths = [layer.out_features for layer in layers[:-1]]
        bent = activations(network)
        return cls(
            layers[0].in_features,
            tuple(widths[::2] if residual else widths),
            layers[-1].out_features,
            Tanh() if residual or not bent else bent[0],
            residual,
        )

    def build(
        self, hidden: tuple[int, ...] | None = None, activation: Layer | None = None, weight_init: str = ""
    ) -> Layer:
        """A network like it; another activation makes a plain one of it."""
        widths = (self.features, *(self.hidden if hidden is None else hidden), self.outputs)
        bent = activation or self.activation
        init = weight_init or usual_init(bent)
        if self.is_residual and activation is None:
            return residual_mlp(*widths, weight_init=init)
        return mlp(*widths, activation=bent, weight_init=init)


def usual_init(activation: Layer) -> str:
    """He's initialiser for the family of ReLU, LeCun's for SELU, else Glorot's."""
    kind = type(activation).__name__
    if kind in ("ReLU", "LeakyReLU"):
        return "HeNormal"
    return "LeCunNormal" if kind == "SELU" else "GlorotUniform"
