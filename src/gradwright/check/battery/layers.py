"""The battery for a layer: what every layer must be, tested on one batch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from gradwright.check.battery.layer_subject import LayerSubject, drawn_parameters
from gradwright.check.battery.properties import backward_repeats, common_findings, derivatives, expect_close
from gradwright.check.battery.report import BatteryReport
from gradwright.check.battery.subject import away_from_zero, copies
from gradwright.check.findings import UnmetError, finding
from gradwright.check.jacobian import check_jacobian
from gradwright.check.points import Array, walk
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.nn.layer import Params

COVECTORS = 3  # random dy: a fault that one of them does not see is seen by another


def layer_battery(
    layer: Any,
    x: Array | int,
    params: Params | None = None,
    *,
    samples: int = 7,
    training: bool = False,
    seed: int = 0,
    tolerance: float = 0.0,
) -> BatteryReport:
    """Test a layer of two functions, one of gradwright's or of your own, as ``check_layer`` says."""
    rng = own_generator(seed, Stream.LAYER)
    if isinstance(x, int):
        if hasattr(layer, "output_features"):
            layer.output_features(x)  # a size that the layer does not take is the caller's mistake
        draw = layer.draw_input if hasattr(layer, "draw_input") else away_from_zero
        x = draw(rng, (samples, x))
    given = drawn_parameters(layer, x.dtype, rng) if params is None else dict(walk(params))
    subject = LayerSubject.of(layer, x, given, training, seed, rng)

    asks = (partial(_verdict, subject, seed + k, tolerance) for k in range(COVECTORS))
    gradient, findings = derivatives(subject, seed, *asks, tolerance=tolerance)
    findings += [*common_findings(subject), backward_repeats(subject), _one_gradient_each(subject)]
    if hasattr(layer, "output_features"):
        findings.append(_output_features(subject))
    if not training:
        findings.append(_batch_is_its_rows(subject))
    return BatteryReport(repr(layer), tuple(findings), gradient)


def _verdict(subject: LayerSubject, seed: int, tolerance: float) -> GradientReport:
    """Whether backward is J' u for a random covector u."""
    return check_jacobian(
        lambda point: subject.forward(subject.at(point))[0],
        lambda point, u: subject.gradients({**point, "dy": u}),
        subject.point,
        seed=seed,
        tolerance=tolerance,
    )


@finding("one gradient each")
def _one_gradient_each(subject: LayerSubject) -> str:
    """backward returns an array like x, and one like each parameter, and no other."""
    outputs = subject.run(copies(subject.inputs))
    expected = {f"d{name}": subject.inputs[name].shape for name in subject.variables}
    found = {name: array.shape for name, array in outputs.items() if name != "y"}
    if found != expected:
        raise UnmetError(f"expected {_shapes(expected)}, found {_shapes(found)}")
    return f"{', '.join(found)}, each of its shape"


@finding("output features")
def _output_features(subject: LayerSubject) -> str:
    """``output_features`` tells the number of columns, and knows it or nothing without being told x's."""
    samples, features = subject.inputs["x"].shape
    told, free = subject.layer.output_features(features), subject.layer.output_features(None)
    y, _ = subject.forward(copies(subject.inputs))
    if y.shape != (samples, told):
        raise UnmetError(f"expected y of the shape {(samples, told)} as announced, found {y.shape}")
    if free not in (None, told):
        raise UnmetError(f"expected {told} or None announced for any x, found {free}")
    return f"{features} in, {told} out"


@finding("batch is its rows")
def _batch_is_its_rows(subject: LayerSubject) -> str:
    """y and dx of a batch are those of its rows, and the gradients of the parameters their sums."""
    inputs, rows = subject.inputs, []
    batch = subject.run(copies(inputs))
    for n in range(len(inputs["x"])):
        alone = {name: inputs[name][n : n + 1] for name in ("x", "dy")}
        rows.append(subject.run(copies({**inputs, **alone})))
    for name, array in batch.items():
        parts = [row[name] for row in rows]
        joined = np.concatenate(parts) if name in ("y", "dx") else np.sum(parts, axis=0)
        expect_close(array, joined, f"{name} of a batch and of its rows")
    return f"{len(rows)} rows one by one give the same to rounding"


def _shapes(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items())
