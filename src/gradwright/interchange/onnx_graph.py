"""Each layer as nodes of an ONNX graph, whose parameters keep gradwright's names and shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradwright.errors import ConfigError
from gradwright.nn import (
    ELU,
    GELU,
    LSTM,
    SELU,
    BatchNorm,
    Columns,
    Conv1d,
    Dropout,
    Embedding,
    LayerNorm,
    LeakyReLU,
    Linear,
    Mish,
    Mixed,
    PeriodicEmbedding,
    ReLU,
    Scale,
    SelfAttention,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from gradwright.nn.activations import SELU_ALPHA, SELU_SCALE
from gradwright.nn.layer import Array
from gradwright.nn.sequences import steps_in
from gradwright.nn.walk import Place

INT64 = 7  # as ONNX counts types
ONE_NODE = {ReLU: "Relu", Tanh: "Tanh", Sigmoid: "Sigmoid"}


@dataclass(eq=False)
class Graph:
    """Nodes in the order of their work, and constants by name; onnxruntime has each of them in float64 too.

    What it has in float32 alone, such as Softplus, LeakyRelu and Elu, is written in terms of others.
    """

    dtype: np.dtype[Any]
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)

    def add(self, kind: str, *inputs: str, outputs: int = 1, called: str = "", **settings: Any) -> str:
        """A node; returns the name of the last of its outputs, of which the others have none that is used."""
        from onnx import helper

        name = called or f"y{len(self.nodes) + 1}"
        unused = [""] * (outputs - 1)
        self.nodes.append(helper.make_node(kind, [*inputs], [*unused, name], **settings))
        return name

    def number(self, value: Any, dtype: Any = None) -> str:
        """A constant, by default in the precision of the graph."""
        name = f"c{len(self.constants) + 1}"
        self.constants[name] = np.asarray(value, dtype or self.dtype)
        return name

    def reshape(self, x: str, *shape: int) -> str:
        """x with its rows as they were, and ``shape`` beyond them."""
        return self.add("Reshape", x, self.number([0, *shape], np.int64))

    def through(self, place: Place, x: str) -> str:
        """What the layer at ``place`` makes of x (N, columns).

        Raises ``ConfigError`` that names a layer of another kind.
        """
        layer = place.layer
        prefix = f"{place.name}." if place.name else ""
        columns = place.features or 0
        match layer:
            case Linear():
                return self.add("Gemm", x, *(prefix + name for name in layer.parameters()))
            case ReLU() | Tanh() | Sigmoid():
                return self.add(ONE_NODE[type(layer)], x)
            case LeakyReLU():
                return self.add("Max", x, self.add("Mul", x, self.number(layer.slope)))
            case ELU():
                return self._elu(x, 1, layer.alpha)
            case SELU():
                return self._elu(x, SELU_SCALE, SELU_SCALE * SELU_ALPHA)
            case Softplus():
                return self._softplus(x)
            case GELU():
                return self.add("Gelu", x, approximate="tanh")
            case SiLU():
                return self.add("Mul", x, self.add("Sigmoid", x))
            case Mish():
                return self.add("Mul", x, self.add("Tanh", self._softplus(x)))
            case Dropout():
                return x
            case Scale():
                return self.add("Mul", x, f"{prefix}scale")
            case Mixed():
                f = self.through(Place(place.name, layer.activation, place.features), x)
                return self.add("Add", x, self.add("Mul", f"{prefix}mix", self.add("Sub", f, x)))
            case BatchNorm():
                arrays = [prefix + name for name in ("gamma", "beta", "mean", "variance")]
                return self.add("BatchNormalization", x, *arrays, epsilon=layer.epsilon)
            case LayerNorm():
                arrays = [prefix + name for name in ("gamma", "beta")]
                return self.add("LayerNormalization", x, *arrays, axis=-1, epsilon=layer.epsilon)
            case Embedding():
                rows = self.add("Gather", f"{prefix}weight", self.add("Cast", x, to=INT64), axis=0)
                return self.reshape(rows, columns * layer.features)
            case PeriodicEmbedding():
                return self._periodic(layer, prefix, x)
            case Columns():
                inner = zip(layer.children(place.name, None), layer.columns, strict=True)
                parts = [self.through(child, self._some(columns, x)) for child, columns in inner]
                parts += [self._some(layer.rest, x)] if layer.rest else []
                return self.add("Concat", *parts, axis=1)
            case Conv1d():
                return self._conv1d(layer, prefix, columns, x)
            case SelfAttention():
                return self._attention(layer, prefix, columns, x)
            case LSTM():
                return self._lstm(layer, prefix, columns, x)
        raise ConfigError(f"layer {place.name or '0'}: {type(layer).__name__} has no counterpart in ONNX yet")

    def _softplus(self, x: str) -> str:
        """max(x, 0) + log(1 + e^-|x|)"""
        small = self.add("Exp", self.add("Neg", self.add("Abs", x)))
        rest = self.add("Log", self.add("Add", small, self.number(1)))
        return self.add("Add", self.add("Relu", x), rest)

    def _elu(self, x: str, up: float, down: float) -> str:
        """up max(x, 0) + down (e^min(x, 0) - 1)"""
        above = self.add("Mul", self.add("Relu", x), self.number(up))
        decay = self.add("Sub", self.add("Exp", self.add("Min", x, self.number(0))), self.number(1))
        return self.add("Add", above, self.add("Mul", decay, self.number(down)))

    def _some(self, columns: tuple[int, ...], x: str) -> str:
        return self.add("Gather", x, self.number(columns, np.int64), axis=1)

    def _periodic(self, layer: PeriodicEmbedding, prefix: str, x: str) -> str:
        """x as (N, d, 1), its angles (N, d, h), and their cosines times W (d, h, m), feature by feature."""
        d, h = layer.features, layer.frequencies
        each = self.reshape(x, d, 1)
        angles = self.add("Mul", self.add("Mul", each, f"{prefix}frequency"), self.number(2 * math.pi))
        c = self.reshape(self.add("Cos", self.add("Add", angles, f"{prefix}phase")), d, 1, h)
        e = self.reshape(self.add("MatMul", c, f"{prefix}weight"), d, layer.numbers)
        both = self.add("Concat", each, self.add("Add", e, f"{prefix}bias"), axis=2)
        return self.reshape(both, d * (1 + layer.numbers))

    def _conv1d(self, layer: Conv1d, prefix: str, columns: int, x: str) -> str:
        """Windows of the padded sequence, gathered by the numbers of their steps, times the weights."""
        steps = steps_in("Conv1d", columns, layer.in_channels)
        out = (layer.output_features(columns) or 0) // layer.out_channels
        x, ends = self.reshape(x, steps, layer.in_channels), layer.padding
        if ends:
            x = self.add("Pad", x, self.number([0, ends, 0, 0, ends, 0], np.int64))
        seen = layer.stride * np.arange(out)[:, None] + np.arange(layer.kernel_size)
        windows = self.add("Gather", x, self.number(seen, np.int64), axis=1)
        windows = self.reshape(windows, out, layer.kernel_size * layer.in_channels)
        y = self.add("Add", self.add("MatMul", windows, f"{prefix}weight"), f"{prefix}bias")
        return self.reshape(y, out * layer.out_channels)

    def _attention(self, layer: SelfAttention, prefix: str, columns: int, x: str) -> str:
        """softmax(Q K' / sqrt(d / h)) V for each head, and the output's weights."""
        steps, each = steps_in("SelfAttention", columns, layer.features), layer.features // layer.heads
        x = self.reshape(x, steps, layer.features)

        def split(name: str, order: list[int]) -> str:
            y = self.add("MatMul", x, f"{prefix}{name}.weight")
            return self.add("Transpose", self.reshape(y, steps, layer.heads, each), perm=order)

        q, k, v = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]), split("value", [0, 2, 1, 3])
        scores = self.add("Div", self.add("MatMul", q, k), self.number(math.sqrt(each)))
        gathered = self.add("MatMul", self.add("Softmax", scores, axis=-1), v)
        joined = self.reshape(self.add("Transpose", gathered, perm=[0, 2, 1, 3]), steps, layer.features)
        return self.reshape(self.add("MatMul", joined, f"{prefix}output.weight"), columns)

    def _lstm(self, layer: LSTM, prefix: str, columns: int, x: str) -> str:
        """The node LSTM, which wants steps before rows, and the gates as rows in the order i, o, f, g."""
        if self.dtype != np.float32:
            raise ConfigError(f"LSTM in {self.dtype}: ONNX's runtimes have it in float32 alone")
        steps, h = steps_in("LSTM", columns, layer.in_features), layer.out_features
        order = self.number(np.arange(4 * h).reshape(4, h)[[0, 2, 1, 3]].ravel(), np.int64)
        first = self.number([0], np.int64)

        def gates(name: str) -> str:
            rows = self.add("Transpose", f"{prefix}{name}.weight", perm=[1, 0])
            return self.add("Unsqueeze", self.add("Gather", rows, order, axis=0), first)

        bias = self.add("Gather", f"{prefix}input.bias", order, axis=0)
        both = self.add("Concat", bias, self.number(np.zeros(4 * h)), axis=0)
        x = self.add("Transpose", self.reshape(x, steps, layer.in_features), perm=[1, 0, 2])
        inputs = (x, gates("input"), gates("hidden"), self.add("Unsqueeze", both, first))
        if layer.every_step:
            states = self.add("LSTM", *inputs, hidden_size=h)  # (T, 1, N, h)
            return self.reshape(self.add("Transpose", states, perm=[2, 0, 1, 3]), steps * h)
        last = self.add("LSTM", *inputs, outputs=2, hidden_size=h)  # (1, N, h)
        return self.add("Squeeze", last, first)
