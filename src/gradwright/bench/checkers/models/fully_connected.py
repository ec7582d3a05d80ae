"""Softmax regression, and chains of linear layers with activations and dropout in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradwright.bench.checkers.faulty import (
    FaultyLoss,
    Gradients,
    OnTheWay,
    at,
    cache_of,
    dparam_from,
    dx_from,
    from_cache,
    replaced,
    unseen,
)
from gradwright.bench.checkers.model import Fault
from gradwright.bench.checkers.models.layered import Layered
from gradwright.bench.checkers.models.pieces import one_hot, softmax
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array
from gradwright.nn import (
    L2,
    Dropout,
    Layer,
    LeakyReLU,
    Linear,
    Objective,
    ParameterLayout,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    mlp,
)
from gradwright.nn.layer import Cache, Params

PENALTY, LEARNING_RATE = 0.05, 0.5


def in_loss(name: str, wrong: Callable[[Array, Array], Array], *causes: Cause) -> OnTheWay:
    """``wrong`` of the probabilities and of the labels as zeros and ones, in the place of p - y."""

    def dlogits(logits: Array, labels: Array) -> Array:
        return wrong(softmax(logits), one_hot(labels, logits)) / len(labels)

    def plant(right: Objective) -> Objective:
        return replace(right, loss=FaultyLoss(right.loss, dlogits))

    return OnTheWay(Fault.of(name, *causes), plant)


def in_penalty(name: str, times: float, *causes: Cause) -> OnTheWay:
    """So many times the gradient of the L2 term."""
    return OnTheWay(Fault.of(name, *causes), lambda right: replace(right, penalty=L2(times * PENALTY)))


def of_next_class(p: Array, y: Array) -> Array:
    return np.asarray(p - np.roll(y, 1, axis=1))


def of_diagonal(p: Array, y: Array) -> Array:
    return np.asarray(-y * (1 - p))


def over_samples(p: Array, y: Array) -> Array:
    """With the softmax of log p over the samples, whose columns sum to 1, in the place of p."""
    return np.asarray(p / p.sum(axis=0) - y)


def of_squared_error(p: Array, y: Array) -> Array:
    by_p = p - y
    return np.asarray(p * (by_p - (by_p * p).sum(axis=1, keepdims=True)))


REGRESSION = Layered(
    "softmax regression",
    Linear(6, 5),
    "W b",
    (
        in_loss("probabilities minus the next class", of_next_class, Cause.WRONG_CLASS),
        in_loss("only the diagonal of the softmax's Jacobian", of_diagonal, Cause.SOFTMAX_DIAGONAL),
        in_loss("softmax over the samples", over_samples),
        in_loss("the gradient of the squared error", of_squared_error, Cause.OTHER_LOSS),
        in_loss("the sum over the samples", lambda p, y: (p - y) * len(y), Cause.MISSING_MEAN),
        in_loss("divided by the samples twice", lambda p, y: (p - y) / len(y), Cause.MEAN_TWICE),
        in_penalty("L2 term missing", 0, Cause.L2_MISSING),
        in_penalty("L2 term doubled", 2, Cause.L2_DOUBLED),
        in_penalty("L2 term without its factor 2", 0.5, Cause.L2_HALVED),
        at((), "samples paired with the errors of the next", from_cache(lambda x: np.roll(x, 1, axis=0))),
    ),
    samples=12,
    features=6,
    penalty=L2(PENALTY),
)


def stale(network: Layer, params: Params, caches: list[Cache], dy: Array) -> Gradients:
    """The last layer remembers what it saw with the parameters of another step."""
    layout = ParameterLayout.of(network)
    before = layout.tree(layout.initialize(np.random.default_rng(1), dy.dtype))
    return network.backward(params, [*caches[:-1], network.forward(before, caches[0])[1][-1]], dy)


def through_the_weight_below(network: Layer, params: Params, caches: list[Cache], dy: Array) -> Gradients:
    weight = params[str(len(caches) - 5)]["weight"]
    wrong = replaced(network, (-3,), dx_from(lambda _, __, ___, dy: dy @ weight.T))
    return wrong.backward(params, caches, dy)


def through_the_updated_weight(layer: Layer, params: Params, x: Array, dy: Array) -> Gradients:
    dparams = layer.backward(params, x, dy)[1]
    return dy @ (params["weight"] - LEARNING_RATE * dparams["weight"]).T, dparams


def at_the_output(layer: Layer, params: Params, y: Array, dy: Array) -> Gradients:
    """f'(f(z)) in the place of f'(z)."""
    return layer.backward(params, layer.forward(params, y)[1], dy)


def of_a_sigmoid(_: Layer, params: Params, y: Array, dy: Array) -> Gradients:
    """sigmoid'(z) where y = tanh z."""
    return Sigmoid().backward(params, Sigmoid().forward(params, np.arctanh(y))[1], dy)


