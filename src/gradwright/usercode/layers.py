"""A class with forward and backward in a user's file, as the checker takes it."""

from __future__ import annotations

import copy
import inspect
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gradwright.check.conventions.calls import described, takes
from gradwright.check.conventions.networks import is_network
from gradwright.check.conventions.outputs import Covectors
from gradwright.check.conventions.stateful import StatefulLayer, stateful_layer
from gradwright.check.invariants import InvariantReport, check_invariants, check_rows
from gradwright.check.layers import check_stateful, made, network_gradient
from gradwright.check.present.report import GradientReport
from gradwright.errors import ConfigError
from gradwright.usercode.names import Name


def is_layer(value: Any) -> bool:
    """Whether a value is meant as a layer: any class, or an object with a forward, a backward or a loss."""
    return inspect.isclass(value) or any(hasattr(value, each) for each in ("forward", "backward", "loss"))


def one_layer(target: Name, given: Any, x: Any, **options: Any) -> GradientReport:
    """The verdict on a layer at the input ``x``, or at a tuple of inputs where its forward takes several.

    ``options`` are those of ``check_stateful``. Raises what ``check_layer`` raises.
    """
    if is_network(given):
        net = given() if inspect.isclass(given) else copy.deepcopy(given)
        return network_gradient(target, net, x if isinstance(x, tuple) else (x,), **options)
    layer = _made(target, given)
    return check_stateful(target, layer, _inputs(layer, x), **options)


def layer_invariants(target: Name, given: Any, x: Any, seed: int) -> InvariantReport:
    """What must hold of a layer whose rows are samples: of its outputs, and of its parameters' gradients.

    Raises ``ConfigError`` where x and forward(x) are no arrays of as many rows, at least two, and what
    ``check_layer`` raises.
    """
    layer = _made(target, given)
    asked, _ = stateful_layer(target, layer, _inputs(layer, x), seed=seed)
    (u,) = asked.covectors.us
    rows = [len(each) if isinstance(each, np.ndarray) and each.ndim else 0 for each in (x, u)]
    if rows[0] != rows[1] or rows[0] < 2:
        raise ConfigError(
            f"{target}: expected as many rows, at least 2, in x and in forward(x), because --invariants "
            f"takes them for samples, found {described(x)} and {described(u)}"
        )
    findings = check_rows(asked.layer.forward, x).rows if x.ndim > 1 else ()
    if asked.parameters:
        params = {name: each for name, each in asked.point.items() if name in asked.parameters}
        findings += check_invariants(partial(_loss_and_grad, asked), params, x, u, seed=seed).rows
    return InvariantReport(f"{target} on {len(x)} rows", findings)


def _loss_and_grad(
    asked: StatefulLayer, params: dict[str, Any], x: Any, u: Any
) -> tuple[Any, dict[str, Any]]:
    """The mean over the rows of <y_n, u_n> on any rows, as ``check_invariants`` takes it."""
    inputs = replace(asked.inputs, values=dict.fromkeys(asked.inputs.values, x))
    on_rows = replace(asked, inputs=inputs, covectors=Covectors((u / u.dtype.type(len(x)),)))
    y = on_rows.forward(params)
    on_rows.backward(on_rows.covectors.given(), params, y)
    return (y * u).sum() / len(x), copy.deepcopy(on_rows.stored)


def _inputs(layer: Any, x: Any) -> tuple[Any, ...]:
    """What forward is called with."""
    return x if isinstance(x, tuple) and not takes(layer.forward, 1) else (x,)


def _made(target: Name, given: Any) -> Any:
    return made(target, given, f"layer = {{}}(...) in the file, and check {target.path}:layer")
