"""The battery for a loss: what every loss must be, tested on a given output and target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gradwright.check.battery.properties import backward_repeats, common_findings, derivatives, expect_close
from gradwright.check.battery.report import BatteryReport
from gradwright.check.battery.subject import Arrays, Subject, as_float, copies
from gradwright.check.findings import finding
from gradwright.check.points import Array
from gradwright.nn import Loss


def check_loss(loss: Loss, output: Array, target: Array, *, seed: int = 0) -> BatteryReport:
    """Test a loss at one ``output`` of N examples and their ``target``, in float32 if the output is.

    The gradient is judged by ``check_gradient``; where forward carries complex numbers it must also be right
    to 1e-10. The other properties: nothing that goes in is written to; no memory is shared; float32 and
    float64 are kept; forward and backward repeat themselves; and the value is the mean over the examples,
    each taken alone.

    >>> from gradwright.nn import MeanSquaredError
    >>> check_loss(MeanSquaredError(), np.array([1.0, 3.0]), np.array([0.5, 1.0])).passed
    True
    """
    subject = _LossSubject({"output": as_float(output), "target": target}, loss)
    gradient, findings = derivatives(subject, seed)
    findings += [*common_findings(subject), backward_repeats(subject), _mean_over_examples(subject)]
    return BatteryReport(repr(loss), tuple(findings), gradient)


@dataclass(frozen=True)
class _LossSubject(Subject):
    """A loss as maps between named arrays: output and target."""

    loss: Loss
    variables: ClassVar[tuple[str, ...]] = ("output",)

    def forward(self, inputs: Arrays) -> tuple[Any, Any]:
        return self.loss.forward(inputs["output"], inputs["target"])

    def backward(self, _: Arrays, cache: Any) -> dict[str, Array]:
        return {"doutput": self.loss.backward(cache)}


@finding("mean over examples")
def _mean_over_examples(subject: Subject) -> str:
    """The value of a batch is the mean of its examples' values, and so is its gradient."""
    inputs, count = subject.inputs, len(subject.inputs["output"])
    batch = subject.run(copies(inputs))
    alone = [
        subject.run({name: array[n : n + 1].copy() for name, array in inputs.items()}) for n in range(count)
    ]
    mean = np.asarray(np.mean([one["value"] for one in alone]))
    expect_close(batch["value"], mean, "value of a batch and mean of its examples' values")
    rows = np.concatenate([one["doutput"] for one in alone]) / count
    expect_close(batch["doutput"], rows, "gradient of a batch and of its examples / N")
    return f"the mean of {count} examples taken alone, to rounding"