OVER_FEATURES = dparam_from("bias", lambda _, dy: dy.sum(axis=1))
OVER_EVERYTHING = dparam_from("bias", lambda db, dy: np.full_like(db, dy.sum()))
LEAK_FORGOTTEN = dx_from(lambda _, params, positive, dy: ReLU().backward(params, positive, dy)[0])
NOT_TRANSPOSED = dx_from(lambda _, params, __, dy: dy @ params["weight"])
SIGMOID = "activation's derivative of a sigmoid"

# Places from the end of the chain: -1 is the last linear layer, -2 its activation, -3 the linear one before.
ANY = (
    at((-2,), "activation's derivative missing", unseen, Cause.ACTIVATION_MISSING),
    at((-3,), "bias summed over the features", OVER_FEATURES, Cause.BIAS_AXIS),
    at((-3,), "bias summed over everything", OVER_EVERYTHING, Cause.BIAS_AXIS),
    at((), "hidden values of the previous step", stale, Cause.FROZEN),
    at((-1,), "errors through the updated weight", through_the_updated_weight, Cause.UPDATE_ORDER),
)
SMOOTH = (at((-2,), "activation's derivative at the output", at_the_output, Cause.ACTIVATION_AT_OUTPUT),)
TANH = (at((-2,), SIGMOID, of_a_sigmoid, Cause.OTHER_ACTIVATION),)
LEAKY = (at((-2,), "leak forgotten", LEAK_FORGOTTEN, Cause.OTHER_ACTIVATION, Cause.WRONG_MASK),)
MASKED = (at((), "mask of the layer below", cache_of(-2, -4), Cause.WRONG_MASK),)
DEEP = (
    at((-3,), "errors through the weight, not its transpose", NOT_TRANSPOSED, Cause.TRANSPOSED),
    at((), "errors through the weight of the layer below", through_the_weight_below, Cause.OFF_BY_ONE),
    at((), "hidden values of the layer above", cache_of(-3, -1), Cause.OFF_BY_ONE),
)


def chain(depth: int, name: str, activation: Layer, *faults: tuple[OnTheWay, ...]) -> Layered:
    """As wide as its batch is long, so that sums and transposes along the wrong axis still fit."""
    arrays = " ".join(f"W{k} b{k}" for k in range(1, depth + 1))
    network = mlp(6, *[8] * (depth - 1), 5, activation=activation)
    planted = tuple(fault for family in (ANY, *faults) for fault in family)
    return Layered(f"{depth}-layer {name} network", network, arrays, planted, samples=8, features=6)


# relu's mask is the same at its output, and two layers have but one mask.
CHAINS = (
    chain(2, "tanh", Tanh(), SMOOTH, TANH),
    chain(2, "sigmoid", Sigmoid(), SMOOTH),
    chain(4, "relu", ReLU(), MASKED, DEEP),
    chain(4, "leaky", LeakyReLU(0.1), LEAKY, MASKED, DEEP),
    chain(8, "tanh", Tanh(), SMOOTH, TANH, DEEP),
)

# tanh remembers what dropout made of its values
DROPPED = from_cache(lambda caches: [*caches[:4], caches[4] * caches[5], *caches[5:]])
DROPOUT = Layered(
    "dropout",
    Sequential(
        *(Linear(6, 8), Tanh(), Dropout(0.25)),
        *(Linear(8, 8), Tanh(), Dropout(0.25)),
        Linear(8, 5, bias=False),
    ),
    "W1 b1 W2 b2 W3",
    (
        at((5,), "mask forgotten", unseen),
        at((5,), "1 / keep forgotten", from_cache(lambda kept: kept > 0), Cause.FACTOR),
        at((), "mask of the layer below", cache_of(5, 2), Cause.WRONG_MASK),
        at(
            (),
            "tanh's derivative from the dropped values",
            DROPPED,
            Cause.ACTIVATION_AT_OUTPUT,
            Cause.ACTIVATION_MISSING,
        ),
    ),
    samples=9,
    features=6,
)
