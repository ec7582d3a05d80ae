"""PyTorch by hand with other activations, losses and optimizers, and which of these a workload asks for."""

from __future__ import annotations

from typing import Any

from gradwright.bench.speed.peers.peer import Peer, Runner
from gradwright.bench.speed.peers.torch_by_hand import ByHand
from gradwright.bench.speed.peers.torch_factors import WithFactors
from gradwright.bench.speed.peers.torch_regularized import WithDropout, WithNorm
from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import BETA1, BETA2, DECAY, EPSILON, EXTRAS
from gradwright.nn.activations import SELU_ALPHA, SELU_SCALE


class WithExponential(ByHand):
    """ELU and SELU, whose slope is known from what they put out."""

    def _activate(self, z: Any) -> Any:
        return self.torch.ops.aten.elu_(z, *self._constants(), 1)

    def _through_activation(self, dy: Any, y: Any) -> Any:
        return self.torch.ops.aten.elu_backward(dy, *self._constants(), 1, True, y)

    def _constants(self) -> tuple[float, float]:
        return (SELU_ALPHA, SELU_SCALE) if self.workload.activation == "SELU" else (1.0, 1.0)


class WithInput(ByHand):
    """SiLU and Mish, whose slope is known from what they are given: z is kept beside y."""

    def _activate(self, z: Any) -> Any:
        functional = self.torch.nn.functional
        return functional.silu(z) if self.workload.activation == "SiLU" else functional.mish(z)

    def _through_activation(self, dy: Any, z: Any) -> Any:
        aten = self.torch.ops.aten
        return aten.silu_backward(dy, z) if self.workload.activation == "SiLU" else aten.mish_backward(dy, z)


class WithHinge(ByHand):
    """The hinge loss: 1 at the strongest rival and -1 at the label, where the lead is less than 1."""

    def _loss(self, logits: Any) -> tuple[Any, Any]:
        torch, labels = self.torch, self.labels[:, None]
        label = logits.gather(1, labels)
        highest, rival = logits.scatter(1, labels, float("-inf")).max(1, keepdim=True)
        missing = (highest - label).add_(1).clamp_(min=0)
        share = (missing > 0).to(logits.dtype).mul_(1 / len(labels))
        dz = torch.zeros_like(logits).scatter_(1, rival, share).scatter_(1, labels, -share)
        return missing.mean(), dz


class WithAverage(ByHand):
    """The mean of the parameters over the steps, all of them one vector."""

    def __init__(self, problem: Problem, threads: int) -> None:
        super().__init__(problem, threads)
        self.mean, self.steps = self.theta.clone(), 0
        self.means = self._views(self.mean, problem.initial()[0])

    def _step(self) -> Any:
        loss = super()._step()
        self.steps += 1
        self.mean.lerp_(self.theta, (1 - DECAY) / (1 - DECAY**self.steps))
        return loss

    def parameters(self) -> list[list[Array]]:
        return [[mean.numpy() for mean in self.means]]


class Adam(ByHand):
    """Squared error by Adam: gradients are written into one vector, which the update takes as a whole."""

    def __init__(self, problem: Problem, threads: int) -> None:
        super().__init__(problem, threads)
        zeros = self.torch.zeros_like
        self.gradient, self.m, self.v = zeros(self.theta), zeros(self.theta), zeros(self.theta)
        self.scale, self.steps = zeros(self.theta), 0
        views = self._views(self.gradient, problem.initial()[0])
        self.gradient_of = {id(param): view for param, view in zip(self.params, views, strict=True)}

    def _step(self) -> Any:
        loss = super()._step()
        self.steps += 1
        self.m.lerp_(self.gradient, 1 - BETA1)
        self.v.mul_(BETA2).addcmul_(self.gradient, self.gradient, value=1 - BETA2)
        self.torch.sqrt(self.v, out=self.scale)
        self.scale.mul_((1 - BETA2**self.steps) ** -0.5).add_(EPSILON)
        self.theta.addcdiv_(self.m, self.scale, value=-self.rate / (1 - BETA1**self.steps))
        return loss

    def _loss(self, outputs: Any) -> tuple[Any, Any]:
        off = outputs.sub_(self.labels)
        return off.square().mean(), off.mul_(2 / off.numel())

    def _update(self, weight: Any, bias: Any, x: Any, dz: Any) -> None:
        self.torch.mm(x.t(), dz, out=self.gradient_of[id(weight)])
        self.torch.sum(dz, 0, out=self.gradient_of[id(bias)])


KINDS = {
    "dropout": WithDropout,
    "layer norm": WithNorm,
    "batch norm": WithNorm,
    "ELU": WithExponential,
    "SELU": WithExponential,
    "SiLU": WithInput,
    "Mish": WithInput,
    "hinge loss": WithHinge,
    "average": WithAverage,
    "Adam": Adam,
    "squared error": Adam,
}


def prepare(problem: Problem, threads: int) -> Runner:
    """What trains the workload by hand, with the extras that it has."""
    extras = problem.workload.extras
    if "factors" in extras:  # which has an activation of its own
        return WithFactors(problem, threads)
    (kind,) = {KINDS[extra] for extra in extras} or {ByHand}
    return kind(problem, threads)


PEERS = (Peer("torch-by-hand", "PyTorch by hand, in place", prepare, package="torch", serves=EXTRAS),)
