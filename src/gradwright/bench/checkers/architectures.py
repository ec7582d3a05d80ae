"""The architectures in which faults are planted, each a function that draws a model."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Model
from gradwright.bench.checkers.models.attention import Attention
from gradwright.bench.checkers.models.convolution import CONVOLUTION
from gradwright.bench.checkers.models.embedding import Embedding
from gradwright.bench.checkers.models.fully_connected import CHAINS, DROPOUT, REGRESSION
from gradwright.bench.checkers.models.lstm import LSTM
from gradwright.bench.checkers.models.normalization import BATCH, LAYER, RAW
from gradwright.bench.checkers.models.residual import SKIPS, TWO_BRANCHES


class Architecture(Protocol):
    """Draws a model: its data, and the point where its gradient is checked."""

    def __call__(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Model: ...


ARCHITECTURES: tuple[Architecture, ...] = (
    REGRESSION.draw,
    *(chain.draw for chain in CHAINS),
    TWO_BRANCHES.draw,
    SKIPS.draw,
    BATCH.draw,
    LAYER.draw,
    DROPOUT.draw,
    CONVOLUTION.draw,
    LSTM.draw,
    Attention.draw,
    Embedding.draw,
)

# Apart from the others: in float32 even its right gradient has few digits left.
RAW_DATA: Architecture = RAW.draw
