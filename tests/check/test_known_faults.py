"""Faults that hand-written layers, losses and penalties have had, each caught by the property it breaks."""

# ruff: noqa: ARG002 -- a faulty layer takes the arguments that every layer takes

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from gradwright.check import check_layer, check_loss, check_penalty
from gradwright.nn import (
    EVAL,
    L2,
    Layer,
    Linear,
    Loss,
    MeanSquaredError,
    Mode,
    Parameter,
    Penalty,
    ReLU,
    Residual,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
)
from gradwright.nn.activations import Elementwise
from gradwright.nn.initializers import Zeros
from gradwright.nn.layer import Array, Cache, ParameterTree, Params, Scalar

RNG = np.random.default_rng(11)
OUTPUT = RNG.standard_normal((6, 4))
TARGET = RNG.dirichlet(np.ones(4), 6)
THETA = np.array([0.5, -1.0, 2.0, -0.25])
MASK = np.array([True, True, False, True])
SQUARE = 7  # as many features as samples: sums and transposes along the wrong axis still fit

# -- faults in the derivative -----------------------------------------------------------------------------


@dataclass(frozen=True)
class FaultyLinear(Linear):
    """An affine map whose weight's gradient is what ``spoil`` makes of it."""

    spoil: Callable[[Array], Array] = field(default=np.negative, kw_only=True)

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        return dx, {**dparams, "weight": self.spoil(dparams["weight"])}


WEIGHT_FAULTS: dict[str, Callable[[Array], Array]] = {
    "the wrong sign": np.negative,
    "transposed": lambda dw: dw.T.copy(),
    "divided by N, which the loss has done": lambda dw: dw / SQUARE,
    "a decay that the value does not hold": lambda dw: dw + 0.001,
    "added to that of an equal batch": lambda dw: dw + dw,
    "rows in another order": lambda dw: dw[::-1].copy(),
    "forgotten": np.zeros_like,
    "not a number": lambda dw: dw * np.nan,
}


@pytest.mark.parametrize("spoil", WEIGHT_FAULTS.values(), ids=WEIGHT_FAULTS.keys())
def test_a_wrong_gradient_of_the_weight_is_caught(spoil: Callable[[Array], Array]) -> None:
    report = check_layer(FaultyLinear(SQUARE, SQUARE, spoil=spoil), SQUARE, samples=SQUARE)
    assert "gradient" in report.failed


@dataclass(frozen=True)
class BiasSummedOverTheWrongAxis(Linear):
    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        return dx, {**dparams, "bias": dy.sum(axis=1)}


@dataclass(frozen=True)
class WeightNotTransposed(Linear):
    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        _, dparams = super().backward(params, x, dy)
        return dy @ params["weight"], dparams


@dataclass(frozen=True)
class SkipForgotten(Residual):
    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        return self.body.backward(params, cache, dy)


class OneBranchForgotten(Sum):
    def backward(self, params: Params, caches: list[Cache], dy: Array) -> tuple[Array, dict[str, Any]]:
        _, dparams = super().backward(params, caches, dy)
        return self.branches[0].backward(params["0"], caches[0], dy)[0], dparams


@dataclass(frozen=True)
class DerivativeAtTheOutput(Softplus):
    """Takes the cached x of softplus for its y."""

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return (1 - x * x) * dy, {}


@dataclass(frozen=True)
class ShiftOfTheWholeMatrix(SoftmaxCrossEntropy):
    """A softmax as it was once handed in: the maximum of the whole matrix is subtracted, in place."""

    def forward(self, output: Array, target: Array, weights: Array | None = None) -> tuple[Scalar, Any]:
        output -= output.real.max()
        return super().forward(output, target, weights)


@dataclass(frozen=True)
class SumOverExamples:
    """Right as a pair, but no mean."""

    loss: Loss = MeanSquaredError()

    def forward(self, output: Array, target: Array) -> tuple[Scalar, Cache]:
        value, cache = self.loss.forward(output, target)
        return value * len(output), (cache, len(output))

    def backward(self, cache: Cache) -> Array:
        inner, count = cache
        dy: Array = self.loss.backward(inner) * count
        return dy


@dataclass(frozen=True)
class BiasesPenalised(L2):
    """Right as a pair, but blind to the mask."""

    def forward(self, theta: Array, mask: Array) -> Scalar:
        return super().forward(theta, np.ones_like(mask))

    def backward(self, theta: Array, mask: Array) -> Array:
        return super().backward(theta, np.ones_like(mask))


@dataclass(frozen=True)
class ValueCountsBiases(L2):
    """A value that counts all of theta beside a decay on the weights alone."""

    def forward(self, theta: Array, mask: Array) -> Scalar:
        return super().forward(theta, np.ones_like(mask))


