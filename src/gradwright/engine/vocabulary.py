"""What a plan has words for: the layers, losses and penalties that the compiled engine knows.

Each word has the name, in small letters, of a value of the enum in ``csrc``. All are looked up by their very
type, for what a user's subclass computes is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeVar

from gradwright.errors import ConfigError
from gradwright.nn import (
    ELU,
    GELU,
    L1,
    L2,
    SELU,
    BatchNorm,
    BinaryCrossEntropy,
    Columns,
    Dropout,
    Embedding,
    Focal,
    Hinge,
    Huber,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Mish,
    Mixed,
    Penalty,
    PeriodicEmbedding,
    Poisson,
    Quantile,
    ReLU,
    Residual,
    Scale,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
)
from gradwright.nn.walk import Place, walk


class Activation(Enum):
    """Maps of each entry by itself: the layer, and whether its derivative can be had from its output."""

    NONE = None, True
    RELU = ReLU, True
    LEAKY_RELU = LeakyReLU, True
    ELU = ELU, True
    SELU = SELU, True
    TANH = Tanh, True
    SIGMOID = Sigmoid, True
    SOFTPLUS = Softplus, False
    GELU = GELU, False
    SILU = SiLU, False
    MISH = Mish, False

    def __init__(self, stands_for: type[Layer] | None, from_output: bool) -> None:
        self.stands_for = stands_for
        self.from_output = from_output


class PartKind(Enum):
    """What becomes of some columns of the input: they stay, or go through a layer of that type."""

    COPY = (None,)
    EMBEDDING = (Embedding,)
    WAVES = (PeriodicEmbedding,)

    def __init__(self, stands_for: type[Layer] | None) -> None:
        self.stands_for = stands_for


class LossKind(Enum):
    """Losses, each with its type."""

    SOFTMAX_CROSS_ENTROPY = (SoftmaxCrossEntropy,)
    FOCAL = (Focal,)
    BINARY_CROSS_ENTROPY = (BinaryCrossEntropy,)
    MEAN_SQUARED_ERROR = (MeanSquaredError,)
    MEAN_ABSOLUTE_ERROR = (MeanAbsoluteError,)
    HUBER = (Huber,)
    QUANTILE = (Quantile,)
    POISSON = (Poisson,)
    HINGE = (Hinge,)

    def __init__(self, stands_for: type[Loss]) -> None:
        self.stands_for = stands_for


class PenaltyKind(Enum):
    """Penalties, each with its type."""

    NONE = (None,)
    L2 = (L2,)
    L1 = (L1,)

    def __init__(self, stands_for: type[Penalty] | None) -> None:
        self.stands_for = stands_for


Word = TypeVar("Word", Activation, PartKind, LossKind, PenaltyKind)

CONTAINERS = (Sequential, Residual, Sum)
OF_INPUT = (Columns, PeriodicEmbedding)  # layers that have a step which reads the input alone
WITH_STEPS = (Linear, Dropout, LayerNorm, BatchNorm, Scale, Mixed, *OF_INPUT)  # that have one of their own
ACTIVATIONS = {word.stands_for: word for word in Activation if word.stands_for}


def word_for(words: type[Word], piece: Layer | Loss | Penalty, name: str) -> Word:
    """The word for a layer, a loss or a penalty.

    Raises ``ConfigError`` that begins with ``name`` where there is none.
    """
    for word in words:
        if word.stands_for is type(piece):
            return word
    known = [word.stands_for for word in words if word.stands_for]
    raise ConfigError(_unknown(name, known, type(piece).__name__))


def input_features(network: Layer) -> int:
    """The columns of the input: those of the first ``Linear`` or of a layer of ``OF_INPUT`` before it.

    Raises ``ConfigError`` for a layer that has no place in a plan, by its path and type, and where there is
    no ``Linear``.
    """
    places = [place for place in walk(network) if type(place.layer) not in CONTAINERS]
    held = {p.name for place in places for p in _parts(place)}
    leaves = [(place.name, place.layer) for place in places if place.name not in held]
    for part in (part for place in places for part in _parts(place)):
        word_for(PartKind, part.layer, f"layer {part.name}")
    for path, leaf in leaves:
        place = f"layer {path}" if path else "network"
        if isinstance(leaf, Mixed) and type(leaf.activation) not in ACTIVATIONS:
            raise ConfigError(_unknown(f"{place}: activation", ACTIVATIONS, type(leaf.activation).__name__))
        if type(leaf) not in {*WITH_STEPS, *ACTIVATIONS}:
            raise ConfigError(_unknown(place, (*WITH_STEPS, *CONTAINERS, *ACTIVATIONS), type(leaf).__name__))
    if any(isinstance(leaf, Linear) for _, leaf in leaves):
        for _, leaf in leaves:
            if isinstance(leaf, Linear | Columns | PeriodicEmbedding):
                return leaf.in_features if isinstance(leaf, Linear) else leaf.features
    raise ConfigError(
        "network: expected a Linear, which fixes the number of features, found none; "
        "the reference engine runs it"
    )


def _parts(place: Place) -> list[Place]:
    """What ``Columns`` hold; nothing of another layer."""
    return [*place.layer.children(place.name, None)] if isinstance(place.layer, Columns) else []


def _unknown(place: str, known: Iterable[type], found: str) -> str:
    names = ", ".join(kind.__name__ for kind in known)
    return (
        f"{place}: expected one that the compiled engine knows ({names}), found {found}, "
        "which the reference engine runs"
    )
