"""Two convolutions with zeros at the borders, each with a tanh, and a linear layer on all places."""

from __future__ import annotations

import numpy as np

from gradwright.bench.checkers.faulty import at, dparam_from, dx_from, from_cache, unseen
from gradwright.bench.checkers.models.layered import Layered
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array
from gradwright.nn import Conv1d, Layer, Linear, Sequential, Tanh
from gradwright.nn.layer import Cache, Params

SAMPLES, LENGTH, KERNEL = 4, 10, 3


def one_place_too_far(cache: Cache) -> Cache:
    """Windows that begin at their second number and end with the first one of the step that follows."""
    windows, steps = cache
    first = -windows.shape[2] // KERNEL
    following = np.pad(windows[:, 1:, first, None], ((0, 0), (0, 1), (0, 0)))
    return np.concatenate([windows[:, :, 1:], following], axis=2), steps


def last_place_left_out(cache: Cache) -> Cache:
    windows, steps = cache
    return np.concatenate([windows[:, :-1], np.zeros_like(windows[:, :1])], axis=1), steps


def not_turned_round(layer: Layer, params: Params, cache: Cache, dy: Array) -> Array:
    weight = params["weight"]
    turned = weight.reshape(KERNEL, -1, weight.shape[1])[::-1].reshape(weight.shape)
    return layer.backward({**params, "weight": turned}, cache, dy)[0]


def channels_before_places(x: Array) -> Array:
    return x.reshape(SAMPLES, LENGTH, -1).swapaxes(1, 2).reshape(SAMPLES, -1)


BACK_TO_FRONT = dparam_from("weight", lambda dweight, _: dweight[::-1])
CONVOLUTION = Layered(
    "convolution",
    Sequential(
        *(Conv1d(2, 4, kernel_size=KERNEL, padding=1), Tanh()),
        *(Conv1d(4, 3, kernel_size=KERNEL, padding=1), Tanh()),
        Linear(LENGTH * 3, 5, bias=False),
    ),
    "K1 b1 K2 b2 W",
    (
        at((2,), "windows one place too far", from_cache(one_place_too_far), Cause.OFF_BY_ONE),
        at((2,), "kernel's gradient back to front", BACK_TO_FRONT, Cause.REVERSED),
        at((2,), "kernel not turned round on the way back", dx_from(not_turned_round)),
        at((2,), "last place left out", from_cache(last_place_left_out)),
        at((4,), "channels flattened before places", from_cache(channels_before_places), Cause.FLATTENED),
        at((3,), "tanh's derivative missing", unseen, Cause.ACTIVATION_MISSING),
    ),
    samples=SAMPLES,
    features=LENGTH * 2,
)
