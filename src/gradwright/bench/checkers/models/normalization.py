"""Networks with batch normalisation and with layer normalisation: tanh(norm(X W)) V + c."""

from __future__ import annotations

import numpy as np

from gradwright.bench.checkers.faulty import Backward, Gradients, OnTheWay, at, dparam_from, dx_from
from gradwright.bench.checkers.models.layered import Layered
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array
from gradwright.nn import BatchNorm, Layer, LayerNorm, Linear, Mode, Sequential, Tanh
from gradwright.nn.layer import Cache, Params

RAW_MEAN = 300.0  # of features that nobody centred, such as temperatures in kelvin


def dx_with(axis: int, *, by_mean: bool = True, by_variance: bool = True, gamma: bool = True) -> Backward:
    """dx = (dz - mean dz - z mean(dz z)) / s, means along ``axis``, without what is told to be left out."""

    def dx(_: Layer, params: Params, cache: Cache, dy: Array) -> Array:
        z, s, *_ = cache
        dz = params["gamma"] * dy if gamma else dy
        through_mean = dz.mean(axis=axis, keepdims=True)
        through_variance = z * (dz * z).mean(axis=axis, keepdims=True)
        return np.asarray((dz - by_mean * through_mean - by_variance * through_variance) / s)

    return dx_from(dx)


def in_single(network: Layer, params: Params, caches: list[Cache], dy: Array) -> Gradients:
    """Forward and backward in float32, whatever the parameters are."""
    single = {k: {name: a.astype(np.float32) for name, a in own.items()} for k, own in params.items()}
    _, again = network.forward(single, caches[0].astype(np.float32), Mode(training=True))
    return network.backward(single, again, dy.astype(np.float32))


def faults_along(axis: int) -> tuple[OnTheWay, ...]:
    """Those of a normalisation whose moments are taken along ``axis``."""
    constant = dx_with(axis, by_mean=False, by_variance=False)
    without_z = dparam_from("gamma", lambda _, dy: dy.sum(axis=0))
    return (
        at((1,), "mean and variance held constant", constant, Cause.MOMENT),
        at((1,), "variance held constant", dx_with(axis, by_variance=False), Cause.MOMENT),
        at((1,), "mean held constant", dx_with(axis, by_mean=False), Cause.MOMENT),
        at((1,), "gamma's gradient without z_hat", without_z),
        at((1,), "gamma forgotten on the way back", dx_with(axis, gamma=False)),
        at((1,), "moments over the wrong axis", dx_with(1 - axis)),
    )


def normalized(name: str, norm: Layer, faults: tuple[OnTheWay, ...], mean: float = 0.0) -> Layered:
    network = Sequential(Linear(6, 7, bias=False), norm, Tanh(), Linear(7, 5))
    return Layered(name, network, "W gamma beta V c", faults, samples=9, features=6, mean=mean)


BATCH = normalized("batch norm", BatchNorm(7), faults_along(0))
LAYER = normalized("layer norm", LayerNorm(7), faults_along(1))
RAW = normalized(  # rounding grows with the square of the mean
    "batch norm of raw data", BatchNorm(7), (at((), "float32 inside", in_single),), mean=RAW_MEAN
)
