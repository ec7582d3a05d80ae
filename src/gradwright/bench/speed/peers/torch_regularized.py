"""PyTorch by hand with dropout, layer norm or batch norm: the kernels that its own layers call."""

from __future__ import annotations

from typing import Any

from gradwright.bench.speed.peers.torch_by_hand import ByHand
from gradwright.bench.speed.problem import Problem
from gradwright.bench.speed.workloads import DROPPED

WORD = 2**16  # values of 16 random bits: enough for a rate, and four entries to a number of the generator


class WithDropout(ByHand):
    """Masks are made of random words, on wide layers in a sixth of the time of ``functional.dropout``."""

    def __init__(self, problem: Problem, threads: int) -> None:
        super().__init__(problem, threads)
        torch, batch, hidden = self.torch, self.workload.batch_size, self.workload.widths[1:-1]
        torch.manual_seed(0)
        self.numbers = [torch.empty(-(-batch * width // 4), dtype=torch.int64) for width in hidden]
        self.words = [
            numbers.view(torch.int16)[: batch * width].view(batch, width)
            for numbers, width in zip(self.numbers, hidden, strict=True)
        ]
        self.kept = [torch.empty(batch, width) for width in hidden]
        self.dropped = [torch.empty(batch, width) for width in hidden]

    def _behind(self, k: int, z: Any) -> Any:
        return self.torch.mul(self._activate(z), self._mask(k), out=self.dropped[k])

    def _mask(self, k: int) -> Any:
        """What the outputs of hidden layer ``k`` are multiplied with, 0 or 1 / (1 - rate)."""
        self.numbers[k].random_(-(2**63), None)
        kept = self.torch.ge(self.words[k], round(DROPPED * WORD) - WORD // 2, out=self.kept[k])
        return kept.mul_(1 / (1 - DROPPED))

    def _back(self, k: int, dy: Any) -> Any:
        return self._through_activation(dy.mul_(self.kept[k]), self.outputs[k])


class WithNorm(ByHand):
    """A norm between a linear layer and its activation; batch norm moves its statistics as it goes."""

    def __init__(self, problem: Problem, threads: int) -> None:
        super().__init__(problem, threads)
        self.caches: list[Any] = [None] * len(self.layers)

    def _behind(self, k: int, z: Any) -> Any:
        _, _, gamma, beta, *statistics = self.layers[k]
        if statistics:
            y, mean, scale = self.torch.native_batch_norm(
                z, gamma, beta, *statistics, training=True, momentum=0.1, eps=1e-5
            )
        else:
            y, mean, scale = self.torch.native_layer_norm(z, gamma.shape, gamma, beta, 1e-5)
        y = self._activate(y)
        self.caches[k] = y, mean, scale
        return y

    def _back(self, k: int, dy: Any) -> Any:
        _, _, gamma, beta, *statistics = self.layers[k]
        (y, mean, scale), z = self.caches[k], self.outputs[k]
        aten, all_three = self.torch.ops.aten, [True, True, True]
        dy = self._through_activation(dy, y)
        if statistics:
            dz, dgamma, dbeta = aten.native_batch_norm_backward(
                dy, z, gamma, *statistics, mean, scale, True, 1e-5, all_three
            )
        else:
            dz, dgamma, dbeta = aten.native_layer_norm_backward(
                dy, z, gamma.shape, mean, scale, gamma, beta, all_three
            )
        gamma.sub_(dgamma, alpha=self.rate)
        beta.sub_(dbeta, alpha=self.rate)
        return dz
