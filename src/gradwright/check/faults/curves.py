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

Curve: TypeAlias = Callable[[Array], Array]
STEEPNESS = math.sqrt(2 / math.pi)  # of tanh in the approximation of GELU (Hendrycks and Gimpel, 2016)
CUBIC = 0.044715


class Activation(NamedTuple):
    """h = value(z), its derivative by z, and where there is one, its formula by h."""

    value: Curve
    slope: Curve
    of_value: Curve | None = None


class Wrong(NamedTuple):
    """A derivative that is none of f's: how it is called, and its curve."""

    cause: Cause
    words: str
    curve: Curve


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _normal(z: Array) -> Array:
    """The distribution function of the normal distribution."""
    return np.array([0.5 * (1 + math.erf(each / math.sqrt(2))) for each in z])


def _gelu_tanh(z: Array) -> Array:
    return np.asarray(0.5 * z * (1 + np.tanh(STEEPNESS * (z + CUBIC * z**3))))


def _gelu_tanh_slope(z: Array) -> Array:
    t = np.tanh(STEEPNESS * (z + CUBIC * z**3))
    return np.asarray(0.5 * (1 + t) + 0.5 * z * (1 - t**2) * STEEPNESS * (1 + 3 * CUBIC * z**2))


def _normal_slope(z: Array) -> Array:
    return np.asarray(_normal(z) + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda h: 1 - h**2),
    "sigmoid": Activation(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), lambda h: h * (1 - h)),
    "softplus": Activation(lambda z: np.log1p(np.exp(z)), sigmoid),
    "swish": Activation(lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
    "GELU": Activation(lambda z: z * _normal(z), _normal_slope),
    "GELU by tanh": Activation(_gelu_tanh, _gelu_tanh_slope),
    "ELU": Activation(
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda z: np.exp(np.minimum(z, 0)),
        lambda h: np.where(h > 0, 1.0, 1 + h),
    ),
    "exp": Activation(np.exp, np.exp, lambda h: h),
}
# Curves that are nobody's derivative, and what is left out in them.
SLIPS: dict[str, tuple[tuple[str, Curve], ...]] = {
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


def _after(of_value: Curve, own: Activation) -> Curve:
    return lambda z: of_value(own.value(z))
