"""What an optimizer is that takes all rows in each step, and asks for the objective where it wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol, TypeAlias, runtime_checkable

from gradwright.optim.optimizer import Array, State

ValueAndGrad: TypeAlias = Callable[[Array], tuple[float, Array]]  # theta (P,) -> F(theta), its gradient (P,)


@runtime_checkable
class WholeData(Protocol):
    """theta, state, value <- step(F and its gradient, theta, state, learning_rate)        theta (P,)

    An ``Optimizer`` is handed one gradient, of whatever rows there were. This one is handed the function, the
    same in each step, and one step is an epoch.
    """

    usual_rate: ClassVar[float]
    """The length at which a step is first tried, where none is given."""

    def init(self, theta: Array) -> State:
        """The state before the first step."""

    def step(
        self, value_and_grad: ValueAndGrad, theta: Array, state: State, learning_rate: float
    ) -> tuple[Array, State, float]:
        """The parameters and the state after one step, as new arrays, and the value before it.

        Where no step makes the value smaller, theta is what was handed in and the state has ``converged``.
        The value is NaN or infinite where it, or its gradient, is not finite at theta: nothing is done then.
        An exception of ``value_and_grad`` goes through, and leaves nothing half done.
        """

    def converged(self, state: State) -> bool:
        """Whether the last step found nothing better, so that no more steps will."""
