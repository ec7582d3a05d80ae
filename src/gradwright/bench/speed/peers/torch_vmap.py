"""A sweep in one PyTorch program: torch.func.vmap over the models."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.networks import logits
from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.peers.torch_autograd import operations
from gradwright.bench.speed.problem import Array, Problem


class Vmap:
    """All models as arrays with one more axis in front."""

    def __init__(self, problem: Problem, threads: int) -> None:
        import torch
        from torch.func import grad_and_value, vmap
        from torch.nn.functional import cross_entropy

        torch.set_num_threads(threads)
        work, do = problem.workload, operations()
        self.x, self.y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
        stacked = [np.stack(arrays) for arrays in zip(*problem.initial(), strict=True)]
        self.params = tuple(torch.from_numpy(array) for array in stacked)
        rates = torch.tensor(problem.rates)
        self.rates = [rates.reshape(-1, *[1] * (param.ndim - 1)) for param in self.params]

        def objective(params: Any, x: Any, y: Any) -> Any:
            loss = cross_entropy(logits(work, params, x, do), y)
            return loss + work.l2 * sum(p.square().sum() for p in params[::2]) if work.l2 else loss

        self.gradients = vmap(grad_and_value(objective))

    def train(self, order: NDArray[np.int64]) -> Trained:
        import torch

        total = torch.zeros(())
        for rows in torch.from_numpy(order).transpose(0, 1):
            grads, losses = self.gradients(self.params, self.x[rows], self.y[rows])
            for param, grad, rate in zip(self.params, grads, self.rates, strict=True):
                param.addcmul_(grad, rate, value=-1)
            total += losses.mean()
        return Trained(order.shape[1], float(total) / order.shape[1])

    def parameters(self) -> list[list[Array]]:
        arrays = [param.numpy() for param in self.params]
        return [[array[k] for array in arrays] for k in range(len(arrays[0]))]


PEERS = (Peer("torch-vmap", "PyTorch vmap over models", Vmap, package="torch", models="many"),)
