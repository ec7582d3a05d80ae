"""The mathematics: layers, losses, penalties and initialisers, each with its hand-written derivative."""

from gradwright.nn import initializers
from gradwright.nn.activations import (
    ELU,
    GELU,
    SELU,
    Elementwise,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from gradwright.nn.attention import SelfAttention
from gradwright.nn.builders import mlp, residual_mlp
from gradwright.nn.column_factors import Mixed, Scale
from gradwright.nn.columns import Columns
from gradwright.nn.convolution import Conv1d
from gradwright.nn.dropout import Dropout
from gradwright.nn.embedding import Embedding
from gradwright.nn.layer import EVAL, Layer, Loss, Mode, Parameter, Penalty
from gradwright.nn.linear import Linear
from gradwright.nn.losses import (
    LOSSES,
    BinaryCrossEntropy,
    Classifying,
    Focal,
    Hinge,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    OfClasses,
    Poisson,
    Probabilistic,
    Quantile,
    SoftmaxCrossEntropy,
)
from gradwright.nn.normalization import BatchNorm, LayerNorm
from gradwright.nn.objective import Objective
from gradwright.nn.parameters import ParameterLayout
from gradwright.nn.penalties import L1, L2, PENALTIES
from gradwright.nn.periodic import PeriodicEmbedding
from gradwright.nn.recurrent import LSTM
from gradwright.nn.residual import Residual, Sum, residual_block
from gradwright.nn.sequential import Sequential
from gradwright.nn.spec import NETWORK_KINDS, network_from_json, network_from_spec, network_to_json
from gradwright.nn.summary import summarize

__all__ = [
    "ELU",
    "EVAL",
    "GELU",
    "L1",
    "L2",
    "LOSSES",
    "LSTM",
    "NETWORK_KINDS",
    "PENALTIES",
    "SELU",
    "BatchNorm",
    "BinaryCrossEntropy",
    "Classifying",
    "Columns",
    "Conv1d",
    "Dropout",
    "Elementwise",
    "Embedding",
    "Focal",
    "Hinge",
    "Huber",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Mish",
    "Mixed",
    "Mode",
    "Objective",
    "OfClasses",
    "Parameter",
    "ParameterLayout",
    "Penalty",
    "PeriodicEmbedding",
    "Poisson",
    "Probabilistic",
    "Quantile",
    "ReLU",
    "Residual",
    "Scale",
    "SelfAttention",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Sum",
    "Tanh",
    "initializers",
    "mlp",
    "network_from_json",
    "network_from_spec",
    "network_to_json",
    "residual_block",
    "residual_mlp",
    "summarize",
]
