"""Stanford's CS231n: a forward and a backward with a cache between them, losses, classifiers, networks."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import gradwright as gw
from tools.wild.source import Question, found


def layers(theirs: Any) -> Iterator[Question]:
    """``affine_forward`` with ``affine_backward`` and its like; ``softmax_loss`` and ``svm_loss``."""
    draw = np.random.default_rng(11).standard_normal
    image, labels = draw((2, 3, 6, 6)), np.array([0, 2, 1, 1, 0])
    features = {"x": draw((6, 4)), "gamma": draw(4), "beta": draw(4)}
    channels = {"x": draw((2, 4, 3, 5)), "gamma": draw(4), "beta": draw(4)}
    groups = channels | {"gamma": draw((1, 4, 1, 1)), "beta": draw((1, 4, 1, 1))}
    convolution = {"x": image, "w": draw((4, 3, 3, 3)), "b": draw(4)}
    pairs: dict[str, dict[str, Any]] = {
        "affine": {"x": draw((4, 2, 3)), "w": draw((6, 5)), "b": draw(5)},
        "relu": {"x": draw((4, 5))},
        "leaky_relu": {"x": draw((4, 5)), "leak": 0.1},
        "affine_relu": {"x": draw((4, 2, 3)), "w": draw((6, 5)), "b": draw(5)},
        "batchnorm": features | {"bn_param": {"mode": "train"}},
        "layernorm": features | {"ln_param": {}},
        "dropout": {"x": draw((4, 5)), "dropout_param": {"mode": "train", "p": 0.6, "seed": 123}},
        "conv_naive": convolution | {"conv_param": {"stride": 1, "pad": 1}},
        "max_pool_naive": {"x": image, "pool_param": {"pool_height": 2, "pool_width": 2, "stride": 2}},
        "spatial_batchnorm": channels | {"bn_param": {"mode": "train"}},
        "spatial_groupnorm": groups | {"G": 2, "gn_param": {}},
    }
    for name, arguments in pairs.items():
        yield from _pair(theirs, name, arguments)
    yield from _pair(
        theirs, "batchnorm", features | {"bn_param": {"mode": "train"}}, "batchnorm_backward_alt"
    )
    wide = {"pool_height": 3, "pool_width": 3, "stride": 1}
    yield from _pair(theirs, "max_pool_naive", {"x": image, "pool_param": wide}, note=" with overlap")
    strided = convolution | {"x": draw((2, 3, 7, 7)), "conv_param": {"stride": 2, "pad": 1}}
    yield from _pair(theirs, "conv_naive", strided, note=" with stride 2")
    for name in ("softmax_loss", "svm_loss"):
        for loss in found(theirs, name):
            scores = next(iter(inspect.signature(loss).parameters))
            yield name, partial(gw.check_gradient, value_and_grad=loss, x=(draw((5, 3)), labels), wrt=scores)


def recurrent(theirs: Any) -> Iterator[Question]:
    """Recurrent layers, the embedding, and the loss over time."""
    draw = np.random.default_rng(12).standard_normal
    n, t, d, h, v = 2, 3, 4, 5, 6
    words = np.array([[0, 3, 3], [5, 0, 1]])
    for cell, gates in (("rnn", 1), ("lstm", 4)):
        weights = {"Wx": draw((d, gates * h)), "Wh": draw((h, gates * h)), "b": draw(gates * h)}
        step = {"x": draw((n, d)), "prev_h": draw((n, h))} | ({"prev_c": draw((n, h))} if gates == 4 else {})
        yield from _pair(theirs, f"{cell}_step", step | weights)
        yield from _pair(theirs, cell, {"x": draw((n, t, d)), "h0": draw((n, h))} | weights)
    yield from _pair(theirs, "word_embedding", {"x": words, "W": draw((v, d))})
    yield from _pair(theirs, "temporal_affine", {"x": draw((n, t, d)), "w": draw((d, h)), "b": draw(h)})
    for loss in found(theirs, "temporal_softmax_loss"):
        mask = np.array([[True, True, False], [True, False, True]])
        arguments = draw((n, t, v)), words, mask
        yield "temporal_softmax_loss", partial(gw.check_gradient, value_and_grad=loss, x=arguments, wrt="x")


def linear(theirs: Any) -> Iterator[Question]:
    """``svm_loss_naive(W, X, y, reg)`` and its like."""
    draw = np.random.default_rng(13).standard_normal
    arguments = 0.1 * draw((5, 3)), draw((8, 5)), np.arange(8) % 3, 0.1
    for name in (f"{loss}_loss_{how}" for loss in ("svm", "softmax") for how in ("naive", "vectorized")):
        for function in found(theirs, name):
            yield name, partial(gw.check_gradient, value_and_grad=function, x=arguments, wrt="W")


def networks(theirs: Any) -> Iterator[Question]:
    """``TwoLayerNet(...).loss(X, y)`` and its like, at all of its ``params``."""
    draw = np.random.default_rng(14).standard_normal
    x, image, y = draw((5, 6)), draw((3, 2, 8, 8)), np.array([0, 2, 1, 1, 0])
    for cls in found(theirs, "TwoLayerNet"):
        yield "TwoLayerNet", lambda: _network(cls(6, 7, 3), x, y)
    for cls in found(theirs, "FullyConnectedNet"):
        for name, more in (
            ("FullyConnectedNet", {}),
            ("FullyConnectedNet with batch normalization", {"normalization": "batchnorm"}),
            ("FullyConnectedNet with layer normalization", {"normalization": "layernorm"}),
        ):
            made = partial(cls, [7, 6], 6, 3, reg=0.3, weight_scale=0.3, dtype=np.float64, **more)
            yield name, lambda: _network(made(), x, y)
    for cls in found(theirs, "ThreeLayerConvNet"):
        sizes: dict[str, Any] = {
            "input_dim": (2, 8, 8), "num_filters": 3, "filter_size": 3, "hidden_dim": 7, "num_classes": 3
        }  # fmt: skip
        made = partial(cls, reg=0.3, weight_scale=0.3, dtype=np.float64, **sizes)
        yield "ThreeLayerConvNet", lambda: _network(made(), image, y[:3])
    for cls in found(theirs, "CaptioningRNN"):
        words = {"<NULL>": 0, "a": 1, "b": 2, "<START>": 3, "<END>": 4}
        captions = np.array([[3, 1, 2, 4], [3, 2, 4, 0]])
        for cell in ("rnn", "lstm"):
            made = partial(cls, words, 6, 4, 5, cell_type=cell, dtype=np.float64)
            yield f"CaptioningRNN, {cell}", lambda: _network(made(), x[:2], captions)


def _pair(
    theirs: Any, name: str, arguments: dict[str, Any], backward: str = "", note: str = ""
) -> Iterator[Question]:
    """The question of a pair, if the file has both."""
    stem, naive = name.removesuffix("_naive"), "_naive" if name.endswith("_naive") else ""
    forward = getattr(theirs, f"{stem}_forward{naive}", None)
    theirs_backward = getattr(theirs, backward or f"{stem}_backward{naive}", None)
    if forward and theirs_backward:
        yield f"{backward or name}{note}", partial(gw.check_pair, forward, theirs_backward, **arguments)


def _network(network: Any, *data: Any) -> gw.check.GradientReport:
    """``network.loss(X, y)`` returns the loss and a table of gradients by the names of its ``params``."""

    def loss(params: dict[str, Any]) -> Any:
        network.params = params
        return network.loss(*data)

    return gw.check_gradient(
        value_and_grad=loss, x={name: np.asarray(p) for name, p in network.params.items()}
    )
