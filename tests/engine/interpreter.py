"""A plan run by plain NumPy, forward and back: a third witness, beside the layers and the compiled engine.

It reads the steps that the compiled engine reads and calls no layer, so a plan that is wrong is caught before
any compiled code runs it. A delta that nobody has set is NaN, so a step that reads it too early is seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.engine.plan import (
    NONE,
    ActivationStep,
    AddStep,
    BatchNormStep,
    ColumnsStep,
    DropoutStep,
    InputProduct,
    LayerNormStep,
    LinearStep,
    MixStep,
    ParameterProduct,
    PassOn,
    Plan,
    ScaleStep,
    StepBack,
)
from gradwright.errors import ShapeError
from gradwright.nn.layer import EVAL, Array, Mode, Scalar
from gradwright.nn.noise import draw_keys, kept_entries
from tests.engine.interpreter_activations import activate, derivative
from tests.engine.interpreter_columns import columns, columns_back
from tests.engine.interpreter_factors import factors_back, mix, scale
from tests.engine.interpreter_loss import loss_and_delta, penalty_and_grad
from tests.engine.interpreter_norms import go_back, move_statistics, normalize


def predict(plan: Plan, theta: Array, x: Array) -> Array:
    """The network's output (N, o) for x (N, i), in the dtype of theta (P,).

    Raises ``ShapeError`` where theta or x does not have the plan's size.

    >>> from gradwright.engine.lower import lower
    >>> from gradwright.nn import Linear, MeanSquaredError, Objective
    >>> plan = lower(Objective(Linear(2, 1), MeanSquaredError()))
    >>> predict(plan, np.array([2.0, 3.0, 0.5]), np.array([[1.0, 10.0]]))
    array([[32.5]])
    """
    return _forward(plan, theta, x, EVAL)[0][plan.output]


def value_and_grad(
    plan: Plan, theta: Array, x: Array, target: Array, mode: Mode = EVAL
) -> tuple[Scalar, Array]:
    """The objective F(theta) and its gradient (P,), both in the dtype of theta (P,).

    Raises ``ShapeError`` where theta, x or target does not have the plan's size.

    >>> from gradwright.engine.lower import lower
    >>> from gradwright.nn import L2, Linear, MeanSquaredError, Objective
    >>> plan = lower(Objective(Linear(1, 1), MeanSquaredError(), L2(0.5)))
    >>> value, grad = value_and_grad(plan, np.array([2.0, 1.0]), np.array([[3.0]]), np.array([6.0]))
    >>> float(value), grad.tolist()     # (2 3 + 1 - 6)^2 + 2^2 / 2
    (3.0, [8.0, 2.0])
    """
    value, grad, _ = _value_grad_and_kept(plan, theta, x, target, mode)
    return value, grad


def descend(plan: Plan, theta: Array, x: Array, target: Array, rate: float, mode: Mode) -> Array:
    """theta after one step of plain descent, running statistics included."""
    _, grad, kept = _value_grad_and_kept(plan, theta, x, target, mode)
    after = theta - rate * grad
    for k, step in enumerate(plan.steps):
        if isinstance(step, BatchNormStep):
            move_statistics(step, after, kept[k])
    return after


def _value_grad_and_kept(
    plan: Plan, theta: Array, x: Array, target: Array, mode: Mode
) -> tuple[Scalar, Array, dict[int, Any]]:
    buffers, kept = _forward(plan, theta, x, mode)
    deltas = _places(plan, buffers[plan.output])
    loss, deltas[plan.output][...] = loss_and_delta(plan, buffers[plan.output], target)
    penalty, grad = penalty_and_grad(plan, theta)
    for step in plan.backward:
        match step:
            case PassOn():
                _pass_on(step, buffers, deltas)
            case InputProduct():
                _input_product(plan, step, theta, deltas)
            case ParameterProduct():
                _parameter_product(plan, step, buffers, deltas, grad)
            case StepBack():
                _step_back(plan, step, theta, deltas, kept[step.first], grad)
    return loss + penalty, grad, kept


def _forward(plan: Plan, theta: Array, x: Array, mode: Mode) -> tuple[list[Array], dict[int, Any]]:
    """Every buffer, by its number; and by the number of its step what backward needs beside them."""
    if theta.shape != (plan.size,):
        raise ShapeError(f"theta: expected the shape ({plan.size},), found {theta.shape}")
    if x.ndim != 2 or x.shape[1] != plan.widths[0]:
        raise ShapeError(f"x: expected the shape (N, {plan.widths[0]}), found {x.shape}")
    buffers = [x.astype(theta.dtype, copy=False)]
    kept: dict[int, Any] = {}
    for k, step in enumerate(plan.steps):
        match step:
            case LinearStep():
                y = _linear(step, theta, buffers)
            case ActivationStep():
                y = activate(step.activation, step.slope, buffers[step.source])
            case AddStep():
                y = buffers[step.source] + buffers[step.addend]
            case DropoutStep():
                kept[k] = _factors(step, len(x), mode).astype(theta.dtype)
                y = buffers[step.source] * kept[k]
            case ColumnsStep():
                y, kept[k] = columns(step, theta, buffers[step.source]), buffers[step.source]
            case ScaleStep():
                y, kept[k] = scale(step, theta, buffers[step.source])
            case MixStep():
                y, kept[k] = mix(
                    step, theta, buffers[step.source], _factors(step, len(x), mode).astype(theta.dtype)
                )
            case LayerNormStep() | BatchNormStep():
                y, kept[k] = normalize(step, theta, buffers[step.source], mode.training)
        buffers.append(y)
    return buffers, kept


def _linear(step: LinearStep, theta: Array, buffers: list[Array]) -> Array:
    """y = f(z),  z = x W + b + a"""
    z = buffers[step.source] @ _weight(step, theta)
    if step.bias != NONE:
        z = z + _bias(step, theta)
    if step.addend != NONE:
        z = z + buffers[step.addend]
    return activate(step.activation, step.slope, z)


def _factors(step: DropoutStep | MixStep, rows: int, mode: Mode) -> Array:
    """m / (1 - rate) while training, else 1"""
    if not mode.training or (isinstance(step, MixStep) and step.rate == 0):
        return np.ones((rows, step.width))
    assert mode.rng is not None
    (key,) = draw_keys(mode.rng, 1)
    return kept_entries(key, (rows, step.width), step.rate) / (1 - step.rate)


def _places(plan: Plan, output: Array) -> dict[int, Array]:
    """The delta of each buffer as a view of its block, by the number of the buffer."""
    ends: dict[int, int] = {}
    placed = [(b, place) for b, place in enumerate(plan.deltas) if place is not None]
    for buffer, place in placed:
        ends[place.block] = max(ends.get(place.block, 0), place.column + plan.widths[buffer])
    blocks = {block: np.full((len(output), end), np.nan, output.dtype) for block, end in ends.items()}
    return {b: blocks[p.block][:, p.column : p.column + plan.widths[b]] for b, p in placed}


def _pass_on(step: PassOn, buffers: list[Array], deltas: dict[int, Array]) -> None:
    """dx = dy f', or dx += dy f'"""
    dy = deltas[step.source]
    if step.known != NONE:
        dy = derivative(step.activation, step.slope, buffers[step.known]) * dy
    _arrive(deltas[step.target], dy, step.accumulate)


def _input_product(plan: Plan, step: InputProduct, theta: Array, deltas: dict[int, Array]) -> None:
    """dx = dz W', or dx += dz W', with the columns of all the steps side by side"""
    layer = _layer(plan, step)
    dz, w = (
        np.hstack(parts) for parts in ([deltas[s.target] for s in layer], [_weight(s, theta) for s in layer])
    )
    _arrive(deltas[layer[0].source], dz @ w.T, step.accumulate)


def _parameter_product(
    plan: Plan, step: ParameterProduct, buffers: list[Array], deltas: dict[int, Array], grad: Array
) -> None:
    """dW += x' dz,  db += sum_n dz"""
    for linear in _layer(plan, step):
        dz = deltas[linear.target]
        _weight(linear, grad)[...] += buffers[linear.source].T @ dz
        if linear.bias != NONE:
            _bias(linear, grad)[...] += dz.sum(axis=0)


