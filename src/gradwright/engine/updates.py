"""Optimizers as the compiled engine takes them: a kind, its numbers, and the vectors that it keeps."""

from __future__ import annotations

from gradwright.errors import ConfigError
from gradwright.optim import EMA, SGD, Adam, AdamW, Optimizer, RMSProp, WholeData
from gradwright.optim import State as OptimizerState


def numbers_of(
    optimizer: Optimizer | WholeData, clip_norm: float | None, average: EMA | None
) -> tuple[str, dict[str, float]]:
    """The kind, by its name in the compiled engine, and the numbers that it has: 0 for all others.

    Raises ``ConfigError`` for an optimizer that is not one of gradwright's own.
    """
    kind, numbers = _kind_and_numbers(optimizer)
    none = 0.0  # no clipping, no mean
    return kind, {
        **numbers,
        "clip_norm": clip_norm or none,
        "average": none if average is None else average.decay,
    }


def _kind_and_numbers(optimizer: Optimizer | WholeData) -> tuple[str, dict[str, float]]:
    match optimizer:
        case SGD(momentum=0):
            return "sgd", {}
        case SGD(momentum=mu, nesterov=nesterov):
            return "nesterov" if nesterov else "momentum", {"momentum": mu}
        case Adam(beta1=b1, beta2=b2, epsilon=epsilon):
            return "adam", {"beta1": b1, "beta2": b2, "epsilon": epsilon}
        case AdamW(beta1=b1, beta2=b2, epsilon=epsilon, weight_decay=decay):
            return "adamw", {"beta1": b1, "beta2": b2, "epsilon": epsilon, "decay": decay}
        case RMSProp(decay=decay, epsilon=epsilon):
            return "rmsprop", {"decay": decay, "epsilon": epsilon}
    raise ConfigError(
        "optimizer: expected SGD, Adam, AdamW or RMSProp for the compiled engine, "
        f"found {type(optimizer).__name__}; engine = 'reference' runs any"
    )


def slots_of(state: OptimizerState) -> tuple[str, ...]:
    """The names of the vectors in an optimizer's state, in the order in which the engine takes them."""
    return tuple(name for name in ("m", "v") if name in state) if state else ()
