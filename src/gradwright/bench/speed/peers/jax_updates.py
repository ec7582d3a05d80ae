"""JAX: the losses, and what a step makes of a gradient by each optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradwright.bench.speed.workloads import BETA1, BETA2, DECAY, EPSILON, Workload


def losses() -> dict[str, Callable[[Any, Any], Any]]:
    """Means over a batch, of outputs (B, k) and labels (B,) or targets (B, k), by the names of workloads."""
    import jax
    import jax.numpy as jnp

    def cross_entropy(z: Any, y: Any) -> Any:
        return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1).mean()

    def hinge(z: Any, y: Any) -> Any:
        label = jnp.arange(z.shape[1]) == y[:, None]
        rival = jnp.where(label, -jnp.inf, z).max(axis=1)
        return jax.nn.relu(1 + rival - jnp.where(label, z, 0).sum(axis=1)).mean()

    def squared_error(z: Any, y: Any) -> Any:
        return ((z - y) ** 2).mean()

    return {"cross-entropy": cross_entropy, "hinge loss": hinge, "squared error": squared_error}


def beside(workload: Workload, params: list[Any]) -> Any:
    """What is kept beside the parameters before the first step: Adam's two means, or the average."""
    import jax.numpy as jnp

    zeros = [jnp.zeros_like(param) for param in params]
    if workload.optimizer == "Adam":
        return zeros, [jnp.zeros_like(param) for param in params]
    return zeros if workload.average else ()


def updates(workload: Workload) -> Callable[[Any, Any, Any, Any, Any], tuple[Any, Any]]:
    """(params, gradients, beside, rate, number of the step from 1) -> (params, beside) after a step."""
    import jax
    import jax.numpy as jnp

    def sgd(params: Any, grads: Any, kept: Any, rate: Any, _step: Any) -> tuple[Any, Any]:
        return [param - rate * grad for param, grad in zip(params, grads, strict=True)], kept

    def averaged(params: Any, grads: Any, mean: Any, rate: Any, step: Any) -> tuple[Any, Any]:
        params, _ = sgd(params, grads, (), rate, step)
        share = (1 - DECAY) / (1 - DECAY**step)
        return params, jax.tree.map(lambda old, new: old + share * (new - old), mean, params)

    def adam(params: Any, grads: Any, moments: Any, rate: Any, step: Any) -> tuple[Any, Any]:
        m = jax.tree.map(lambda old, grad: BETA1 * old + (1 - BETA1) * grad, moments[0], grads)
        v = jax.tree.map(lambda old, grad: BETA2 * old + (1 - BETA2) * grad * grad, moments[1], grads)
        size, scale = rate / (1 - BETA1**step), 1 / jnp.sqrt(1 - BETA2**step)
        return jax.tree.map(lambda p, m, v: p - size * m / (scale * jnp.sqrt(v) + EPSILON), params, m, v), (
            m,
            v,
        )

    if workload.optimizer == "Adam":
        return adam
    return averaged if workload.average else sgd
