"""The architectures in which faults are planted, each a function that draws a model."""

from __future__ import annotations

from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Model
from gradwright.bench.checkers.models.attention import Attention
from gradwright.bench.checkers.models.convolution import ConvolutionNetwork
from gradwright.bench.checkers.models.dropout import DropoutNetwork
from gradwright.bench.checkers.models.embedding import Embedding
from gradwright.bench.checkers.models.lstm import LSTM
from gradwright.bench.checkers.models.network import Network
from gradwright.bench.checkers.models.normalization import RAW_MEAN, NormalizedNetwork
from gradwright.bench.checkers.models.residual import SkipNetwork, TwoBranchNetwork
from gradwright.bench.checkers.models.softmax_regression import SoftmaxRegression


class Architecture(Protocol):
    """Draws a model: its data, and the point where its gradient is checked."""

    def __call__(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Model: ...


ARCHITECTURES: tuple[Architecture, ...] = (
    SoftmaxRegression.draw,
    partial(Network.draw, depth=2, activation="tanh"),
    partial(Network.draw, depth=2, activation="sigmoid"),
    partial(Network.draw, depth=4, activation="relu"),
    partial(Network.draw, depth=4, activation="leaky"),
    partial(Network.draw, depth=8, activation="tanh"),
    TwoBranchNetwork.draw,
    SkipNetwork.draw,
    partial(NormalizedNetwork.draw, axis=0),
    partial(NormalizedNetwork.draw, axis=1),
    DropoutNetwork.draw,
    ConvolutionNetwork.draw,
    LSTM.draw,
    Attention.draw,
    Embedding.draw,
)

# Apart from the others: in float32 even its right gradient has few digits left.
RAW_DATA: Architecture = partial(NormalizedNetwork.draw, axis=0, mean=RAW_MEAN)
