"""A network as a flat program: steps that fill numbered buffers, and steps that go back through them.

This is all that the compiled engine knows of a network. Buffer 0 is the input (N, widths[0]); each step reads
buffers that are filled already and fills one of its own, so no buffer is written twice. Weights and biases
are named by their offsets into theta, the vector of all parameters.

On the way back the loss sets the delta of the output, and each step a delta or a part of the gradient. The
delta of a buffer is the derivative of the loss by it; where a linear step fills the buffer, and once the
delta is complete, by what the step had before its activation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gradwright.engine.vocabulary import Activation, LossKind, PartKind, PenaltyKind

NONE = -1  # no addend, no bias, no buffer


@dataclass(frozen=True)
class LinearStep:
    """target = activation(source W + b + addend)        source (N, inputs) -> target (N, outputs)

    W (inputs, outputs) lies row by row from ``theta[weight]`` on, b (outputs,) from ``theta[bias]`` on.
    ``bias`` and ``addend`` are -1 where there is none. ``slope`` is a ``LEAKY_RELU``'s below 0, an
    ``ELU``'s at 0 from below, and else 0.
    """

    source: int
    target: int
    addend: int
    weight: int
    bias: int
    inputs: int
    outputs: int
    activation: Activation = Activation.NONE
    slope: float = 0.0


@dataclass(frozen=True)
class ActivationStep:
    """target = activation(source)        source (N, width) -> target (N, width)"""

    source: int
    target: int
    activation: Activation
    slope: float
    width: int


@dataclass(frozen=True)
class AddStep:
    """target = source + addend        both (N, width) -> target (N, width)"""

    source: int
    addend: int
    target: int
    width: int


@dataclass(frozen=True)
class DropoutStep:
    """target = source m / (1 - rate) while training, else source        both (N, width)

    The mask m is ``nn.noise.kept_entries`` of the key that the step has in a batch.
    """

    source: int
    target: int
    rate: float
    width: int


@dataclass(frozen=True)
class LayerNormStep:
    """target = gamma z + beta,  z = (source - mean) / sqrt(variance + epsilon), the moments of each row

    gamma and beta (width,) lie from ``theta[gamma]`` and ``theta[beta]`` on.
    """

    source: int
    target: int
    gamma: int
    beta: int
    epsilon: float
    width: int


@dataclass(frozen=True)
class BatchNormStep:
    """The same with the moments of each column: those of the batch while training, else the running ones

    The running moments (width,) lie from ``theta[mean]`` and ``theta[variance]`` on; each step of training
    moves them as ``nn.BatchNorm.update`` does.
    """

    source: int
    target: int
    gamma: int
    beta: int
    mean: int
    variance: int
    momentum: float
    epsilon: float
    width: int


@dataclass(frozen=True)
class ScaleStep:
    """target = gamma source        both (N, width), gamma (width,) from ``theta[gamma]`` on"""

    source: int
    target: int
    gamma: int
    width: int


@dataclass(frozen=True)
class MixStep:
    """target = source + gamma (activation(source) - source)        likewise

    With a ``rate`` > 0 a dropout is fused in behind: it leaves out units of that while training.
    """

    source: int
    target: int
    gamma: int
    activation: Activation
    slope: float
    width: int
    rate: float = 0.0


@dataclass(frozen=True)
class ColumnPart:
    """Some ``columns`` of the input, of which each becomes ``each`` columns of the target, from ``first`` on

    A copy leaves them as they are. In an embedding a whole number is a row of a table (size, each) at
    ``weight``. Waves are ``nn.PeriodicEmbedding`` with ``size`` frequencies, each = 1 + m, and its arrays. An
    array that the kind does not have is at -1.
    """

    kind: PartKind
    columns: tuple[int, ...]
    first: int
    each: int
    size: int = 0
    weight: int = NONE
    frequency: int = NONE
    phase: int = NONE
    bias: int = NONE


@dataclass(frozen=True)
class ColumnsStep:
    """target = the parts side by side        source, the input (N, inputs) -> target (N, outputs)"""

    source: int
    target: int
    parts: tuple[ColumnPart, ...]
    inputs: int
    outputs: int


Step: TypeAlias = (
    LinearStep
    | ActivationStep
    | AddStep
    | DropoutStep
    | LayerNormStep
    | BatchNormStep
    | ScaleStep
    | MixStep
    | ColumnsStep
)


@dataclass(frozen=True)
class PassOn:
    """delta[target] = delta[source] f'        or += where it accumulates

    f' is the derivative of ``activation``, made from the values of buffer ``known``: its output, or its input
    where the output does not tell it. It is 1, and ``known`` is -1, for no activation. ``source`` may be
    ``target``.
    """

    source: int
    target: int
    accumulate: bool
    activation: Activation = Activation.NONE
    slope: float = 0.0
    known: int = NONE


@dataclass(frozen=True)
class InputProduct:
    """delta[source] = dz W'        or += where it accumulates

    For the linear steps ``first`` .. ``last`` - 1, which read one source: dz (N, all their outputs) are their
    deltas side by side, and W (inputs, all their outputs) their weights.
    """

    first: int
    last: int
    accumulate: bool


@dataclass(frozen=True)
class ParameterProduct:
    """dW = x' dz,  db = sum_n dz        for linear steps as ``InputProduct`` has them"""

    first: int
    last: int


@dataclass(frozen=True)
class StepBack:
    """delta[source] = J' delta[target], or += where it accumulates, for step number ``first``

    For the steps that keep of forward what their backward needs: a dropout its mask, a norm its moments; or
    that make it again, as a mix does. dgamma and dbeta come with it, also where nobody needs the delta of its
    source.
    """

    first: int
    accumulate: bool


BackwardStep: TypeAlias = PassOn | InputProduct | ParameterProduct | StepBack


@dataclass(frozen=True)
class DeltaPlace:
    """Where the delta of a buffer lies: from a column on in a block, which may hold others beside it."""

    block: int
    column: int


@dataclass(frozen=True)
class PlanArray:
    """One weight (rows, columns) or bias (1, columns) in theta, and whether the penalty acts on it."""

    offset: int
    rows: int
    columns: int
    penalized: bool


@dataclass(frozen=True)
class Plan:
    """An objective as numbers alone: what ``gradwright.engine.lower`` makes of its tree of layers.

    ``widths`` are the columns of each buffer, ``output`` the buffer that the loss reads, ``size`` the number
    of parameters, ``arrays`` what theta holds, in order. ``loss_parameter`` is softmax cross-entropy's
    smoothing, focal's gamma, Huber's delta, a quantile's q, else 0.
    ``deltas`` has the place of each buffer's delta, None where nobody needs it: no parameter lies before it.
    """

    widths: tuple[int, ...]
    steps: tuple[Step, ...]
    backward: tuple[BackwardStep, ...]
    deltas: tuple[DeltaPlace | None, ...]
    output: int
    size: int
    arrays: tuple[PlanArray, ...]
    loss: LossKind
    loss_parameter: float
    penalty: PenaltyKind
    penalty_factor: float
