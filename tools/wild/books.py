"""Layers of books, and of libraries that are for reading: one class each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import gradwright as gw
from tools.wild.source import Question, found

LABELS = np.array([0, 2, 1, 1, 0])


def from_scratch(theirs: Any) -> Iterator[Question]:
    """*Deep Learning from Scratch*, volume 1: parameters are arguments, gradients ``dW``, ``db``."""
    draw = np.random.default_rng(41).standard_normal
    rows, image = draw((5, 4)), draw((2, 3, 6, 6))
    yield from _layers(theirs, {
        "Relu": ((), rows),
        "Sigmoid": ((), rows),
        "Affine": ((draw((4, 3)), draw(3)), rows),
        "Dropout": ((), rows),
        "BatchNormalization": ((draw(4), draw(4)), rows),
        "Convolution": ((draw((4, 3, 3, 3)), draw(4), 1, 1), image),
        "Pooling": ((2, 2), image),
    })  # fmt: skip
    for cls in found(theirs, "Pooling"):
        yield "Pooling with overlap", lambda: gw.check_layer(cls(3, 3, 1), image)
    for cls_loss in found(theirs, "SoftmaxWithLoss"):
        yield "SoftmaxWithLoss", lambda: gw.check_layer(cls_loss(), draw((5, 3)), LABELS)


def from_scratch_2(theirs: Any) -> Iterator[Question]:
    """Volume 2: ``params`` and ``grads`` are lists, and there are layers over time."""
    draw = np.random.default_rng(42).standard_normal
    rows, series, words = draw((5, 4)), draw((2, 3, 4)), np.array([[0, 3, 3], [5, 0, 1]])
    weights = {gates: (draw((4, gates * 5)), draw((5, gates * 5)), draw(gates * 5)) for gates in (1, 3, 4)}
    yield from _layers(theirs, {
        "MatMul": ((draw((4, 3)),), rows),
        "Affine": ((draw((4, 3)), draw(3)), rows),
        "Softmax": ((), rows),
        "Sigmoid": ((), rows),
        "Dropout": ((), rows),
        "Embedding": ((draw((6, 4)),), np.array([0, 3, 3, 1])),
        "TimeRNN": (weights[1], series),
        "TimeLSTM": (weights[4], series),
        "TimeGRU": (weights[3], series),
        "TimeEmbedding": ((draw((6, 4)),), words),
        "TimeAffine": ((draw((4, 3)), draw(3)), series),
        "TimeDropout": ((), series),
        "TimeBiLSTM": ((*weights[4], *(draw(w.shape) for w in weights[4])), series),
    })  # fmt: skip
    for name, gates in (("RNN", 1), ("GRU", 3)):
        for cls in found(theirs, name):
            yield name, lambda: gw.check_layer(cls(*weights[gates]), rows, draw((5, 5)))
    losses: dict[str, tuple[Any, Any]] = {
        "SoftmaxWithLoss": (draw((5, 3)), LABELS),
        "SigmoidWithLoss": (draw(5), np.array([0, 1, 1, 0, 1])),
        "TimeSoftmaxWithLoss": (draw((2, 3, 6)), words),
        "TimeSigmoidWithLoss": (draw((2, 3)), np.array([[0, 1, 1], [0, 1, 0]])),
    }
    for name, (scores, labels) in losses.items():
        for cls in found(theirs, name):
            yield name, lambda: gw.check_layer(cls(), scores, labels)


def nnfs(theirs: Any) -> Iterator[Question]:
    """*Neural Networks from Scratch in Python*: forward and backward leave what they made."""
    draw = np.random.default_rng(43).standard_normal
    rows = draw((5, 4))
    yield from _layers(theirs, {
        "Layer_Dense": ((4, 3), rows),
        "Layer_Dropout": ((0.3,), rows),
        "Activation_ReLU": ((), rows),
        "Activation_Softmax": ((), rows),
        "Activation_Sigmoid": ((), rows),
        "Activation_Linear": ((), rows),
    }, training=True)  # fmt: skip
    p = np.abs(draw((5, 4))) + 0.1
    p, t = p / p.sum(axis=1, keepdims=True), np.eye(4)[[0, 2, 1, 1, 3]]
    for name, guess, truth in (
        ("Loss_CategoricalCrossentropy", p, t),
        ("Loss_BinaryCrossentropy", p, np.round(p)),
        ("Loss_MeanSquaredError", rows, draw((5, 4))),
        ("Loss_MeanAbsoluteError", rows, draw((5, 4))),
    ):
        for cls in found(theirs, name):
            yield name, lambda: _nnfs_loss(cls(), guess, truth)


def _nnfs_loss(loss: Any, x: Any, t: Any) -> Any:
    """A loss for each sample by ``forward``, and by ``backward`` the gradient of their mean."""

    def gradient(x: Any) -> Any:
        loss.backward(x, t)
        return loss.dinputs

    return gw.check_gradient(lambda x: np.mean(loss.forward(x, t)), gradient, x)


def numpy_ml_layers(theirs: Any) -> Iterator[Question]:
    """numpy-ml: tables of parameters and gradients, which are made in the first forward."""
    draw = np.random.default_rng(44).standard_normal
    rows, image, series = draw((5, 4)), draw((2, 6, 6, 3)), draw((2, 9, 3))
    made: dict[str, tuple[dict[str, Any], Any]] = {
        "FullyConnected": ({"n_out": 3, "act_fn": "Tanh"}, rows),
        "Softmax": ({}, rows),
        "BatchNorm1D": ({}, rows),
        "BatchNorm2D": ({}, image),
        "LayerNorm1D": ({}, rows),
        "LayerNorm2D": ({}, image),
        "Flatten": ({}, image),
        "Conv1D": ({"out_ch": 4, "kernel_width": 3, "act_fn": "Tanh"}, series),
        "Conv2D": ({"out_ch": 4, "kernel_shape": (3, 3), "act_fn": "Tanh"}, image),
        "Deconv2D": ({"out_ch": 4, "kernel_shape": (3, 3), "act_fn": "Tanh"}, image),
        "Pool2D": ({"kernel_shape": (2, 2), "stride": 2}, image),
        "SparseEvolution": ({"n_out": 3, "act_fn": "Tanh"}, rows),
        "RNN": ({"n_out": 3}, draw((5, 4, 2))),
        "LSTM": ({"n_out": 3}, draw((5, 4, 2))),
        "Embedding": ({"n_out": 3, "vocab_size": 6}, np.array([[0, 3, 3], [5, 0, 1]])),
    }
    for name, (settings, x) in made.items():
        cls = getattr(theirs, name)
        yield name, lambda: gw.check_layer(_Flushed(cls(**settings), x), x)
    yield (
        "Pool2D, mean",
        lambda: gw.check_layer(_Flushed(theirs.Pool2D((2, 2), 2, mode="average"), image), image),
    )


class _Flushed:
    """A layer that is made by its first forward, and forgets what earlier calls left in it before each."""

    def __init__(self, layer: Any, x: Any) -> None:
        layer.forward(x)
        self.layer = layer
        self.params = layer.parameters

    def forward(self, x: Any) -> Any:
        self.layer.flush_gradients()
        return self.layer.forward(x)

    def backward(self, dy: Any) -> Any:
        dx = self.layer.backward(dy)
        self.grads = self.layer.gradients
        return dx


def functions(theirs: Any) -> Iterator[Question]:
    """Activations with ``fn(z)`` or ``__call__(z)``, and ``grad(z)`` or ``gradient(z)``, entry by entry."""
    z = np.random.default_rng(45).standard_normal((4, 5))
    for name, cls in list(vars(theirs).items()):
        grad = "grad" if hasattr(cls, "grad") else "gradient"
        if isinstance(cls, type) and hasattr(cls, grad) and "Base" not in name:
            yield name, lambda: _entries(cls(), grad, z)


def _entries(activation: Any, grad: str, z: Any) -> Any:
    """Through weights on the outputs, as a layer behind would have them."""
    u = np.random.default_rng(48).standard_normal(z.shape)
    return gw.check_gradient(
        lambda z: (u * activation(z)).sum(), lambda z: u * getattr(activation, grad)(z), z
    )


def losses(theirs: Any) -> Iterator[Question]:
    """``loss(y, p)`` with ``gradient(y, p)``."""
    draw = np.random.default_rng(46)
    y, p = np.eye(4)[[0, 2, 1, 1, 3]], draw.uniform(0.1, 0.9, (5, 4))
    for name in ("SquareLoss", "CrossEntropy"):
        loss = getattr(theirs, name)()
        yield (
            name,
            partial(
                gw.check_gradient,
                lambda p: loss.loss(y, p).sum(),
                lambda p: loss.gradient(y, p),
                p,
            ),
        )


def engine(theirs: Any) -> Iterator[Question]:
    """Scalars with ``backward()``, as in micrograd."""
    x = np.random.default_rng(47).standard_normal(5)

    def value(v: list[Any]) -> Any:
        a, b, c, d, e = v
        hidden = (a * b + c).relu() + (a * d - b / (c * c + 2)).relu()
        return (hidden * e + d**3 - 1 / (e * e + 1)) * 0.5 + hidden * hidden

    def gradient(x: Any) -> Any:
        leaves = [theirs.Value(float(each)) for each in x]
        value(leaves).backward()
        return np.array([float(leaf.grad) for leaf in leaves])

    f: Callable[[Any], float] = lambda x: value([theirs.Value(float(each)) for each in x]).data  # noqa: E731
    yield "Value", lambda: gw.check_gradient(f, gradient, x)


def _layers(theirs: Any, made: dict[str, tuple[Any, Any]], **options: Any) -> Iterator[Question]:
    for name, (arguments, x) in made.items():
        for cls in found(theirs, name):
            yield (
                name,
                lambda: gw.check_layer(cls(*arguments), x, **options),
            )