def _step_back(
    plan: Plan, step: StepBack, theta: Array, deltas: dict[int, Array], kept: Any, grad: Array
) -> None:
    """dx = J' dy, or +=, where it is needed; the gradient of what the step learns is added too"""
    through = plan.steps[step.first]
    dy = deltas[through.target]
    if isinstance(through, LayerNormStep | BatchNormStep):
        dx = go_back(through, theta, kept, dy, grad)
    elif isinstance(through, ColumnsStep):
        dx = columns_back(through, theta, kept, dy, grad)
    elif isinstance(through, ScaleStep | MixStep):
        dx = factors_back(through, kept, dy, grad)
    else:
        dx = dy * kept
    if through.source in deltas:
        _arrive(deltas[through.source], dx, step.accumulate)


def _arrive(delta: Array, what: Array, accumulate: bool) -> None:
    delta[...] = delta + what if accumulate else what


def _layer(plan: Plan, step: InputProduct | ParameterProduct) -> list[LinearStep]:
    return [s for s in plan.steps[step.first : step.last] if isinstance(s, LinearStep)]


def _weight(step: LinearStep, vector: Array) -> Array:
    """W (inputs, outputs) as a view of theta or of its gradient."""
    return vector[step.weight : step.weight + step.inputs * step.outputs].reshape(step.inputs, step.outputs)


def _bias(step: LinearStep, vector: Array) -> Array:
    """b (outputs,) as a view of theta or of its gradient."""
    return vector[step.bias : step.bias + step.outputs]
