"""The networks with dropout, layer norm, batch norm or factors as a function of JAX."""

from __future__ import annotations

from typing import Any

from gradwright.bench.speed.peers.networks import Operations, grouped
from gradwright.bench.speed.workloads import DROPPED, Workload

EPSILON, MOMENTUM = 1e-5, 0.9
GOLDEN, FIRST, SECOND = 0x9E3779B9, 0x7FEB352D, 0x846CA68B


def regularized(workload: Workload, params: Any, x: Any, do: Operations, step: Any) -> tuple[Any, Any]:
    """The network's output (B, classes) in step number ``step``, and the arrays with moved statistics."""
    import jax.numpy as jnp

    activate = do.activations[workload.activation]
    first = 1 if workload.regularizer == "factors" else 0
    *hidden, (last, bias) = grouped(workload, params[first:])
    moved = params[:first]
    for scale in moved:
        x = x * scale
    for k, (weight, b, *own) in enumerate(hidden):
        z = do.affine(x, weight, b)
        match workload.regularizer:
            case "dropout":
                x = jnp.where(kept(step * len(hidden) + k, z.shape), activate(z) / (1 - DROPPED), 0)
            case "factors":
                y = z + own[0] * (activate(z) - z)
                x = jnp.where(kept(step * len(hidden) + k, z.shape), y / (1 - DROPPED), 0)
            case "layer norm":
                x = activate(normalized(z, 1, *own)[0])
            case _:
                gamma, beta, *old = own
                y, new = normalized(z, 0, gamma, beta)
                x = activate(y)
                pairs = zip(old, new, strict=True)
                own = [gamma, beta, *(MOMENTUM * was + (1 - MOMENTUM) * now for was, now in pairs)]
        moved += [weight, b, *own]
    return do.affine(x, last, bias), [*moved, last, bias]


def normalized(z: Any, axis: int, gamma: Any, beta: Any) -> tuple[Any, tuple[Any, Any]]:
    """``z`` normalised along ``axis``, and the mean and unbiased variance that it had."""
    import jax

    mean = z.mean(axis=axis, keepdims=True)
    centred = z - mean
    variance = (centred * centred).mean(axis=axis, keepdims=True)
    unbiased = variance * (z.shape[axis] / (z.shape[axis] - 1))
    y = gamma * (centred * jax.lax.rsqrt(variance + EPSILON)) + beta
    return y, (mean.squeeze(axis), unbiased.squeeze(axis))


def kept(number: Any, shape: tuple[int, int]) -> Any:
    """Mask ``number``: lowbias32 of each place, which XLA fuses into the layer; see ``gradwright.nn.noise``.

    On a CPU it took a quarter of the time of ``jax.random.bernoulli`` by threefry, and far less than by rbg.
    """
    import jax.numpy as jnp

    def shuffled(word: Any) -> Any:
        word = (word ^ (word >> 16)) * jnp.uint32(FIRST)
        word = (word ^ (word >> 15)) * jnp.uint32(SECOND)
        return word ^ (word >> 16)

    places = jnp.arange(shape[0] * shape[1], dtype=jnp.uint32).reshape(shape)
    key = shuffled(jnp.uint32(number) + jnp.uint32(GOLDEN))
    return shuffled(places * jnp.uint32(GOLDEN) + key) >= jnp.uint32(int(DROPPED * 2**32))
