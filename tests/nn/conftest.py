"""Random networks: any nesting of layers that fits together, with any initialisers that fit their arrays."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from gradwright.nn import (
    ELU,
    GELU,
    LSTM,
    SELU,
    BatchNorm,
    Conv1d,
    Dropout,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Mish,
    Mixed,
    ReLU,
    Residual,
    Scale,
    SelfAttention,
    Sequential,
    Sigmoid,
    SiLU,
    Softplus,
    Sum,
    Tanh,
    initializers,
)
from gradwright.nn.layer import Initializer

WIDTHS = st.integers(1, 4)
FINITE = st.floats(-4, 4)
POSITIVE = st.floats(0.125, 4)

ANY_SHAPE: st.SearchStrategy[Initializer] = st.one_of(
    st.builds(initializers.Constant, FINITE),
    st.just(initializers.Zeros()),
    st.builds(lambda low, width: initializers.Uniform(low, low + width), FINITE, POSITIVE),
    st.builds(initializers.Normal, POSITIVE, mean=FINITE),
)
MATRICES: st.SearchStrategy[Initializer] = st.one_of(
    ANY_SHAPE,
    st.sampled_from(
        (
            initializers.GlorotUniform(),
            initializers.GlorotNormal(),
            initializers.HeUniform(),
            initializers.HeNormal(),
            initializers.LeCunUniform(),
            initializers.LeCunNormal(),
        )
    ),
    st.builds(initializers.Orthogonal, FINITE),
)
ACTIVATIONS: st.SearchStrategy[Layer] = st.one_of(
    st.sampled_from((ReLU(), SELU(), Tanh(), Sigmoid(), Softplus(), GELU(), SiLU(), Mish())),
    st.builds(LeakyReLU, st.floats(0, 0.5)),
    st.builds(ELU, POSITIVE),
)
ELEMENTWISE: st.SearchStrategy[Layer] = st.one_of(ACTIVATIONS, st.builds(Dropout, st.floats(0, 0.875)))


@st.composite
def networks_between(draw: st.DrawFn, inputs: int, outputs: int, depth: int = 3) -> Layer:
    """A network from ``inputs`` to ``outputs`` features, with containers nested at most ``depth`` deep."""
    kinds = ["Linear", "LSTM", "Conv1d"]
    if depth:
        kinds += ["Sequential", "Sum"]
    if inputs == outputs:
        kinds += ["elementwise", "LayerNorm", "BatchNorm", "Scale", "Mixed", "SelfAttention"]
        kinds += ["Residual"] if depth else []
    match draw(st.sampled_from(kinds)):
        case "Sequential":
            hidden = draw(WIDTHS)
            first = draw(networks_between(inputs, hidden, depth - 1))
            last = draw(networks_between(hidden, outputs, depth - 1))
            return Sequential(first, draw(ELEMENTWISE), last)
        case "Sum":
            count = draw(st.integers(1, 3))
            return Sum(*(draw(networks_between(inputs, outputs, depth - 1)) for _ in range(count)))
        case "Residual":
            return Residual(draw(networks_between(inputs, outputs, depth - 1)))
        case "elementwise":
            return draw(ELEMENTWISE)
        case "LayerNorm":
            return LayerNorm(inputs, epsilon=draw(POSITIVE))
        case "BatchNorm":
            return BatchNorm(inputs, momentum=draw(st.floats(0, 0.5)))
        case "Scale":
            return Scale(inputs, scale_init=draw(ANY_SHAPE))
        case "Mixed":
            return Mixed(draw(ACTIVATIONS), inputs, mix_init=draw(ANY_SHAPE))
        case "SelfAttention":
            return SelfAttention(inputs, heads=inputs, weight_init=draw(MATRICES))
        case "LSTM":
            return LSTM(1, outputs, weight_init=draw(MATRICES))
        case "Conv1d":
            return Conv1d(1, outputs, kernel_size=inputs, bias_init=draw(ANY_SHAPE))
    weight_init, bias_init = draw(MATRICES), draw(ANY_SHAPE)
    return Linear(inputs, outputs, bias=draw(st.booleans()), weight_init=weight_init, bias_init=bias_init)


@pytest.fixture(scope="session")
def networks() -> st.SearchStrategy[tuple[Layer, int]]:
    """Networks together with the number of features that each takes."""
    return WIDTHS.flatmap(
        lambda inputs: st.tuples(
            WIDTHS.flatmap(lambda outputs: networks_between(inputs, outputs)), st.just(inputs)
        )
    )
