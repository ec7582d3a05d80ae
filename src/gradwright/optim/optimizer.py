"""What an optimizer is: a pair of pure functions on one vector of parameters, ``init`` and ``update``."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, runtime_checkable

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
State: TypeAlias = dict[str, Array]  # arrays only, a step count 0-d int64, so that a checkpoint can hold it


@runtime_checkable
class Optimizer(Protocol):
    """theta, state <- update(theta, grad, state, learning_rate)        theta (P,), grad (P,)"""

    def init(self, theta: Array) -> State:
        """The state before the first update."""

    def update(self, theta: Array, grad: Array, state: State, learning_rate: float) -> tuple[Array, State]:
        """The parameters and the state after one update, as new arrays; what is handed in is only read.

        ``grad`` has the shape and dtype of ``theta``, and both results keep them.
        """
