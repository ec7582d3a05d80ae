"""The battery for a layer: what every layer must be, tested on one random batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from gradwright.check.battery.properties import common_findings, expect_close, expect_equal
from gradwright.check.battery.report import BatteryReport, UnmetError, find
from gradwright.check.battery.subject import Arrays, Subject, away_from_zero, copies, make_read_only
from gradwright.check.points import Array
from gradwright.nn import Layer, Mode, ParameterLayout
from gradwright.nn.layer import Cache, Params


def check_layer(
    layer: Layer, features: int, *, seed: int = 0, samples: int = 7, training: bool = False
) -> BatteryReport:
    """Test a layer on a random x (samples, features), random parameters and a random dy.

    The properties: dx and every gradient against the complex step, <J' dy, v> = <dy, J v>; the Taylor order
    of all of them together; nothing that goes in is written to; no output shares memory; float32 and
    float64 are kept; forward and backward repeat themselves, also when another forward came between; one
    gradient for each parameter, of its shape; the size of the output is as announced; and a batch is its
    rows, one by one. In ``training`` random layers draw from a generator that starts afresh for each
    forward, so that they are one fixed function, and the last property is not asked of them.

    Raises ``ShapeError`` where the layer does not take that many features.

    >>> from gradwright.nn import Linear
    >>> report = check_layer(Linear(3, 2), features=3)
    >>> report.passed, report.rows[0].name
    (True, 'derivative by x')
    """
    layer.output_features(features)  # a size that the layer does not take is the caller's mistake
    case = _Case(layer, training, seed)
    rng = np.random.default_rng(seed)
    inputs = {"x": away_from_zero(rng, (samples, features))}
    inputs |= {slot.name: away_from_zero(rng, slot.shape) for slot in case.layout.slots}
    y, _ = case.forward(copies(inputs))
    inputs["dy"] = away_from_zero(rng, y.shape)

    variables = ("x", *(slot.name for slot in case.layout.slots))
    findings = [
        *common_findings(Subject(inputs, variables, case.value, case.run), rng),
        find("backward repeats", partial(_backward_repeats, case, inputs)),
        find("one gradient each", partial(_one_gradient_each, case, inputs)),
        find("output features", partial(_output_features, case, inputs)),
    ]
    if not training:
        findings.append(find("batch is its rows", partial(_batch_is_its_rows, case, inputs)))
    return BatteryReport(repr(layer), tuple(findings))


@dataclass(frozen=True)
class _Case:
    """A layer as maps between named arrays: x, dy and its parameters by full name."""

    layer: Layer
    training: bool
    seed: int

    @cached_property
    def layout(self) -> ParameterLayout:
        return ParameterLayout.of(self.layer)

    def forward(self, inputs: Arrays) -> tuple[Array, Cache]:
        mode = Mode(self.training, np.random.default_rng(self.seed))
        return self.layer.forward(self._params(inputs), inputs["x"], mode)

    def backward(self, inputs: Arrays, cache: Cache) -> dict[str, Array]:
        dx, dparams = self.layer.backward(self._params(inputs), cache, inputs["dy"])
        return {"dx": dx, **{f"d{name}": array for name, array in _leaves(dparams)}}

    def run(self, inputs: Arrays, *, seal: bool = False) -> Arrays:
        y, cache = self.forward(inputs)
        if seal:
            make_read_only(cache)
        return {"y": y, **self.backward(inputs, cache)}

    def value(self, inputs: Arrays) -> Any:
        """<dy, y>, whose gradients are what backward returns."""
        return (inputs["dy"] * self.forward(inputs)[0]).sum()

    def _params(self, inputs: Arrays) -> Params:
        """The nested dictionaries that the layer takes, around the very arrays in ``inputs``."""
        tree: dict[str, Any] = {}
        for slot in self.layout.slots:
            *path, last = slot.name.split(".")
            branch = tree
            for part in path:
                branch = branch.setdefault(part, {})
            branch[last] = inputs[slot.name]
        return tree


def _leaves(tree: Params, prefix: str = "") -> Iterator[tuple[str, Array]]:
    """The arrays in nested dictionaries with their full names."""
    for name, node in tree.items():
        if isinstance(node, dict):
            yield from _leaves(node, f"{prefix}{name}.")
        else:
            yield prefix + name, node


def _backward_repeats(case: _Case, inputs: Arrays) -> str:
    """A cache serves twice, and another forward does not disturb it."""
    own = copies(inputs)
    _, cache = case.forward(own)
    first = copies(case.backward(own, cache))
    case.forward({**copies(inputs), "x": 2 * inputs["x"]})
    expect_equal(first, case.backward(own, cache), "a second backward, after another forward")
    return "a second backward, after another forward, gives the same bits"


def _one_gradient_each(case: _Case, inputs: Arrays) -> str:
    """backward returns an array like x, and one like each parameter, and no other."""
    outputs = case.run(copies(inputs))
    expected = {f"d{name}": array.shape for name, array in inputs.items() if name != "dy"}
    found = {name: array.shape for name, array in outputs.items() if name != "y"}
    if found != expected:
        raise UnmetError(f"expected {_shapes(expected)}, found {_shapes(found)}")
    return f"dx and {len(found) - 1} gradients of parameters, each of its shape"


def _output_features(case: _Case, inputs: Arrays) -> str:
    """``output_features`` tells the number of columns, and knows it or nothing without being told x's."""
    samples, features = inputs["x"].shape
    told, free = case.layer.output_features(features), case.layer.output_features(None)
    y, _ = case.forward(copies(inputs))
    if y.shape != (samples, told):
        raise UnmetError(f"expected y of the shape {(samples, told)} as announced, found {y.shape}")
    if free not in (None, told):
        raise UnmetError(f"expected {told} or None announced for any x, found {free}")
    return f"{features} in, {told} out"


def _batch_is_its_rows(case: _Case, inputs: Arrays) -> str:
    """y and dx of a batch are those of its rows, and the gradients of the parameters their sums."""
    batch = case.run(copies(inputs))
    rows = []
    for n in range(len(inputs["x"])):
        alone = {name: inputs[name][n : n + 1] for name in ("x", "dy")}
        rows.append(case.run(copies({**inputs, **alone})))
    for name, array in batch.items():
        parts = [row[name] for row in rows]
        joined = np.concatenate(parts) if name in ("y", "dx") else np.sum(parts, axis=0)
        expect_close(array, joined, f"{name} of a batch and of its rows")
    return f"{len(rows)} rows one by one give the same to rounding"


def _shapes(shapes: dict[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items())
