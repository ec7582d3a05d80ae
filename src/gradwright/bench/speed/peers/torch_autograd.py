"""PyTorch with its own derivatives and its fused SGD; the same compiled, and the same in bfloat16."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.networks import Operations, logits
from gradwright.bench.speed.peers.peer import Peer, Trained
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload


def operations() -> Operations:
    """PyTorch's operations; addmm is one kernel where x @ W + b would be two."""
    import torch

    activations = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}
    return Operations(lambda x, weight, bias: torch.addmm(bias, x, weight), activations)


class Autograd:
    """One model; the penalty is the optimizer's weight decay, which is 2 l2 w in the gradient."""

    def __init__(self, problem: Problem, threads: int, compiled: bool = False, half: bool = False) -> None:
        import torch
        from torch.nn.functional import cross_entropy

        torch.set_num_threads(threads)
        work, do = problem.workload, operations()
        self.x, self.y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
        self.params = [torch.tensor(array, requires_grad=True) for array in problem.initial()[0]]
        weights = [param for param in self.params if param.ndim == 2]
        biases = [param for param in self.params if param.ndim == 1]
        groups = [{"params": weights, "weight_decay": 2 * work.l2}, {"params": biases}]
        self.optimizer = torch.optim.SGD(groups, lr=problem.rates[0], fused=True)

        def loss(params: Any, x: Any, y: Any) -> Any:
            with torch.autocast("cpu", torch.bfloat16) if half else contextlib.nullcontext():
                return cross_entropy(logits(work, params, x, do), y)

        self.loss = torch.compile(loss) if compiled else loss

    def train(self, order: NDArray[np.int64]) -> Trained:
        import torch

        total = torch.zeros(())
        for rows in torch.from_numpy(order[0]):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.params, self.x[rows], self.y[rows])
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return Trained(order.shape[1], float(total) / order.shape[1])

    def parameters(self) -> list[list[Array]]:
        return [[param.detach().numpy() for param in self.params]]


def _wide_only(workload: Workload) -> str | None:
    return "half precision is for wide layers" if max(workload.widths[1:]) < 512 else None


PEERS = (
    Peer("torch", "PyTorch autograd, fused SGD", Autograd, package="torch"),
    Peer("torch-compile", "torch.compile", lambda p, n: Autograd(p, n, compiled=True), package="torch"),
    Peer(
        "torch-bf16",
        "PyTorch bf16 autocast",
        lambda p, n: Autograd(p, n, half=True),
        package="torch",
        refuses=_wide_only,
        rounding=1e-2,  # bfloat16 keeps 8 bits
    ),
)
