"""The words for what is wrong with a training: a diagnosis and whoever scores one use these and no others."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

OfSignal: TypeAlias = Literal[
    "vanishing gradient",
    "exploding gradient",
    "dead units",
    "equal units",
    "saturated units",
]
OfDescent: TypeAlias = Literal[
    "rate too high",
    "rate too low",
    "schedule frozen",
    "too few epochs",
    "patience too short",
    "batch too small",
    "batch too large",
    "momentum too high",
    "optimizer settings",
    "wrong sign",
]
OfNetwork: TypeAlias = Literal[
    "wrong output activation",
    "wrong loss",
    "activation missing",
    "too narrow",
    "too deep",
    "bias missing",
    "dropout too strong",
    "penalty too strong",
    "overfitting",
    "layer with memory",
]
OfData: TypeAlias = Literal[
    "inputs not scaled",
    "splits scaled differently",
    "target not scaled",
    "input not finite",
    "constant feature",
    "labels wrong",
    "features say nothing",
    "imbalance",
    "duplicates across splits",
    "leaking feature",
    "rows not shuffled",
    "no validation",
]
Kind: TypeAlias = OfSignal | OfDescent | OfNetwork | OfData

KINDS: tuple[Kind, ...] = tuple(kind for part in get_args(Kind) for kind in get_args(part))
