"""Units left out at random while training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradwright.errors import ConfigError
from gradwright.fields import Fraction, check_fields
from gradwright.nn.activations import Elementwise
from gradwright.nn.layer import EVAL, Array, Mode, Params
from gradwright.nn.noise import draw_keys, kept_entries


@dataclass(frozen=True)
class Dropout(Elementwise):
    """y = x m / (1 - rate), m ~ Bernoulli(1 - rate), while training; y = x in evaluation

    dx = dy m / (1 - rate). The division keeps the mean of y equal to x in both modes
    (Srivastava et al., JMLR 2014). ``mode.rng`` draws one key for the whole mask, whose entries are
    a function of it and of their place (``nn/noise.py``), the same in every engine.

    Args:
        rate: the share of entries that are left out.

    >>> import numpy as np
    >>> mode = Mode(training=True, rng=np.random.default_rng(0))
    >>> Dropout(0.5).forward({}, np.ones((1, 6)), mode)[0]
    array([[0., 0., 2., 2., 0., 0.]])
    """

    rate: Fraction = 0.5

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array | None]:
        if not mode.training:
            return x.copy(), None
        if mode.rng is None:
            raise ConfigError("Dropout: expected a generator in mode.rng while training, found None")
        (key,) = draw_keys(mode.rng, 1)
        kept = kept_entries(key, x.shape, self.rate).astype(x.real.dtype) / (1 - self.rate)
        return x * kept, kept

    def backward(self, params: Params, kept: Array | None, dy: Array) -> tuple[Array, dict[str, Any]]:
        return (dy.copy() if kept is None else dy * kept), {}
