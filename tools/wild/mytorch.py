"""CMU's 11-785: layers with ``backward(dLdZ)``, losses with ``backward()``, cells of recurrent networks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import gradwright as gw
from tools.wild.source import Question, found

ACTIVATIONS = ("Identity", "Sigmoid", "Tanh", "ReLU", "GELU", "Softmax")
LOSSES = ("MSELoss", "CrossEntropyLoss", "SoftmaxCrossEntropy")


def layers(theirs: Any) -> Iterator[Question]:
    """Every class of the file that is known here by its name."""
    draw = np.random.default_rng(21).standard_normal
    rows, series, image = draw((5, 4)), draw((2, 3, 9)), draw((2, 3, 6, 6))
    made: dict[str, tuple[Callable[[Any], Any], Any]] = {
        **{name: (lambda cls: cls(), draw((4, 5))) for name in ACTIVATIONS},
        "Linear": (lambda cls: made_of(cls, 4, 3), rows),
        "BatchNorm": (lambda cls: cls(4), rows),
        "BatchNorm1d": (lambda cls: cls(4), rows),
        "BatchNorm2d": (lambda cls: cls(3), image),
        "Dropout": (lambda cls: cls(), rows),
        "Dropout2d": (lambda cls: cls(), image),
        "Flatten": (lambda cls: cls(), series),
        "Conv1D": (lambda cls: cls(3, 4, 3, 2), series),
        "Conv1d_stride1": (lambda cls: made_of(cls, 3, 4, 3), series),
        "Conv1d": (lambda cls: cls(3, 4, 3, 2), series),
        "Conv2D": (lambda cls: cls(3, 4, 3, 1), image),
        "Conv2d_stride1": (lambda cls: made_of(cls, 3, 4, 3), image),
        "Conv2d": (lambda cls: made_of(cls, 3, 4, 2, 2), image),
        "ConvTranspose1d": (lambda cls: made_of(cls, 3, 4, 3, 2), series),
        "ConvTranspose2d": (lambda cls: made_of(cls, 3, 4, 3, 2), image),
        "MaxPool2d_stride1": (lambda cls: cls(2), image),
        "MeanPool2d_stride1": (lambda cls: cls(2), image),
        "MaxPool2d": (lambda cls: cls(3, 2), draw((2, 3, 7, 7))),
        "MeanPool2d": (lambda cls: cls(3, 2), draw((2, 3, 7, 7))),
        "Upsample1d": (lambda cls: cls(2), series),
        "Downsample1d": (lambda cls: cls(2), series),
        "Upsample2d": (lambda cls: cls(2), image),
        "Downsample2d": (lambda cls: cls(2), image),
    }
    for name, (make, x) in made.items():
        for cls in found(theirs, name):
            if cls.__module__ == theirs.__name__:
                yield name, lambda: gw.check_layer(filled(make(cls)), x)
    labels = np.eye(4)[[0, 2, 1, 1, 3]]
    for name in LOSSES:
        for cls in found(theirs, name):
            yield name, lambda: gw.check_layer(cls(), rows, labels)


def cells(theirs: Any) -> Iterator[Question]:
    """A step in time: ``RNNCell``, whose backward is given what forward was, and ``GRUCell``."""
    draw = np.random.default_rng(22).standard_normal
    for cls in found(theirs, "RNNCell", "RNN_Cell"):
        yield "RNNCell", lambda: gw.check_layer(_Told(cls(4, 3)), draw((5, 4)), draw((5, 3)))
    for cls in found(theirs, "GRUCell", "GRU_Cell"):
        yield "GRUCell", lambda: gw.check_layer(cls(4, 3), draw(4), draw(3))


def made_of(cls: Any, *sizes: int) -> Any:
    """A layer of these sizes; some have to be told how to draw their parameters."""
    draw: Any = np.random.default_rng(24).standard_normal
    drawn = {name: lambda *shape: draw(shape) for name in ("weight_init_fn", "bias_init_fn")}
    asked = inspect.signature(cls).parameters
    return cls(*sizes, **{name: each for name, each in drawn.items() if name in asked})


def filled(layer: Any) -> Any:
    """The layer with random parameters, where it begins with zeros or ones."""
    draw = np.random.default_rng(23).standard_normal
    for each in (layer, *vars(layer).values()):
        for name in ("W", "b", "BW", "Bb", "gamma", "beta"):
            if isinstance(kept := getattr(each, name, None), np.ndarray):
                kept[...] = draw(kept.shape)
    return layer


class _Told:
    """A cell whose ``backward(dh, h, x, h_before)`` is told what went into forward and came out of it."""

    def __init__(self, cell: Any) -> None:
        self.cell = cell
        self.zero_grad = getattr(cell, "zero_grad", self._zeroed)

    def forward(self, x: Any, h_before: Any) -> Any:
        self.came = self.cell.forward(x, h_before), x, h_before
        return self.came[0]

    def backward(self, dh: Any) -> Any:
        return self.cell.backward(dh, *self.came)

    def _zeroed(self) -> None:
        for name, kept in vars(self.cell).items():
            if name.startswith("d") and isinstance(kept, np.ndarray):
                kept[...] = 0
