"""Is the gradient of this network, loss and penalty right, and are they what they must be on a batch?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.check.invariants import InvariantReport, check_invariants
from gradwright.check.points import Array
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.gradient import check_gradient
from gradwright.errors import RecordError
from gradwright.nn import EVAL, Mode, Objective


@dataclass(frozen=True)
class NetworkCheck:
    """The verdict on the gradient by each named parameter, then what must hold beside derivatives.

    ``invariants`` is None for a batch of a single row, which has no order and no mean.
    """

    gradient: GradientReport
    invariants: InvariantReport | None

    @property
    def wrong(self) -> tuple[str, ...]:
        """The names of the parameters whose gradient is not found correct."""
        return tuple(each.name for each in self.gradient.parameters if each.verdict != "correct")

    @property
    def passed(self) -> bool:
        """Whether the gradient is correct and every invariant holds."""
        return self.gradient.verdict == "correct" and (self.invariants is None or self.invariants.passed)

    def __str__(self) -> str:
        return str(self.gradient) if self.invariants is None else f"{self.gradient}\n\n{self.invariants}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        invariants = None if self.invariants is None else self.invariants.to_dict()
        return {"passed": self.passed, "gradient": self.gradient.to_dict(), "invariants": invariants}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> NetworkCheck:
        """The check that ``to_dict`` wrote.

        Raises ``RecordError`` for a record that is not of its form.
        """
        for name in ("gradient", "invariants"):
            if name not in record:
                raise RecordError(f"network check: expected the key {name!r}, found {sorted(record)}")
        invariants = record["invariants"]
        return cls(
            GradientReport.from_dict(record["gradient"]),
            None if invariants is None else InvariantReport.from_dict(invariants),
        )


def check_network(
    objective: Objective,
    theta: Array,
    x: Array,
    target: Array,
    *,
    seed: int = 0,
    watch: Callable[[int, int], None] | None = None,
    tolerance: float = 0.0,
) -> NetworkCheck:
    """Judge the gradient of F(theta), name by name, and the invariants of F on its batch.

    Everything is computed in float64. The gradient is judged by ``check_gradient`` in training mode, with
    dropout's masks drawn afresh from ``seed`` at each call, so that F is one fixed function. The invariants
    are those of ``check_invariants``, in evaluation, where no mask tells one row from another; they need two
    rows. ``watch`` and ``tolerance`` are as in ``check_gradient``.

    Raises ``ShapeError`` where theta, x and target do not fit the network, ``CheckError`` where F or its
    gradient is not finite.

    >>> from gradwright.nn import SoftmaxCrossEntropy, mlp
    >>> objective = Objective(mlp(2, 8, 3), SoftmaxCrossEntropy())
    >>> rng = np.random.default_rng(0)
    >>> theta = objective.layout.initialize(rng)
    >>> check = check_network(objective, theta, rng.standard_normal((4, 2)), np.array([0, 1, 2, 0]))
    >>> check.passed, [each.name for each in check.gradient.parameters]
    (True, ['0.weight', '0.bias', '2.weight', '2.bias'])
    """
    theta, x = theta.astype(np.float64), x.astype(np.float64)
    target = target.astype(np.float64) if np.issubdtype(target.dtype, np.floating) else target
    layout = objective.layout

    def mode() -> Mode:
        return Mode(training=True, rng=own_generator(seed, Stream.MODEL))

    def packed(point: Mapping[str, Array]) -> Array:
        return np.concatenate([point[slot.name].ravel() for slot in layout.slots])

    def loss_and_grad(
        point: Mapping[str, Array], x: Array, target: Array, mode: Mode = EVAL
    ) -> tuple[Any, dict[str, Array]]:
        value, grad = objective.value_and_grad(packed(point), x, target, mode)
        return value, layout.named(grad)

    point = layout.named(theta)
    gradient = check_gradient(
        lambda point: objective.value(packed(point), x, target, mode()),
        lambda point: loss_and_grad(point, x, target, mode())[1],
        point,
        seed=seed,
        watch=watch,
        tolerance=tolerance,
    )
    invariants = check_invariants(loss_and_grad, point, x, target, seed=seed) if len(x) > 1 else None
    return NetworkCheck(gradient, invariants)
