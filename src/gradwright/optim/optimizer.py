"""What an optimizer is: a pair of pure functions on one vector of parameters, ``init`` and ``update``."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import ConfigError
from gradwright.specs import suggestion

Array: TypeAlias = NDArray[Any]
Rate: TypeAlias = Any  # a number, or an array (P,) of float64
State: TypeAlias = dict[str, Array]  # arrays only, a step count 0-d int64, so that a checkpoint can hold it


@runtime_checkable
class Optimizer(Protocol):
    """theta, state <- update(theta, grad, state, learning_rate)        theta (P,), grad (P,)

    The rate is a number, or one for each entry (P,) where groups of parameters have rates of their own.
    """

    usual_rate: ClassVar[float]
    """The learning rate that is taken where none is given."""

    def init(self, theta: Array) -> State:
        """The state before the first update."""

    def update(self, theta: Array, grad: Array, state: State, learning_rate: Rate) -> tuple[Array, State]:
        """The parameters and the state after one update, as new arrays; what is handed in is only read.

        ``grad`` has the shape and dtype of ``theta``, and both results keep them.
        """


def scaled(factor: Rate, vector: Array) -> Array:
    """factor vector (P,) in the dtype of the vector, whatever that of the factor."""
    return np.asarray(factor, vector.dtype) * vector


class ByName:
    """A frozen dataclass whose settings are given by name, since a first position reads like a learning rate.

    >>> from gradwright.optim import Adam
    >>> Adam(0.001)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ConfigError: Adam(0.001): expected settings by name; the learning rate is learning_rate= of fit
    """

    def __new__(cls, *positions: object, **settings: object) -> Self:
        names = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        rate = f"the learning rate is the setting learning_rate of fit: fit(..., optimizer={cls.__name__}()"
        if positions:
            shown = ", ".join(map(repr, positions))
            raise ConfigError(
                f"{cls.__name__}({shown}): expected settings by name ({', '.join(names)}); {rate}, "
                f"learning_rate={positions[0]!r})"
            )
        for name in (name for name in settings if name not in names):
            if name in ("lr", "rate", "learning_rate", "alpha", "eta"):
                raise ConfigError(f"{cls.__name__}.{name}: {rate}, learning_rate={settings[name]!r})")
            raise ConfigError(f"{cls.__name__}.{name}: there is no such setting{suggestion(name, names)}")
        return super().__new__(cls)
