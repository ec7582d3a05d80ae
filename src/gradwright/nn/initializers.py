"""How parameters begin: frozen descriptions, called with a shape and a generator.

Every draw is made in float64 and then rounded, so that a float32 and a float64 run of one seed start from
the same numbers. A weight has the shape (in, out): fan_in counts the inputs of a unit, fan_out its uses.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

import numpy as np

from gradwright.errors import ConfigError
from gradwright.fields import NonNegative, check_fields
from gradwright.nn.layer import Array, Initializer
from gradwright.specs import as_kind, kinds_of


@dataclass(frozen=True)
class Constant:
    """w = value

    Args:
        value: of every entry.
    """

    value: float

    def __post_init__(self) -> None:
        check_fields(self)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Zeros:
    """w = 0        for biases: a hidden weight that starts at zero keeps all its units equal for ever"""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return np.zeros(shape)


@dataclass(frozen=True)
class Uniform:
    """w ~ U[low, high)

    Args:
        low: the least value.
        high: the bound that is never reached.
    """

    low: float = -1.0
    high: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self)
        if not 0 < self.high - self.low < math.inf:
            raise ConfigError(
                f"Uniform: expected finite low < high, found low {self.low} and high {self.high}"
            )

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return rng.uniform(self.low, self.high, shape)


@dataclass(frozen=True)
class Normal:
    """w ~ N(mean, std^2)

    Args:
        std: the standard deviation.
        mean: the mean.
    """

    std: NonNegative = 1.0
    _: KW_ONLY
    mean: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return rng.normal(self.mean, self.std, shape)


@dataclass(frozen=True)
class GlorotUniform:
    """w ~ U(-a, a), a = sqrt(6 / (fan_in + fan_out))        Glorot and Bengio, AISTATS 2010

    Keeps the variance of activations and of gradients near 1 through layers of tanh.

    >>> rng = np.random.default_rng(0)
    >>> bool(np.abs(GlorotUniform().draw((2, 4), rng)).max() < 1.0)
    True
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        fan_in, fan_out = _fans(shape, self)
        bound = math.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class GlorotNormal:
    """w ~ N(0, 2 / (fan_in + fan_out))        Glorot and Bengio, AISTATS 2010"""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        fan_in, fan_out = _fans(shape, self)
        return rng.normal(0, math.sqrt(2 / (fan_in + fan_out)), shape)


@dataclass(frozen=True)
class HeUniform:
    """w ~ U(-a, a), a = sqrt(6 / fan_in)        He et al., ICCV 2015"""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        bound = math.sqrt(6 / _fans(shape, self)[0])
        return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class HeNormal:
    """w ~ N(0, 2 / fan_in)        He et al., ICCV 2015

    The factor 2 makes up for the half of its inputs that a ReLU sets to zero.
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return rng.normal(0, math.sqrt(2 / _fans(shape, self)[0]), shape)


@dataclass(frozen=True)
class LeCunUniform:
    """w ~ U(-a, a), a = sqrt(3 / fan_in)        LeCun et al., Efficient BackProp, 1998"""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        bound = math.sqrt(3 / _fans(shape, self)[0])
        return rng.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class LeCunNormal:
    """w ~ N(0, 1 / fan_in)        LeCun et al., Efficient BackProp, 1998"""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return rng.normal(0, math.sqrt(1 / _fans(shape, self)[0]), shape)


@dataclass(frozen=True)
class Orthogonal:
    """w = gain Q, Q uniform among matrices with Q'Q = I or QQ' = I        Saxe et al., ICLR 2014

    Args:
        gain: what Q is multiplied by.

    >>> w = Orthogonal().draw((3, 2), np.random.default_rng(0))
    >>> bool(np.allclose(w.T @ w, np.eye(2)))
    True
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        rows, columns = _fans(shape, self)
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))  # QR fixes the signs of R; undoing that makes Q uniform
        return self.gain * (q if rows >= columns else q.T)


INITIALIZERS = (
    Constant,
    Zeros,
    Uniform,
    Normal,
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
    LeCunUniform,
    LeCunNormal,
    Orthogonal,
)
INITIALIZER_KINDS = kinds_of(*INITIALIZERS)


def as_initializer(value: Initializer | str, where: str) -> Initializer:
    """An initialiser as itself or by its name, such as "HeNormal".

    Raises ``ConfigError`` for anything else.
    """
    initializer: Initializer = as_kind(value, INITIALIZER_KINDS, Initializer, where)
    return initializer


def _fans(shape: tuple[int, ...], rule: Initializer) -> tuple[int, int]:
    """fan_in and fan_out of a weight (in, out)."""
    if len(shape) != 2:
        name = type(rule).__name__
        raise ConfigError(f"{name}: expected a weight of shape (in, out), found the shape {shape}")
    return shape[0], shape[1]
