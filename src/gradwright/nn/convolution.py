"""Convolution: the same weights at every step of a sequence."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.errors import ShapeError
from gradwright.fields import Count, Whole, check_fields
from gradwright.nn.initializers import HeNormal, Zeros, as_initializer
from gradwright.nn.layer import EVAL, Array, Cache, Initializer, Mode, Parameter, ParameterTree, Params
from gradwright.nn.sequences import as_rows, as_steps, steps_in, sum_of_products


@dataclass(frozen=True)
class Conv1d:
    """y_t = [x_(s t) ... x_(s t + k-1)] W + b        x (N, T i), W (k i, o), b (o,) -> y (N, T' o)

    dW = sum_t of window_t' dy_t, db = sum_t dy_t, and dx gathers at each step what dy_t W' says to the
    windows that saw it. T' = (T + 2 padding - k) // stride + 1.

    A row holds the T steps of a sequence one after the other, the numbers of a step side by side; so does y.

    Args:
        in_channels: i, the numbers of a step of x.
        out_channels: o, the numbers of a step of y.
        kernel_size: k, the neighbouring steps that make a window.
        stride: s, the steps from the beginning of a window to that of the next.
        padding: steps of zeros before and after the row; (k - 1) / 2 of them keep T for an odd k.
        weight_init: what W begins with.
        bias_init: what b begins with.

    ``output_features`` raises ``ShapeError`` for a row that holds no whole steps, or fewer than a window.
    LeCun et al., Backpropagation Applied to Handwritten Zip Code Recognition, Neural Computation 1989.

    >>> layer = Conv1d(1, 1, kernel_size=3, padding=1)
    >>> params = {"weight": np.ones((3, 1)), "bias": np.zeros(1)}
    >>> layer.forward(params, np.array([[1.0, 2.0, 4.0]]))[0]
    array([[3., 7., 6.]])
    """

    in_channels: Count
    out_channels: Count
    _: KW_ONLY
    kernel_size: Count
    stride: Count = 1
    padding: Whole = 0
    weight_init: Initializer = HeNormal()
    bias_init: Initializer = Zeros()

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("weight_init", "bias_init"):
            object.__setattr__(self, name, as_initializer(getattr(self, name), f"Conv1d.{name}"))

    def output_features(self, features: int | None) -> int | None:
        if features is None:
            return None
        name = f"Conv1d({self.in_channels}, {self.out_channels})"
        steps = steps_in(name, features, self.in_channels) + 2 * self.padding
        if steps < self.kernel_size:
            raise ShapeError(f"{name} takes {self.kernel_size} steps or more, found {steps} with padding")
        return ((steps - self.kernel_size) // self.stride + 1) * self.out_channels

    def parameters(self) -> ParameterTree:
        weight = Parameter((self.kernel_size * self.in_channels, self.out_channels), self.weight_init)
        return {"weight": weight, "bias": Parameter((self.out_channels,), self.bias_init)}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        zeros = self.padding * self.in_channels
        padded = as_steps(np.pad(x, ((0, 0), (zeros, zeros))), self.in_channels)
        steps = padded.shape[1]
        windows = np.concatenate([padded[:, seen] for seen in self._seen(steps)], axis=2)
        return as_rows(windows @ params["weight"] + params["bias"]), (windows, steps)

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        windows, steps = cache
        dy = as_steps(dy, self.out_channels)
        places = np.split(dy @ params["weight"].T, self.kernel_size, axis=2)
        dpadded = np.zeros((len(dy), steps, self.in_channels), dy.dtype)
        for seen, dplace in zip(self._seen(steps), places, strict=True):
            dpadded[:, seen] += dplace
        dx = as_rows(dpadded[:, self.padding : steps - self.padding])
        return dx, {"weight": sum_of_products(windows, dy), "bias": dy.sum(axis=(0, 1))}

    def _seen(self, steps: int) -> list[slice]:
        """The steps, of so many padded ones, that stand in the 1st, 2nd ... kth place of the windows."""
        last = steps - self.kernel_size
        return [slice(k, last + k + 1, self.stride) for k in range(self.kernel_size)]
