"""Edits of a network, each a pure function to another network; what an edit cannot reach it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from gradwright.nn import (
    BatchNorm,
    Dropout,
    Elementwise,
    Layer,
    LayerNorm,
    Linear,
    ReLU,
    Residual,
    Scale,
    Sequential,
    Sum,
)
from gradwright.nn.activations import ACTIVATIONS, ELU, GELU, LeakyReLU, Mish, SiLU
from gradwright.nn.initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    Zeros,
)
from gradwright.nn.layer import Initializer
from gradwright.nn.walk import parts

RECTIFIERS = (ReLU, LeakyReLU, ELU, GELU, SiLU, Mish)  # which let half of their inputs through: He's start
USUAL = (GlorotUniform, GlorotNormal, HeUniform, HeNormal, LeCunUniform, LeCunNormal)
NORMS = (BatchNorm, LayerNorm)
WIDE, WIDER = 32, 4  # units of a hidden layer that is not narrow, and by how much a narrow one is widened
Edit: TypeAlias = Callable[[Layer], Layer]


def leaves(network: Layer) -> list[Layer]:
    """The layers that hold no others, in the order of their work.

    >>> from gradwright.nn import residual_mlp
    >>> [type(layer).__name__ for layer in leaves(residual_mlp(2, 4, 3))]
    ['Linear', 'Linear', 'Tanh', 'ReLU', 'Linear']
    """
    return [layer for _, layer, _ in parts(network) if not isinstance(layer, Sum | Residual)]


def linears(network: Layer) -> list[Linear]:
    """The affine maps of a network, in the order of their work."""
    return [layer for layer in leaves(network) if isinstance(layer, Linear)]


def is_activation(layer: Layer) -> bool:
    """Whether a layer is a map of each entry, one of one's own among them."""
    return isinstance(layer, ACTIVATIONS) or (
        isinstance(layer, Elementwise) and not isinstance(layer, Dropout)
    )


def edited(network: Layer, edit: Edit) -> Layer:
    """The network with ``edit`` made of each layer that holds no others."""
    if type(network) is Sequential:
        return Sequential(*(edited(each, edit) for each in network.layers))
    if type(network) is Sum:
        return Sum(*(edited(each, edit) for each in network.branches))
    if type(network) is Residual:
        return Residual(edited(network.body, edit))
    return edit(network)


def chain(network: Layer) -> list[Layer]:
    """The layers one after the other, chains in chains as one; a sum or a residual block is one of them."""
    if type(network) is Sequential:
        return [layer for each in network.layers for layer in chain(each)]
    return [network]


# What is drawn


def usual_start(network: Layer) -> Layer:
    """Every weight drawn as the activation behind it asks for, He's way or Glorot's, and biases of 0."""
    rules = iter(_rules(network))

    def redrawn(layer: Layer) -> Layer:
        if not isinstance(layer, Linear):
            return layer
        return replace(layer, weight_init=next(rules), bias_init=Zeros())

    return edited(network, redrawn)


def _following(network: Layer) -> Layer:
    """Weights that one of the usual rules draws, drawn by that which the activations ask for now."""
    rules = iter(_rules(network))

    def redrawn(layer: Layer) -> Layer:
        if not isinstance(layer, Linear):
            return layer
        rule = next(rules)
        return replace(layer, weight_init=rule) if isinstance(layer.weight_init, USUAL) else layer

    return edited(network, redrawn)


def _rules(network: Layer) -> list[Initializer]:
    """The initialiser of each affine map, in order: told by the next activation."""
    found: list[Initializer] = []
    rule: Initializer = GlorotUniform()
    for layer in reversed(leaves(network)):
        if is_activation(layer):
            rule = HeNormal() if isinstance(layer, RECTIFIERS) else GlorotUniform()
        elif isinstance(layer, Linear):
            found.append(rule)
    return found[::-1]


# Activations


def with_activation(network: Layer, activation: Layer) -> Layer:
    """Every hidden activation exchanged for another; the output's stays, and so does an unusual start."""
    layers = chain(network)
    tail = len(layers) - 1 if is_activation(layers[-1]) else len(layers)

    def exchanged(layer: Layer) -> Layer:
        return activation if is_activation(layer) else layer

    hidden = [edited(layer, exchanged) if i < tail else layer for i, layer in enumerate(layers)]
    return _following(_joined(network, hidden))


def without_last_activation(network: Layer) -> Layer:
    """The network with nothing behind its last affine map, norm or block."""
    layers = chain(network)
    while len(layers) > 1 and (is_activation(layers[-1]) or isinstance(layers[-1], Dropout)):
        layers = layers[:-1]
    return _joined(network, layers)


def with_missing_activations(network: Layer, activation: Layer) -> Layer:
    """An activation wherever an affine map follows another without one between."""
    found: list[Layer] = []
    for layer in chain(network):
        if _is_affine(layer) and _ends_affine(found):
            found.append(activation)
        found.append(layer)
    if len(found) == len(chain(network)):
        return network
    return _following(Sequential(*found))


