"""The battery for a loss: what every loss must be, tested on a given output and target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradwright.check.battery.properties import (
    common_findings,
    derivatives,
    expect_close,
    expect_equal,
)
from gradwright.check.battery.report import BatteryReport
from gradwright.check.battery.subject import Arrays, Subject, as_float, copies, make_read_only
from gradwright.check.findings import find
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
    case = _Case(loss)
    inputs = {"output": as_float(output), "target": target}
    subject = Subject(inputs, ("output",), case.value, case.run)
    gradient, findings = derivatives(subject, seed)
    findings += [
        *common_findings(subject),
        find("backward repeats", partial(_backward_repeats, case, inputs)),
        find("mean over examples", partial(_mean_over_examples, case, inputs)),
    ]
    return BatteryReport(repr(loss), tuple(findings), gradient)


@dataclass(frozen=True)
class _Case:
    """A loss as maps between named arrays: output and target."""

    loss: Loss

    def value(self, inputs: Arrays) -> Any:
        return self.loss.forward(inputs["output"], inputs["target"])[0]

    def run(self, inputs: Arrays, *, seal: bool = False) -> Arrays:
        value, cache = self.loss.forward(inputs["output"], inputs["target"])
        if seal:
            make_read_only(cache)
        return {"value": np.asarray(value), "doutput": self.loss.backward(cache)}


def _backward_repeats(case: _Case, inputs: Arrays) -> str:
    """A cache serves twice, and another forward does not disturb it."""
    own = copies(inputs)
    _, cache = case.loss.forward(own["output"], own["target"])
    first = {"doutput": case.loss.backward(cache).copy()}
    case.value({**copies(inputs), "output": 2 * inputs["output"]})
    expect_equal(first, {"doutput": case.loss.backward(cache)}, "a second backward, after another forward")
    return "a second backward, after another forward, gives the same bits"


def _mean_over_examples(case: _Case, inputs: Arrays) -> str:
    """The value of a batch is the mean of its examples' values, and so is its gradient."""
    count = len(inputs["output"])
    batch = case.run(copies(inputs))
    alone = [
        case.run({name: array[n : n + 1].copy() for name, array in inputs.items()}) for n in range(count)
    ]
    mean = np.asarray(np.mean([one["value"] for one in alone]))
    expect_close(batch["value"], mean, "value of a batch and mean of its examples' values")
    rows = np.concatenate([one["doutput"] for one in alone]) / count
    expect_close(batch["doutput"], rows, "gradient of a batch and of its examples / N")
    return f"the mean of {count} examples taken alone, to rounding"
