"""Optimizers as the compiled engine takes them: a kind, six numbers, and the vectors that it keeps."""

from __future__ import annotations

import numpy as np

from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Adam, AdamW, Optimizer, RMSProp
from gradwright.optim import State as OptimizerState

KINDS = ("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop")  # as csrc/program.h numbers them


def numbers_of(optimizer: Optimizer, clip_norm: float | None) -> tuple[int, list[float]]:
    """The kind, and momentum, beta1, beta2, epsilon, decay and the bound of the gradient's norm (0: none).

    Raises ``ConfigError`` for an optimizer that is not one of gradwright's own.
    """
    bound = clip_norm or 0.0
    match optimizer:
        case SGD(momentum=0):
            return KINDS.index("sgd"), [0, 0, 0, 0, 0, bound]
        case SGD(momentum=mu, nesterov=nesterov):
            return KINDS.index("nesterov" if nesterov else "momentum"), [mu, 0, 0, 0, 0, bound]
        case Adam(beta1=b1, beta2=b2, epsilon=epsilon):
            return KINDS.index("adam"), [0, b1, b2, epsilon, 0, bound]
        case AdamW(beta1=b1, beta2=b2, epsilon=epsilon, weight_decay=decay):
            return KINDS.index("adamw"), [0, b1, b2, epsilon, decay, bound]
        case RMSProp(decay=decay, epsilon=epsilon):
            return KINDS.index("rmsprop"), [0, 0, 0, epsilon, decay, bound]
    raise ConfigError(
        "optimizer: expected SGD, Adam, AdamW or RMSProp for the compiled engine, "
        f"found {type(optimizer).__name__}; engine = 'reference' runs any"
    )


def slots_of(state: OptimizerState) -> dict[str, Array]:
    """Copies of the vectors in an optimizer's state, by name, in the order in which the engine takes them."""
    return {name: np.array(state[name]) for name in ("m", "v") if name in state}