@dataclass(frozen=True)
class GradientPenalisesBiases(L2):
    """A decay on all of theta beside a value that counts the weights alone."""

    def backward(self, theta: Array, mask: Array) -> Array:
        return super().backward(theta, np.ones_like(mask))


# -- faults that no derivative shows ----------------------------------------------------------------------


@dataclass(frozen=True)
class WritesIntoItsInput(Elementwise):
    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:
        y = 2 * x
        x *= 0
        return y, None

    def backward(self, params: Params, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:
        return 2 * dy, {}


@dataclass(frozen=True)
class WritesIntoDy(ReLU):
    def backward(self, params: Params, positive: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dy *= positive
        return dy.copy(), {}


@dataclass(frozen=True)
class WritesIntoItsCache(Elementwise):
    """Right the first time: the derivative is computed where y was."""

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = np.tanh(x)
        return y, y.copy()

    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        np.subtract(1, y * y, out=y)
        return y * dy, {}


@dataclass(frozen=True)
class WritesIntoItsParameters(Linear):
    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        params["weight"][...] -= 0.1 * dparams["weight"]
        return dx, dparams


@dataclass(frozen=True)
class ReturnsItsInput(Elementwise):
    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:
        return x, None

    def backward(self, params: Params, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:
        return dy.copy(), {}


@dataclass(frozen=True)
class ReturnsDy(Elementwise):
    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:
        return x.copy(), None

    def backward(self, params: Params, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:
        return dy[:], {}


@dataclass(frozen=True)
class OneArrayForTwoGradients(Elementwise):
    """y = x + a + b, whose da and db are equal, and here one and the same."""

    features: int

    def parameters(self) -> ParameterTree:
        return {name: Parameter((self.features,), Zeros()) for name in "ab"}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:
        return x + params["a"] + params["b"], None

    def backward(self, params: Params, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:
        total = dy.sum(axis=0)
        return dy.copy(), {"a": total, "b": total}


@dataclass(frozen=True)
class PromotesY(Tanh):
    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y, cache = super().forward(params, x, mode)
        return y * np.float64(1), cache


@dataclass(frozen=True)
class PromotesDx(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return super().backward(params, y, dy)[0].astype(np.float64), {}


@dataclass(frozen=True)
class RoundsToSingle(Tanh):
    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return super().backward(params, y, dy)[0].astype(np.float32), {}


@dataclass(frozen=True)
class RoundsCoarselyInSingle(Tanh):
    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y, cache = super().forward(params, x, mode)
        return (np.round(y, 1) if y.dtype == np.float32 else y), cache


@dataclass(frozen=True)
class RemembersItsLastInput(Elementwise):
    """Keeps what backward needs in itself, and hands out no cache."""

    memory: dict[str, Array] = field(default_factory=dict)

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:
        self.memory["y"] = np.tanh(x)
        return self.memory["y"].copy(), None

    def backward(self, params: Params, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:
        return (1 - self.memory["y"] ** 2) * dy, {}


@dataclass(frozen=True)
class AddsUpGradients(Linear):
    """Sums its gradients over calls, as buffers that nobody zeroes do."""

    memory: dict[str, Array] = field(default_factory=dict)

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        self.memory["weight"] = self.memory.get("weight", 0) + dparams["weight"]
        return dx, {**dparams, "weight": self.memory["weight"].copy()}


@dataclass(frozen=True)
class SubtractsTheBatchMean(Elementwise):
    """Right as a pair, but a row's output depends on its neighbours."""

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, None]:
        return x - x.mean(axis=0), None

    def backward(self, params: Params, cache: None, dy: Array) -> tuple[Array, dict[str, Any]]:
        return dy - dy.mean(axis=0), {}


@dataclass(frozen=True)
class DrawsFromItsOwnGenerator(Elementwise):
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        mask = self.rng.random(x.shape)
        return x * mask, mask

    def backward(self, params: Params, mask: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return dy * mask, {}


@dataclass(frozen=True)
class ForgetsTheGradientOfItsBias(Linear):
    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        return dx, {"weight": dparams["weight"]}


@dataclass(frozen=True)
class KeepsTheBiasGradientAsARow(Linear):
    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        return dx, {**dparams, "bias": dparams["bias"][None, :]}


@dataclass(frozen=True)
class AnnouncesAnotherSize(Tanh):
    def output_features(self, features: int | None) -> int | None:
        return None if features is None else features + 1


@dataclass(frozen=True)
class AnnouncesAnotherSizeToAStranger(Linear):
    def output_features(self, features: int | None) -> int:
        return 99 if features is None else super().output_features(features)


@dataclass(frozen=True)
class LosesTheEighthDigit(Tanh):
    """Too near the truth for a verdict, and not what float64 can do."""

    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return (1 + 1e-8) * super().backward(params, y, dy)[0], {}


def kind(value: object) -> str:
    """The name of a row of the tables below."""
    return value if isinstance(value, str) else type(value).__name__


LAYER_FAULTS: tuple[tuple[Layer, str], ...] = (
    (BiasSummedOverTheWrongAxis(SQUARE, SQUARE), "gradient"),
    (WeightNotTransposed(SQUARE, SQUARE), "gradient"),
    (SkipForgotten(Linear(SQUARE, SQUARE)), "gradient"),
    (OneBranchForgotten(Linear(SQUARE, 2), Linear(SQUARE, 2)), "gradient"),
    (DerivativeAtTheOutput(), "gradient"),
    (WritesIntoItsInput(), "inputs untouched"),
    (WritesIntoDy(), "inputs untouched"),
    (WritesIntoItsCache(), "inputs untouched"),
    (WritesIntoItsCache(), "backward repeats"),
    (WritesIntoItsParameters(SQUARE, 2), "inputs untouched"),
    (ReturnsItsInput(), "fresh memory"),
    (ReturnsDy(), "fresh memory"),
    (OneArrayForTwoGradients(SQUARE), "fresh memory"),
    (PromotesY(), "dtype kept"),
    (PromotesDx(), "dtype kept"),
    (RoundsToSingle(), "dtype kept"),
    (RoundsCoarselyInSingle(), "dtype kept"),
    (RemembersItsLastInput(), "backward repeats"),
    (AddsUpGradients(SQUARE, 2), "backward repeats"),
    (AddsUpGradients(SQUARE, 2), "repeats"),
    (SubtractsTheBatchMean(), "batch is its rows"),
    (DrawsFromItsOwnGenerator(), "repeats"),
    (ForgetsTheGradientOfItsBias(SQUARE, 2), "one gradient each"),
    (KeepsTheBiasGradientAsARow(SQUARE, 2), "one gradient each"),
    (AnnouncesAnotherSize(), "output features"),
    (AnnouncesAnotherSizeToAStranger(SQUARE, 2), "output features"),
)


@pytest.mark.parametrize(("layer", "caught"), LAYER_FAULTS, ids=kind)
def test_a_faulty_layer_is_caught_by_the_property_it_breaks(layer: Layer, caught: str) -> None:
    report = check_layer(layer, SQUARE, samples=SQUARE)
    assert caught in report.failed, str(report)


# These compute right derivatives, so that a single property stands between them and a user.
WELL_HIDDEN: tuple[tuple[Layer, set[str]], ...] = (
    (ReturnsItsInput(), {"fresh memory"}),
    (ReturnsDy(), {"fresh memory"}),
    (OneArrayForTwoGradients(SQUARE), {"fresh memory"}),
    (WritesIntoDy(), {"inputs untouched"}),
    (RemembersItsLastInput(), {"backward repeats"}),
    (SubtractsTheBatchMean(), {"batch is its rows"}),
    (AnnouncesAnotherSizeToAStranger(SQUARE, 2), {"output features"}),
    (RoundsCoarselyInSingle(), {"dtype kept"}),
    (LosesTheEighthDigit(), {"right to rounding"}),
)


@pytest.mark.parametrize(("layer", "caught"), WELL_HIDDEN, ids=kind)
def test_a_well_hidden_fault_is_caught_by_nothing_else(layer: Layer, caught: set[str]) -> None:
    assert {*check_layer(layer, SQUARE, samples=SQUARE).failed} == caught


LOSS_BREAKS: tuple[tuple[Loss, str], ...] = (
    (ShiftOfTheWholeMatrix(), "inputs untouched"),
    (SumOverExamples(), "mean over examples"),
)


@pytest.mark.parametrize(("loss", "caught"), LOSS_BREAKS, ids=kind)
def test_a_faulty_loss_is_caught_by_the_property_it_breaks(loss: Loss, caught: str) -> None:
    report = check_loss(loss, OUTPUT, TARGET)
    assert report.failed == (caught,), str(report)


PENALTY_BREAKS: tuple[tuple[Penalty, set[str]], ...] = (
    (BiasesPenalised(0.01), {"mask respected"}),
    (ValueCountsBiases(0.01), {"gradient", "mask respected"}),
    (GradientPenalisesBiases(0.01), {"gradient", "mask respected"}),
)


@pytest.mark.parametrize(("penalty", "caught"), PENALTY_BREAKS, ids=kind)
def test_a_faulty_penalty_is_caught_by_the_property_it_breaks(penalty: Penalty, caught: set[str]) -> None:
    report = check_penalty(penalty, THETA, MASK)
    assert {*report.failed} == caught, str(report)
