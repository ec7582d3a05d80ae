"""What a plan has words for: the layers, losses and penalties that the compiled engine knows.

All are looked up by their very type, for what a user's subclass computes is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from gradwright.engine.plan import Activation, LossKind, PenaltyKind
from gradwright.errors import ConfigError
from gradwright.nn import (
    GELU,
    L1,
    L2,
    BinaryCrossEntropy,
    Huber,
    Layer,
    LeakyReLU,
    Linear,
    Loss,
    MeanSquaredError,
    Penalty,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
)
from gradwright.nn.walk import walk

Kind = TypeVar("Kind", LossKind, PenaltyKind)

CONTAINERS = (Sequential, Residual, Sum)
ACTIVATIONS: dict[type[Layer], Activation] = {
    ReLU: Activation.RELU,
    LeakyReLU: Activation.LEAKY_RELU,
    Tanh: Activation.TANH,
    Sigmoid: Activation.SIGMOID,
    Softplus: Activation.SOFTPLUS,
    GELU: Activation.GELU,
}
LOSSES: dict[type[Loss], LossKind] = {
    SoftmaxCrossEntropy: LossKind.SOFTMAX_CROSS_ENTROPY,
    BinaryCrossEntropy: LossKind.BINARY_CROSS_ENTROPY,
    MeanSquaredError: LossKind.MEAN_SQUARED_ERROR,
    Huber: LossKind.HUBER,
}
PENALTIES: dict[type[Penalty], PenaltyKind] = {L2: PenaltyKind.L2, L1: PenaltyKind.L1}


def kind_of(kinds: Mapping[type, Kind], piece: Loss | Penalty, name: str) -> Kind:
    """The number of a loss or a penalty.

    Raises ``ConfigError`` that begins with ``name`` where it has none.
    """
    if type(piece) not in kinds:
        raise ConfigError(_unknown(name, kinds, type(piece).__name__))
    return kinds[type(piece)]


def input_features(network: Layer) -> int:
    """The columns of the input: those of the first ``Linear``, for no other layer changes them before it.

    Raises ``ConfigError`` for a layer that has no place in a plan, by its path and type, and where there is
    no ``Linear``.
    """
    leaves = [(name, layer) for name, layer, _ in walk(network) if type(layer) not in CONTAINERS]
    for path, leaf in leaves:
        if type(leaf) not in {Linear, *ACTIVATIONS}:
            place = f"layer {path}" if path else "network"
            raise ConfigError(_unknown(place, (Linear, *CONTAINERS, *ACTIVATIONS), type(leaf).__name__))
    for _, leaf in leaves:
        if isinstance(leaf, Linear):
            return leaf.in_features
    raise ConfigError(
        "network: expected a Linear, which fixes the number of features, found none; "
        "the reference engine runs it"
    )


def _unknown(place: str, known: Iterable[type], found: str) -> str:
    names = ", ".join(kind.__name__ for kind in known)
    return (
        f"{place}: expected one that the compiled engine knows ({names}), found {found}, "
        "which the reference engine runs"
    )
