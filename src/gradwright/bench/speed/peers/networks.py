"""The workloads' networks as one function, for libraries that differentiate by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from gradwright.bench.speed.workloads import Workload


class Operations(NamedTuple):
    """The few operations in a library's own form; ``affine(x, weight, bias)`` is x W + b."""

    affine: Callable[[Any, Any, Any], Any]
    activations: dict[str, Callable[[Any], Any]]  # by the names of workloads


def grouped(workload: Workload, arrays: list[Any]) -> list[list[Any]]:
    """The arrays of each layer: [W, b], and behind them those of its norm or mix; a residual block is one."""
    *hidden, weight, bias = arrays
    size = len(hidden) // max(len(workload.layers) - 1, 1)
    return [*(hidden[k : k + size] for k in range(0, len(hidden), size or 1)), [weight, bias]]


def logits(workload: Workload, params: Any, x: Any, do: Operations) -> Any:
    """The network's output (B, classes) from its arrays in the order of ``Problem.initial``."""
    *hidden, weight, bias = params
    if workload.residual:
        for k in range(0, len(hidden), 4):
            w2, b2, w1, b1 = hidden[k : k + 4]
            relu, tanh = do.activations["relu"], do.activations["tanh"]
            x = relu(do.affine(x, w2, b2) + tanh(do.affine(x, w1, b1)))
    else:
        activation = do.activations[workload.activation]
        for k in range(0, len(hidden), 2):
            x = activation(do.affine(x, hidden[k], hidden[k + 1]))
    return do.affine(x, weight, bias)
