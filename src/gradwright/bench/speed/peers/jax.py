"""JAX: compiled per step, compiled over an epoch with ``scan``, and ``vmap`` of that over a sweep."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.jax_regularized import regularized
from gradwright.bench.speed.peers.jax_updates import beside, losses, updates
from gradwright.bench.speed.peers.networks import Operations, logits
from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import EXTRAS, Workload


@cache
def programs(workload: Workload) -> tuple[Any, Any, Any]:
    """A step, an epoch and an epoch of a sweep, compiled once for all models of a workload.

    Parameters are donated, so that XLA may write over them. ``beside`` is what is kept beside them, see
    ``jax_updates``.
    """
    import jax
    import jax.numpy as jnp

    activations = {
        "tanh": jnp.tanh,
        "sigmoid": jax.nn.sigmoid,
        "relu": jax.nn.relu,
        "ELU": jax.nn.elu,
        "SELU": jax.nn.selu,
        "SiLU": jax.nn.silu,
        "Mish": jax.nn.mish,
    }
    do = Operations(lambda x, weight, bias: x @ weight + bias, activations)
    loss_of, update = losses()[workload.loss], updates(workload)

    def network(params: Any, x: Any, number: Any) -> tuple[Any, Any]:
        if workload.regularizer is None:
            return logits(workload, params, x, do), params
        return regularized(workload, params, x, do, number)

    def objective(params: Any, x: Any, y: Any, number: Any) -> tuple[Any, Any]:
        outputs, moved = network(params, x, number)
        loss = loss_of(outputs, y)
        weights = [param for param in params if param.ndim == 2]
        penalty = workload.l2 * sum(jnp.sum(w * w) for w in weights) if workload.l2 else 0
        return loss + penalty, moved

    def step(state: Any, rate: Any, x: Any, y: Any, rows: Any, number: Any = 0) -> Any:
        params, beside = state
        descend = jax.value_and_grad(objective, has_aux=True)
        (loss, moved), grads = descend(params, x[rows], y[rows], number)
        return update(moved, grads, beside, rate, number + 1), loss

    def epoch(state: Any, rate: Any, x: Any, y: Any, order: Any, before: Any = 0) -> Any:
        numbers = before + jnp.arange(len(order), dtype=jnp.uint32)
        state, losses = jax.lax.scan(lambda now, at: step(now, rate, x, y, *at), state, (order, numbers))
        return state, losses.mean()

    sweep = jax.vmap(epoch, in_axes=(0, 0, None, None, 0))
    return tuple(jax.jit(program, donate_argnums=0) for program in (step, epoch, sweep))


class Jax:
    """What the three forms share: data and parameters on the device."""

    def __init__(self, problem: Problem, _threads: int) -> None:
        import jax
        import jax.numpy as jnp

        self.wait, self.put = jax.block_until_ready, jnp.asarray
        self.step, self.epoch, self.sweep = programs(problem.workload)
        if "jax" not in problem.converted:
            labels = jnp.int32 if problem.y.ndim == 1 else jnp.float32
            problem.converted["jax"] = jnp.asarray(problem.x), jnp.asarray(problem.y, labels)
        self.x, self.y = problem.converted["jax"]
        self.rates = jnp.asarray(problem.rates, jnp.float32)
        self.params = [jnp.stack(arrays) for arrays in zip(*problem.initial(), strict=True)]
        self.average = problem.workload.average
        self.beside = beside(problem.workload, [param[0] for param in self.params])

    def parameters(self) -> list[list[Array]]:
        arrays = [np.asarray(param) for param in self.params]
        if self.average:
            return [[np.asarray(mean) for mean in self.beside]]
        return [[array[k] for array in arrays] for k in range(len(self.rates))]


class Step(Jax):
    """One call of a compiled step for each batch."""

    def train(self, order: NDArray[np.int64]) -> Trained:
        params, rate, total = [param[0] for param in self.params], self.rates[0], self.put(0.0, np.float32)
        for rows in order[0].astype(np.int32):
            (params, _), loss = self.step((params, ()), rate, self.x, self.y, rows)
            total += loss
        self.params = self.wait([param[None] for param in params])
        return Trained(order.shape[1], float(total) / order.shape[1])


class Scan(Jax):
    """One call of a compiled program for all batches. The number of a step seeds its masks."""

    steps = 0

    def train(self, order: NDArray[np.int64]) -> Trained:
        params, before = [param[0] for param in self.params], self.put(self.steps, np.uint32)
        rows = self.put(order[0], np.int32)
        state = params, self.beside
        (params, self.beside), loss = self.epoch(state, self.rates[0], self.x, self.y, rows, before)
        self.steps += order.shape[1]
        self.params = self.wait([param[None] for param in params])
        return Trained(order.shape[1], float(loss))


class Vmap(Jax):
    """One call of a compiled program for all batches of all models."""

    def train(self, order: NDArray[np.int64]) -> Trained:
        state = self.params, ()
        (self.params, _), losses = self.sweep(state, self.rates, self.x, self.y, self.put(order, np.int32))
        self.wait(self.params)
        return Trained(order.shape[1], float(losses.mean()))


PEERS = (
    Peer("jax", "JAX jit per step", Step, package="jax"),
    Peer("jax-scan", "JAX scan over an epoch", Scan, package="jax", serves=EXTRAS),
    Peer("jax-vmap", "JAX vmap over models", Vmap, package="jax", models="many"),
)
