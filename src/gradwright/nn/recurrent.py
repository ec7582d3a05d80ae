"""Recurrence: one step of a sequence after the other, with a memory in between."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.fields import Count, check_fields
from gradwright.nn.activations import sigmoid
from gradwright.nn.initializers import GlorotUniform, Zeros, as_initializer
from gradwright.nn.layer import EVAL, Array, Cache, Initializer, Mode, Parameter, ParameterTree, Params
from gradwright.nn.sequences import as_rows, as_steps, steps_in, sum_of_products


@dataclass(frozen=True)
class LSTM:
    """c_t = f c_(t-1) + i g,  h_t = o tanh c_t,  z_t = x_t W + h_(t-1) U + b,  h_0 = c_0 = 0

    [i f o] = sigmoid of the first three quarters of z_t, g = tanh of the last
    x (N, T d), W (d, 4 h), U (h, 4 h), b (4 h,) -> y (N, h), the last h_t; with ``every_step`` (N, T h), all

    From the last step to the first: dc += dh o (1 - tanh^2 c), dz = [g dc i(1-i), c_(t-1) dc f(1-f),
    dh tanh c o(1-o), i dc (1-g^2)], dx_t = dz W'; then dh = dz U' and dc = f dc for the step before.

    A row holds the T steps of a sequence one after the other, the d numbers of a step side by side. W is
    called input.weight, U hidden.weight and b input.bias.

    Args:
        in_features: d, the numbers of a step of x.
        out_features: h, the numbers of the state.
        every_step: whether y holds the state after every step, or after the last alone.
        weight_init: what W and U begin with.
        bias_init: what b begins with.

    ``output_features`` raises ``ShapeError`` for a row that holds no whole steps.
    Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; the forget gate f: Gers et al., 2000.

    >>> layer = LSTM(2, 5)
    >>> layer.output_features(8), LSTM(2, 5, every_step=True).output_features(8)    # four steps
    (5, 20)
    """

    in_features: Count
    out_features: Count
    _: KW_ONLY
    every_step: bool = False
    weight_init: Initializer = GlorotUniform()
    bias_init: Initializer = Zeros()

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("weight_init", "bias_init"):
            object.__setattr__(self, name, as_initializer(getattr(self, name), f"LSTM.{name}"))

    def output_features(self, features: int | None) -> int | None:
        if features is None:
            return None if self.every_step else self.out_features
        steps = steps_in(f"LSTM({self.in_features}, {self.out_features})", features, self.in_features)
        return steps * self.out_features if self.every_step else self.out_features

    def parameters(self) -> ParameterTree:
        gates = 4 * self.out_features
        weight = Parameter((self.in_features, gates), self.weight_init)
        bias = Parameter((gates,), self.bias_init)
        recurrent = Parameter((self.out_features, gates), self.weight_init)
        return {"input": {"weight": weight, "bias": bias}, "hidden": {"weight": recurrent}}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        x = as_steps(x, self.in_features)
        U, from_x = params["hidden"]["weight"], x @ params["input"]["weight"] + params["input"]["bias"]
        h = c = np.zeros((len(x), self.out_features), from_x.dtype)
        states = [(h, c)]
        gates = []
        for t in range(x.shape[1]):
            z_i, z_f, z_o, z_g = np.split(from_x[:, t] + h @ U, 4, axis=1)
            i, f, o, g = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o), np.tanh(z_g)
            c = f * c + i * g
            h = o * np.tanh(c)
            states.append((h, c))
            gates.append((i, f, o, g))
        return np.hstack([h for h, _ in states[1:]]) if self.every_step else h, (x, states, gates)

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        x, states, gates = cache
        W, U, steps = params["input"]["weight"], params["hidden"]["weight"], len(gates)
        above = np.pad(dy, ((0, 0), (steps * self.out_features - dy.shape[1], 0)))  # 0 for steps not put out
        above = as_steps(above, self.out_features)
        dh = dc = np.zeros_like(above[:, 0])
        dz = np.empty((len(x), steps, 4 * self.out_features), dy.dtype)
        for t in reversed(range(steps)):
            (i, f, o, g), (_, c_before), (_, c) = gates[t], states[t], states[t + 1]
            dh, tanh_c = dh + above[:, t], np.tanh(c)
            dc = dc + dh * o * (1 - tanh_c * tanh_c)
            by_gate = (g * dc * i * (1 - i), c_before * dc * f * (1 - f), dh * tanh_c * o * (1 - o))
            dz[:, t] = np.hstack([*by_gate, i * dc * (1 - g * g)])
            dh, dc = dz[:, t] @ U.T, f * dc

        h_before = np.stack([h for h, _ in states[:-1]], axis=1)
        dinput = {"weight": sum_of_products(x, dz), "bias": dz.sum(axis=(0, 1))}
        return as_rows(dz @ W.T), {"input": dinput, "hidden": {"weight": sum_of_products(h_before, dz)}}
