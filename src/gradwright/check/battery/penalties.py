"""The battery for a penalty: what every penalty must be, tested at a given theta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from gradwright.check.battery.properties import common_findings, derivatives
from gradwright.check.battery.report import BatteryReport
from gradwright.check.battery.subject import Arrays, Subject, as_float, copies
from gradwright.check.findings import UnmetError, finding
from gradwright.check.points import Array
from gradwright.nn import Penalty


def check_penalty(penalty: Penalty, theta: Array, mask: Array, *, seed: int = 0) -> BatteryReport:
    """Test a penalty at one ``theta`` (P,), of which ``mask`` (P,) selects entries, in float32 if theta is.

    The gradient is judged by ``check_gradient``; where forward carries complex numbers it must also be right
    to 1e-10. The other properties: nothing that goes in is written to; no memory is shared; float32 and
    float64 are kept; it repeats itself; and the entries that the mask leaves out have no part in it.

    >>> import numpy as np
    >>> from gradwright.nn import L2
    >>> check_penalty(L2(0.01), np.array([1.0, -2.0]), np.array([True, False])).passed
    True
    """
    subject = _PenaltySubject({"theta": as_float(theta), "mask": mask}, penalty)
    gradient, findings = derivatives(subject, seed)
    findings += [*common_findings(subject), _mask_respected(subject)]
    return BatteryReport(repr(penalty), tuple(findings), gradient)


@dataclass(frozen=True)
class _PenaltySubject(Subject):
    """A penalty as maps between named arrays: theta and mask. It has no cache."""

    penalty: Penalty
    variables: ClassVar[tuple[str, ...]] = ("theta",)

    def forward(self, inputs: Arrays) -> tuple[Any, None]:
        return self.penalty.forward(inputs["theta"], inputs["mask"]), None

    def backward(self, inputs: Arrays, _: None) -> dict[str, Array]:
        return {"dtheta": self.penalty.backward(inputs["theta"], inputs["mask"])}


@finding("mask respected")
def _mask_respected(subject: Subject) -> str:
    """Where the mask is false the gradient is 0, and another theta there has the same value."""
    inputs = subject.inputs
    left_out = ~inputs["mask"].astype(bool)
    gradient = subject.gradients(subject.point)["theta"]
    if gradient[left_out].any():
        raise UnmetError(f"expected a gradient of 0 outside the mask, found {gradient[left_out]}")
    moved = {**copies(inputs), "theta": inputs["theta"] + left_out}
    before, after = subject.value(copies(inputs)), subject.value(moved)
    if before != after:
        raise UnmetError(f"expected {before} whatever theta is outside the mask, found {after}")
    return f"{left_out.sum()} of {left_out.size} entries are left alone"