def _ends_affine(layers: Sequence[Layer]) -> bool:
    """Whether the last layer that computes something is an affine map."""
    behind = [layer for layer in layers if not isinstance(layer, (Dropout, Scale, *NORMS))]
    return bool(behind) and _is_affine(behind[-1])


def _is_affine(layer: Layer) -> bool:
    """Whether a layer, or all that a block holds together, is an affine map."""
    inside = leaves(layer)
    return bool(linears(layer)) and all(isinstance(each, (Linear, Dropout, Scale)) for each in inside)


# Sizes


def widened(network: Layer) -> Layer:
    """Every hidden width below ``WIDE`` times ``WIDER``, and at least ``WIDE``.

    >>> from gradwright.nn import mlp
    >>> widened(mlp(2, 12, 3, 50, 3)) == mlp(2, 48, 32, 50, 3)
    True
    """
    maps = linears(network)
    if len(maps) < 2:
        return network
    size = network.output_features(maps[0].in_features)
    assert size is not None
    return _resized(
        network, maps[0].in_features, size, lambda width: max(WIDER * width, WIDE) if width < WIDE else width
    )


def _resized(layer: Layer, i: int, o: int, wider: Callable[[int], int]) -> Layer:
    """The layer that takes i columns and puts out o, with the widths between made ``wider``."""
    match layer:
        case Linear():
            return replace(layer, in_features=i, out_features=o)
        case BatchNorm() | LayerNorm() | Scale():
            return replace(layer, features=i)
        case Sequential():
            return Sequential(*_resized_chain(layer.layers, i, o, wider))
        case Sum():
            return Sum(*(_resized(each, i, o, wider) for each in layer.branches))
        case Residual():
            return Residual(_resized(layer.body, i, o, wider))
    return layer


def _resized_chain(layers: Sequence[Layer], i: int, o: int, wider: Callable[[int], int]) -> Iterator[Layer]:
    changing = [k for k, layer in enumerate(layers) if not _keeps_width(layer)]
    for k, layer in enumerate(layers):
        ends = i
        if k in changing:
            size = layer.output_features(None)
            ends = o if k == changing[-1] or size is None else wider(size)
        yield _resized(layer, i, ends, wider)
        i = ends


def _keeps_width(layer: Layer) -> bool:
    return not linears(layer) or isinstance(layer, Residual)


def shortened(network: Layer, hidden: int) -> Layer:
    """A chain with its first ``hidden`` affine maps, what follows each, and the last map.

    >>> from gradwright.nn import mlp
    >>> shortened(mlp(2, 9, 9, 9, 9, 3), 2) == mlp(2, 9, 9, 3)
    True
    """
    groups = _groups(network)
    if len(groups) <= hidden + 1:
        return network
    last = groups[-1][0]
    first = groups[hidden - 1][0]
    assert isinstance(first, Linear)
    assert isinstance(last, Linear)
    ends = [replace(last, in_features=first.out_features), *groups[-1][1:]]
    return Sequential(*(layer for group in (*groups[:hidden], ends) for layer in group))


def with_skips(network: Layer) -> Layer:
    """An identity beside each hidden affine map, and what follows it, that keeps the width."""
    groups = _groups(network)
    found: list[Layer] = []
    for k, group in enumerate(groups):
        first = group[0]
        inner = isinstance(first, Linear) and first.in_features == first.out_features
        found += [Residual(Sequential(*group))] if inner and 0 < k < len(groups) - 1 else group
    return Sequential(*found) if groups else network


def with_norms(network: Layer) -> Layer:
    """Batch norm behind each hidden affine map of a chain."""
    groups = _groups(network)
    if not groups or any(isinstance(layer, NORMS) for layer in chain(network)):
        return network
    found: list[Layer] = []
    for group in groups[:-1]:
        width = group[0].output_features(None)
        assert width is not None
        found += [group[0], BatchNorm(width), *group[1:]]
    return Sequential(*found, *groups[-1])


def _groups(network: Layer) -> list[list[Layer]]:
    """Each affine map of a chain with what follows it; none where the chain holds anything else."""
    groups: list[list[Layer]] = []
    for layer in chain(network):
        if isinstance(layer, Linear):
            groups.append([layer])
        elif groups and (is_activation(layer) or isinstance(layer, (Dropout, Scale, *NORMS))):
            groups[-1].append(layer)
        else:
            return []
    return groups


# Single settings


def with_biases(network: Layer) -> Layer:
    """Every affine map with a bias."""
    return edited(network, lambda layer: replace(layer, bias=True) if isinstance(layer, Linear) else layer)


def without_dropout(network: Layer) -> Layer:
    """The network without its dropout."""
    return _joined(network, [layer for layer in chain(network) if not isinstance(layer, Dropout)])


def _joined(network: Layer, layers: Sequence[Layer]) -> Layer:
    """A chain of these layers; the network itself where they are its own, so that names stay."""
    if list(layers) == chain(network):
        return network
    return layers[0] if len(layers) == 1 else Sequential(*layers)
