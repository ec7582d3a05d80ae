"""PyTorch by hand with a scale of the input and mixes of SELU with what goes into it, dropout behind them."""

from __future__ import annotations

from typing import Any

from gradwright.bench.speed.peers.networks import grouped
from gradwright.bench.speed.peers.torch_regularized import WithDropout
from gradwright.bench.speed.problem import Problem
from gradwright.nn.activations import SELU_ALPHA, SELU_SCALE

SELU = SELU_ALPHA, SELU_SCALE, 1


class WithFactors(WithDropout):
    """y = (z + a (f(z) - z)) m: the mask is multiplied into the derivatives while these are at hand."""

    def __init__(self, problem: Problem, threads: int) -> None:
        super().__init__(problem, threads)
        torch, batch, widths = self.torch, self.workload.batch_size, self.workload.widths
        self.scale, self.layers = self.params[0], grouped(self.workload, self.params[1:])
        self.unscaled = torch.empty(batch, widths[0])
        self.differences = [torch.empty(batch, width) for width in widths[1:-1]]
        self.slopes = [torch.empty(batch, width) for width in widths[1:-1]]

    def _step(self) -> Any:
        self.unscaled.copy_(self.batch)
        self.batch.mul_(self.scale)
        return super()._step()

    def _update(self, weight: Any, bias: Any, x: Any, dz: Any) -> None:
        first = x is self.batch
        ds = (dz @ weight.t()).mul_(self.unscaled).sum(0) if first else None
        super()._update(weight, bias, x, dz)
        if first:
            self.scale.sub_(ds, alpha=self.rate)

    def _behind(self, k: int, z: Any) -> Any:
        torch, aten, a, kept = self.torch, self.torch.ops.aten, self.layers[k][2], self._mask(k)
        f = aten.elu(z, *SELU)
        slope = aten.elu_backward(kept, *SELU, True, f)  # m f'
        torch.sub(f, z, out=self.differences[k])
        y = torch.addcmul(z, self.differences[k], a, out=self.dropped[k]).mul_(kept)
        self.differences[k].mul_(kept)
        torch.addcmul(kept, slope.sub_(kept), a, out=self.slopes[k])  # m (1 + a (f' - 1))
        return y

    def _back(self, k: int, dy: Any) -> Any:
        a = self.layers[k][2]
        da = self.torch.einsum("nj,nj->j", dy, self.differences[k])
        dz = dy.mul_(self.slopes[k])
        a.sub_(da, alpha=self.rate)
        return dz
