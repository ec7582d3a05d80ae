"""PyTorch by hand: derivatives written out, every result in a buffer that is there already."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.peers.networks import grouped
from gradwright.bench.speed.peers.peer import Trained
from gradwright.bench.speed.problem import Array, Problem


class ByHand:
    """One model. The update of a weight is a single addmm: W <- (1 - 2 l2 lr) W - lr x' dz."""

    def __init__(self, problem: Problem, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.torch, self.workload = torch, problem.workload
        self.x, self.y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
        arrays = problem.initial()[0]
        self.theta = torch.from_numpy(np.concatenate([np.ravel(array) for array in arrays]))
        self.params = self._views(self.theta, arrays)
        self.layers = grouped(self.workload, self.params)
        (self.rate,) = problem.rates
        self.keep = 1 - 2 * self.rate * self.workload.l2
        batch = self.workload.batch_size
        self.batch = torch.empty(batch, self.workload.widths[0])
        self.labels = torch.empty(batch, *self.y.shape[1:], dtype=self.y.dtype)
        self.minus = torch.full((batch, 1), -1.0)
        self.outputs = [torch.empty(batch, width) for width in self.workload.widths[1:]]
        self.inner = [torch.empty(batch, width) for width in self.workload.widths[1:-1]]

    def train(self, order: NDArray[np.int64]) -> Trained:
        torch = self.torch
        step = self._residual_step if self.workload.residual else self._step
        total = torch.zeros(())
        with torch.inference_mode():
            for rows in torch.from_numpy(order[0]):
                torch.index_select(self.x, 0, rows, out=self.batch)
                torch.index_select(self.y, 0, rows, out=self.labels)
                total += step()
        return Trained(order.shape[1], float(total) / order.shape[1])

    def parameters(self) -> list[list[Array]]:
        return [[param.numpy() for param in self.params]]

    def _views(self, vector: Any, arrays: list[Array]) -> list[Any]:
        """``vector`` (P,) as matrices and vectors of the shapes of ``arrays``."""
        parts = self.torch.split(vector, [array.size for array in arrays])
        return [part.view(array.shape) for part, array in zip(parts, arrays, strict=True)]

    def _step(self) -> Any:
        inputs, last = [self.batch], len(self.layers) - 1
        for k, (weight, bias, *_) in enumerate(self.layers):
            z = self.torch.addmm(bias, inputs[k], weight, out=self.outputs[k])
            if k < last:
                inputs.append(self._behind(k, z))
        loss, dz = self._loss(self.outputs[-1])
        for k in reversed(range(len(self.layers))):
            weight, bias, *_ = self.layers[k]
            dx = dz @ weight.t() if k else None
            self._update(weight, bias, inputs[k], dz)
            if dx is not None:
                dz = self._back(k - 1, dx)
        return loss

    def _behind(self, _k: int, z: Any) -> Any:
        """What hidden layer ``k`` hands on, made of its z = x W + b in the same buffer."""
        return self._activate(z)

    def _back(self, k: int, dy: Any) -> Any:
        """dz of hidden layer ``k`` from the derivative of what it handed on."""
        return self._through_activation(dy, self.outputs[k])

    def _residual_step(self) -> Any:
        torch = self.torch
        *blocks, weight, bias = self.params
        inputs = [self.batch, *self.outputs[:-1]]
        for k, (h, t) in enumerate(zip(self.outputs[:-1], self.inner, strict=True)):
            w2, b2, w1, b1 = blocks[4 * k : 4 * k + 4]
            torch.addmm(b1, inputs[k], w1, out=t).tanh_()
            torch.addmm(b2, inputs[k], w2, out=h).add_(t).relu_()
        loss, dz = self._loss(torch.addmm(bias, inputs[-1], weight, out=self.outputs[-1]))
        dh = dz @ weight.t()
        self._update(weight, bias, inputs[-1], dz)
        for k in reversed(range(len(self.inner))):
            w2, b2, w1, b1 = blocks[4 * k : 4 * k + 4]
            du = torch.ops.aten.threshold_backward(dh, self.outputs[k], 0)
            dt = torch.ops.aten.tanh_backward(du, self.inner[k])
            dh = torch.addmm(du @ w2.t(), dt, w1.t()) if k else dh
            self._update(w2, b2, inputs[k], du)
            self._update(w1, b1, inputs[k], dt)
        return loss

    def _loss(self, logits: Any) -> tuple[Any, Any]:
        """The mean loss, and in the buffer of the logits its derivative."""
        log_p = self.torch.log_softmax(logits, 1)
        labels = self.labels[:, None]
        loss = log_p.gather(1, labels).mean().neg_()
        return loss, log_p.exp_().scatter_add_(1, labels, self.minus).mul_(1 / len(labels))

    def _update(self, weight: Any, bias: Any, x: Any, dz: Any) -> None:
        weight.addmm_(x.t(), dz, beta=self.keep, alpha=-self.rate)
        bias.sub_(dz.sum(0), alpha=self.rate)

    def _activate(self, z: Any) -> Any:
        return getattr(z, f"{self.workload.activation}_")()

    def _through_activation(self, dy: Any, y: Any) -> Any:
        aten = self.torch.ops.aten
        match self.workload.activation:
            case "tanh":
                return aten.tanh_backward(dy, y)
            case "sigmoid":
                return aten.sigmoid_backward(dy, y)
        return aten.threshold_backward(dy, y, 0)
