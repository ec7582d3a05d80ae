"""The activations that people write, with their derivatives, and the derivatives that they get instead.

Each is a function of z, what goes in. A wrong derivative is another function of z than f has, and no two of
those here are proportional where z is spread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

Function: TypeAlias = Callable[[Array], Array]
STEEPNESS = math.sqrt(2 / math.pi)  # of tanh in the approximation of GELU (Hendrycks and Gimpel, 2016)
CUBIC = 0.044715
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al., 2017


class Curve(NamedTuple):
    """h = value(z), its derivative by z, and where it is written so, its formula by h."""

    value: Function
    slope: Function
    of_value: Function | None = None


class Wrong(NamedTuple):
    """A derivative that is none of f's: how it is called, and its curve."""

    cause: Cause
    words: str
    curve: Function


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _normal(z: Array) -> Array:
    """The distribution function of the normal distribution."""
    return np.array([0.5 * (1 + math.erf(each / math.sqrt(2))) for each in z])


def _gelu_slope(z: Array) -> Array:
    return np.asarray(_normal(z) + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))


def _gelu_tanh(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + np.tanh(STEEPNESS * (z + CUBIC * z**3))))


def _gelu_tanh_slope(z: Array) -> Array:
    t = np.tanh(STEEPNESS * (z + CUBIC * z**3))
    return np.asarray(0.5 * (1 + t) + 0.5 * z * (1 - t**2) * STEEPNESS * (1 + 3 * CUBIC * z**2))


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _selu(z: Array) -> Array:
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0)))


def _selu_slope(z: Array) -> Array:
    return SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA * np.exp(np.minimum(z, 0)))


def _selu_of_value(h: Array) -> Array:
    return np.where(h > 0, SELU_SCALE, h + SELU_SCALE * SELU_ALPHA)


def _mish(z: Array) -> Array:
    return np.asarray(z * np.tanh(np.logaddexp(0, z)))


def _mish_slope(z: Array) -> Array:
    t = np.tanh(np.logaddexp(0, z))
    return np.asarray(t + z * (1 - t**2) * sigmoid(z))


SMOOTH: dict[str, Curve] = {
    "sigmoid": Curve(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), lambda h: h * (1 - h)),
    "tanh": Curve(np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda h: 1 - h**2),
    "softplus": Curve(lambda z: np.logaddexp(0, z), sigmoid, lambda h: 1 - np.exp(-h)),
    "silu": Curve(lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
    "gelu": Curve(lambda z: z * _normal(z), _gelu_slope),
    "gelu (tanh)": Curve(_gelu_tanh, _gelu_tanh_slope),
    "elu": Curve(_elu, lambda z: np.exp(np.minimum(z, 0)), lambda h: np.where(h > 0, 1.0, h + 1)),
    "selu": Curve(_selu, _selu_slope, _selu_of_value),
    "mish": Curve(_mish, _mish_slope),
    "softsign": Curve(
        lambda z: z / (1 + np.abs(z)), lambda z: 1 / (1 + np.abs(z)) ** 2, lambda h: (1 - np.abs(h)) ** 2
    ),
    "arctan": Curve(np.arctan, lambda z: 1 / (1 + z**2), lambda h: 1 / (1 + np.tan(h) ** 2)),
    "exp": Curve(np.exp, np.exp, lambda h: h),
    "sin": Curve(np.sin, np.cos),
    "square": Curve(np.square, lambda z: 2 * z),
}
# Those that are looked for where f alone is known, in the order in which they are asked.
ACTIVATIONS: dict[str, Curve] = {
    "tanh": SMOOTH["tanh"],
    "sigmoid": SMOOTH["sigmoid"],
    "softplus": SMOOTH["softplus"]._replace(of_value=None),
    "swish": SMOOTH["silu"],
    "GELU": SMOOTH["gelu"],
    "GELU by tanh": SMOOTH["gelu (tanh)"],
    "ELU": SMOOTH["elu"],
    "SELU": SMOOTH["selu"],
    "Mish": SMOOTH["mish"],
    "exp": SMOOTH["exp"],
}
# Curves that are nobody's derivative, and what is left out in them.
SLIPS: dict[str, tuple[tuple[str, Function], ...]] = {
    "tanh": (("1 - tanh", lambda z: 1 - np.tanh(z)), ("1 + tanh^2", lambda z: 1 + np.tanh(z) ** 2)),
    "sigmoid": (("1 - sigmoid", lambda z: 1 - sigmoid(z)),),
    "swish": (("z sigmoid (1 - sigmoid) alone", lambda z: z * sigmoid(z) * (1 - sigmoid(z))),),
    "GELU by tanh": (
        ("1 + tanh alone, halved", lambda z: 0.5 * (1 + np.tanh(STEEPNESS * (z + CUBIC * z**3)))),
        ("sigmoid(1.702 z)", lambda z: sigmoid(1.702 * z)),
    ),
    "GELU": (
        ("the distribution function alone", _normal),
        ("sigmoid(1.702 z)", lambda z: sigmoid(1.702 * z)),
    ),
    "Mish": (("tanh(softplus) alone", lambda z: np.tanh(np.logaddexp(0, z))),),
    "ELU": (("its value at negative z", lambda z: np.where(z > 0, 1.0, np.expm1(np.minimum(z, 0)))),),
}


def wrong_derivatives(name: str) -> Iterator[Wrong]:
    """What may stand in the place of the derivative of one of the ``ACTIVATIONS``."""
    own = ACTIVATIONS[name]
    yield Wrong(Cause.ACTIVATION_MISSING, f"1 for {name}'s derivative", np.ones_like)
    yield Wrong(
        Cause.ACTIVATION_AT_OUTPUT, f"{name}'s derivative at its own value", lambda z: own.slope(own.value(z))
    )
    yield Wrong(Cause.ACTIVATION_TWICE, f"{name}'s derivative twice", lambda z: own.slope(z) ** 2)
    if own.of_value is not None:
        words = f"{name}'s derivative, in the form for its value, of what goes in"
        yield Wrong(Cause.ACTIVATION_AT_INPUT, words, own.of_value)
    in_its_place = f"in place of {name}'s"
    for other, (value, slope, of_value) in ACTIVATIONS.items():
        if other != name:
            yield Wrong(Cause.OTHER_ACTIVATION, f"{other}'s derivative {in_its_place}", slope)
            yield Wrong(Cause.OTHER_ACTIVATION, f"{other}'s value {in_its_place} derivative", value)
            if of_value is not None:
                yield Wrong(
                    Cause.OTHER_ACTIVATION, f"{other}'s derivative {in_its_place}", _after(of_value, own)
                )
    for words, curve in (
        ("its value", own.value),
        ("0 and 1 of a ReLU", lambda z: np.where(z > 0, 1.0, 0.0)),
    ):
        yield Wrong(Cause.OTHER_ACTIVATION, f"{words} {in_its_place} derivative", curve)
    for words, curve in SLIPS.get(name, ()):
        yield Wrong(Cause.OTHER_ACTIVATION, f"{words} {in_its_place} derivative", curve)


def _after(of_value: Function, own: Curve) -> Function:
    return lambda z: of_value(own.value(z))
