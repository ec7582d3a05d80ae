"""Is the gradient of this network, loss and penalty right? Each parameter by name, then all at once."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.check.complex_step import complex_step_derivative
from gradwright.check.points import Array, as_gradient, relative_error, unit_direction
from gradwright.check.taylor import TaylorTest, taylor_test
from gradwright.errors import RecordError
from gradwright.nn import Mode, Objective

# Both derivatives are right to rounding: they differ by about 1e-15, and by 1e-12 after long sums that
# nearly cancel. An entry that is 0.01 % wrong among a million still shows as 1e-10 or more.
TOLERANCE = 1e-10

# A derivative smaller than this part of F per unit of theta is the difference of terms as large as F, which
# are known to 1e-16 F: below it the error is taken relative to F.
SMALL = 1e-5

DIRECTIONS = 3


@dataclass(frozen=True)
class NetworkCheck:
    """The relative error of each named parameter's gradient, and the Taylor test of them all together."""

    errors: Mapping[str, float]
    tolerance: float
    taylor: TaylorTest

    @property
    def wrong(self) -> tuple[str, ...]:
        """The names of the parameters whose error is above the tolerance, or is no number."""
        return tuple(name for name, error in self.errors.items() if not error <= self.tolerance)

    @property
    def passed(self) -> bool:
        """Whether every parameter is right by the complex step, and all of theta by the Taylor test."""
        return not self.wrong and self.taylor.passed

    def __str__(self) -> str:
        width = max(map(len, ["parameter", *self.errors]))
        lines = [f"{'parameter':{width}}  {'relative error':>14}"]
        for name, error in self.errors.items():
            mark = "  wrong" if name in self.wrong else ""
            lines.append(f"{name:{width}}  {error:14.1e}{mark}")
        verdict = "passed" if not self.wrong else f"failed: {', '.join(self.wrong)}"
        lines += [f"complex step (at most {self.tolerance:.0e}) {verdict}", "", str(self.taylor)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; an error that is not finite becomes None."""
        errors = {name: error if math.isfinite(error) else None for name, error in self.errors.items()}
        return {
            "errors": errors,
            "tolerance": self.tolerance,
            "taylor": self.taylor.to_dict(),
            "passed": self.passed,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> NetworkCheck:
        """The check that ``to_dict`` wrote.

        Raises ``RecordError`` for a record that lacks a key.
        """
        for field in dataclasses.fields(cls):
            if field.name not in record:
                raise RecordError(f"network check: expected the key {field.name!r}, found {sorted(record)}")
        errors = {name: math.nan if error is None else error for name, error in record["errors"].items()}
        return cls(errors, record["tolerance"], TaylorTest.from_dict(record["taylor"]))


def check_network(
    objective: Objective, theta: Array, x: Array, target: Array, *, seed: int = 0
) -> NetworkCheck:
    """Hold the gradient of F(theta) against the complex step, name by name, and against Taylor's theorem.

    Everything is computed in float64, in training mode, with dropout's masks drawn afresh from ``seed`` at
    each call, so that F is one fixed function. For each named parameter three random unit directions v
    within it give <grad, v> and D F(theta)[v]; the error is their largest difference relative to the
    largest of them.

    A kink, as ReLU has, does not touch the complex step unless theta lies exactly on it. The Taylor test
    takes the median over five directions and only steps below the last kink; see ``taylor_test``.

    Raises ``ShapeError`` where theta, x and target do not fit the network, ``CheckError`` where F or its
    gradient is not finite, or a layer does not carry complex numbers through.

    >>> from gradwright.nn import SoftmaxCrossEntropy, mlp
    >>> objective = Objective(mlp(2, 8, 3), SoftmaxCrossEntropy())
    >>> rng = np.random.default_rng(0)
    >>> theta = objective.layout.initialize(rng)
    >>> check = check_network(objective, theta, rng.standard_normal((4, 2)), np.array([0, 1, 2, 0]))
    >>> check.passed, list(check.errors)
    (True, ['0.weight', '0.bias', '2.weight', '2.bias'])
    """
    theta, x = theta.astype(np.float64), x.astype(np.float64)
    target = target.astype(np.float64) if np.issubdtype(target.dtype, np.floating) else target

    def mode() -> Mode:
        return Mode(training=True, rng=np.random.default_rng(seed))

    def f(theta: Array) -> Any:
        return objective.value(theta, x, target, mode())

    def grad(theta: Array) -> Array:
        return objective.value_and_grad(theta, x, target, mode())[1]

    rng = np.random.default_rng(seed)
    taylor = taylor_test(f, grad, theta, rng=rng)
    gradient = as_gradient(grad(theta), theta)
    smallest = SMALL * abs(float(f(theta)))
    errors = {}
    for slot in objective.layout.slots:
        claimed, measured = [], []
        for _ in range(DIRECTIONS):
            v = np.zeros_like(theta)
            v[slot.start : slot.stop] = unit_direction(rng, (slot.stop - slot.start,))
            claimed.append(float(gradient @ v))
            measured.append(float(complex_step_derivative(f, theta, v)))
        errors[slot.name] = relative_error(np.array(claimed), np.array(measured), smallest)
    return NetworkCheck(errors, TOLERANCE, taylor)
