"""From a tree of layers to a plan: the only place where the compiled engine's program is written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gradwright.engine.backward import with_backward
from gradwright.engine.fuse import fuse, renumber
from gradwright.engine.plan import (
    NONE,
    ActivationStep,
    AddStep,
    BatchNormStep,
    ColumnPart,
    ColumnsStep,
    DropoutStep,
    LayerNormStep,
    LinearStep,
    MixStep,
    Plan,
    PlanArray,
    ScaleStep,
    Step,
)
from gradwright.engine.vocabulary import (
    Activation,
    LossKind,
    PartKind,
    PenaltyKind,
    input_features,
    word_for,
)
from gradwright.errors import ConfigError
from gradwright.nn import (
    ELU,
    L1,
    L2,
    BatchNorm,
    Columns,
    Dropout,
    Embedding,
    Focal,
    Hinge,
    Huber,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Loss,
    Mixed,
    Objective,
    PeriodicEmbedding,
    Quantile,
    Residual,
    Scale,
    Sequential,
    SoftmaxCrossEntropy,
    Sum,
)
from gradwright.nn.parameters import Slot
from gradwright.nn.walk import child_name


def lower(objective: Objective) -> Plan:
    """The plan of an objective: it has the same value and gradient, to rounding.

    Raises ``ConfigError`` for a layer, loss or penalty that a plan has no step for, by its path and type,
    and for a network without ``Linear``, which takes any number of features; ``ShapeError`` where branches
    expect different inputs.

    >>> from gradwright.nn import MeanSquaredError, mlp
    >>> plan = lower(Objective(mlp(2, 8, 3), MeanSquaredError()))
    >>> plan.widths, [type(step).__name__ for step in plan.steps]
    ((2, 8, 3), ['LinearStep', 'LinearStep'])
    >>> [type(step).__name__ for step in plan.backward]
    ['InputProduct', 'PassOn', 'ParameterProduct', 'ParameterProduct']
    """
    network, penalty = objective.network, objective.penalty
    loss_kind = word_for(LossKind, objective.loss, "loss")
    penalty_kind = word_for(PenaltyKind, penalty, "penalty") if penalty else PenaltyKind.NONE
    features = input_features(network)
    network.output_features(features)  # refuses branches that take different inputs
    layout = objective.layout
    plain = _Lowering({slot.name: slot.start for slot in layout.slots}, [features], [])
    last = plain.add_layer(network, "", 0)
    steps = fuse(plain.steps, last)
    number = {0: 0} | {step.target: i for i, step in enumerate(steps, start=1)}
    forward = Plan(
        widths=tuple(plain.widths[buffer] for buffer in number),
        steps=tuple(renumber(step, number) for step in steps),
        backward=(),
        deltas=(),
        output=number[last],
        size=layout.size,
        arrays=tuple(_plan_array(slot, bool(objective.penalized[slot.start])) for slot in layout.slots),
        loss=loss_kind,
        loss_parameter=_loss_parameter(objective.loss),
        penalty=penalty_kind,
        penalty_factor=penalty.factor if isinstance(penalty, L1 | L2) else 0.0,
    )
    return with_backward(forward)


@dataclass(frozen=True)
class _Lowering:
    """The steps so far, one for each layer; a buffer gets the next number when a step fills it."""

    offsets: Mapping[str, int]  # of the parameters, by full name
    widths: list[int]
    steps: list[Step]

    def add_layer(self, layer: Layer, path: str, source: int) -> int:
        """Append the steps of ``layer`` on buffer ``source``, and return the buffer of what it puts out."""
        match layer:
            case Linear():
                return self._add_linear(layer, path, source)
            case Dropout():
                width = self.widths[source]
                return self._add(DropoutStep(source, len(self.widths), layer.rate, width), width)
            case LayerNorm() | BatchNorm():
                return self._add_norm(layer, path, source)
            case Scale():
                gamma = self._offset(path, "scale")
                return self._add(ScaleStep(source, len(self.widths), gamma, layer.features), layer.features)
            case Mixed():
                gamma, (kind, slope) = self._offset(path, "mix"), _activation(layer.activation)
                return self._add(
                    MixStep(source, len(self.widths), gamma, kind, slope, layer.features), layer.features
                )
            case Columns():
                self._require_input(layer, path, source)
                inner = zip(layer.children(path, None), layer.columns, strict=True)
                parts = [self._part(place.layer, place.name, columns) for place, columns in inner]
                parts += [ColumnPart(PartKind.COPY, layer.rest, 0, 1)] if layer.rest else []
                return self._add_columns(parts, layer.features)
            case PeriodicEmbedding():
                self._require_input(layer, path, source)
                return self._add_columns([self._part(layer, path, range(layer.features))], layer.features)
            case Sequential():
                for i, child in enumerate(layer.layers):
                    source = self.add_layer(child, child_name(path, i), source)
                return source
            case Residual():
                return self._add_sum([source, self.add_layer(layer.body, path, source)])
            case Sum():
                branches = enumerate(layer.branches)
                return self._add_sum([self.add_layer(f, child_name(path, k), source) for k, f in branches])
        return self._add_activation(layer, source)

    def _offset(self, path: str, name: str) -> int:
        """Where an array of the layer at ``path`` begins in theta."""
        return self.offsets[f"{path}.{name}" if path else name]

    def _add_norm(self, layer: LayerNorm | BatchNorm, path: str, source: int) -> int:
        target, width = len(self.widths), layer.features
        gamma, beta = self._offset(path, "gamma"), self._offset(path, "beta")
        if isinstance(layer, LayerNorm):
            return self._add(LayerNormStep(source, target, gamma, beta, layer.epsilon, width), width)
        mean, variance = self._offset(path, "mean"), self._offset(path, "variance")
        numbers = (layer.momentum, layer.epsilon, width)
        return self._add(BatchNormStep(source, target, gamma, beta, mean, variance, *numbers), width)

    def _require_input(self, layer: Layer, path: str, source: int) -> None:
        if source:
            raise ConfigError(
                f"layer {path}: expected {type(layer).__name__} of the input itself for the compiled engine, "
                "found other layers before it; the reference engine runs it"
            )

    def _part(self, layer: Layer, path: str, columns: Sequence[int]) -> ColumnPart:
        weight = self._offset(path, "weight")
        if isinstance(layer, Embedding):
            each, size = layer.features, layer.vocabulary
            return ColumnPart(PartKind.EMBEDDING, tuple(columns), 0, each, size, weight)
        assert isinstance(layer, PeriodicEmbedding)
        others = (self._offset(path, name) for name in ("frequency", "phase", "bias"))
        each, size = 1 + layer.numbers, layer.frequencies
        return ColumnPart(PartKind.WAVES, tuple(columns), 0, each, size, weight, *others)

    def _add_columns(self, parts: Sequence[ColumnPart], inputs: int) -> int:
        """The parts of the input side by side."""
        placed: list[ColumnPart] = []
        outputs = 0
        for part in parts:
            placed.append(replace(part, first=outputs))
            outputs += len(part.columns) * part.each
        return self._add(ColumnsStep(0, len(self.widths), tuple(placed), inputs, outputs), outputs)

    def _add_linear(self, layer: Linear, path: str, source: int) -> int:
        weight = self._offset(path, "weight")
        bias = self._offset(path, "bias") if layer.bias else NONE
        target, inputs, outputs = len(self.widths), layer.in_features, layer.out_features
        return self._add(LinearStep(source, target, NONE, weight, bias, inputs, outputs), outputs)

    def _add_sum(self, terms: list[int]) -> int:
        total, *others = terms
        for term in others:
            width = self.widths[term]
            total = self._add(AddStep(total, term, len(self.widths), width), width)
        return total

    def _add_activation(self, layer: Layer, source: int) -> int:
        kind, slope = _activation(layer)
        width = self.widths[source]
        return self._add(ActivationStep(source, len(self.widths), kind, slope, width), width)

    def _add(self, step: Step, width: int) -> int:
        self.widths.append(width)
        self.steps.append(step)
        return step.target


def _activation(layer: Layer) -> tuple[Activation, float]:
    """The word for an activation, and its slope."""
    kind = word_for(Activation, layer, "layer")
    match layer:
        case LeakyReLU(slope=0):
            return Activation.RELU, 0.0
        case LeakyReLU():
            return kind, layer.slope
        case ELU():
            return kind, layer.alpha
    return kind, 0.0


def _loss_parameter(loss: Loss) -> float:
    match loss:
        case SoftmaxCrossEntropy():
            return loss.smoothing
        case Focal():
            return loss.gamma
        case Huber():
            return loss.delta
        case Quantile():
            return loss.q
        case Hinge():
            return 2.0 if loss.squared else 1.0
    return 0.0


def _plan_array(slot: Slot, penalized: bool) -> PlanArray:
    *rows, columns = slot.shape
    return PlanArray(slot.start, math.prod(rows), columns, penalized)
