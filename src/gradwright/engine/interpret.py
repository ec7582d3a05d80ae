"""A plan run by plain NumPy: a third witness, beside the layers and the compiled engine.

It reads the numbers that the compiled engine reads and calls no layer, so a plan that is wrong is caught
before any compiled code runs it. The delta of a buffer is the derivative of the loss with respect to it;
backward *adds* to the deltas of what a step read, since a buffer may be read more than once.
"""

from __future__ import annotations

import numpy as np

from gradwright.engine.fuse import FROM_OUTPUT
from gradwright.engine.interpret_activations import activate, derivative_at_input, derivative_at_output
from gradwright.engine.interpret_loss import loss_and_delta, penalty_and_grad
from gradwright.engine.plan import NONE, ActivationStep, AddStep, LinearStep, Plan, Step
from gradwright.errors import ShapeError
from gradwright.nn.layer import Array, Scalar


def predict(plan: Plan, theta: Array, x: Array) -> Array:
    """The network's output (N, o) for x (N, i), in the dtype of theta (P,).

    Raises ``ShapeError`` where theta or x does not have the plan's size.

    >>> from gradwright.engine.lower import lower
    >>> from gradwright.nn import Linear, MeanSquaredError, Objective
    >>> plan = lower(Objective(Linear(2, 1), MeanSquaredError()))
    >>> predict(plan, np.array([2.0, 3.0, 0.5]), np.array([[1.0, 10.0]]))
    array([[32.5]])
    """
    return _forward(plan, theta, x)[plan.output]


def value_and_grad(plan: Plan, theta: Array, x: Array, target: Array) -> tuple[Scalar, Array]:
    """The objective F(theta) and its gradient (P,), both in the dtype of theta (P,).

    Raises ``ShapeError`` where theta, x or target does not have the plan's size.

    >>> from gradwright.engine.lower import lower
    >>> from gradwright.nn import L2, Linear, MeanSquaredError, Objective
    >>> plan = lower(Objective(Linear(1, 1), MeanSquaredError(), L2(0.5)))
    >>> value, grad = value_and_grad(plan, np.array([2.0, 1.0]), np.array([[3.0]]), np.array([6.0]))
    >>> float(value), grad.tolist()     # (2 3 + 1 - 6)^2 + 2^2 / 2
    (3.0, [8.0, 2.0])
    """
    buffers = _forward(plan, theta, x)
    loss, delta = loss_and_delta(plan, buffers[plan.output], target)
    deltas = [np.zeros_like(buffer) for buffer in buffers]
    deltas[plan.output] += delta
    penalty, grad = penalty_and_grad(plan, theta)
    for step in reversed(plan.steps):
        _backward(step, theta, buffers, deltas, grad)
    return loss + penalty, grad


def _forward(plan: Plan, theta: Array, x: Array) -> list[Array]:
    """Every buffer, by its number."""
    if theta.shape != (plan.size,):
        raise ShapeError(f"theta: expected the shape ({plan.size},), found {theta.shape}")
    if x.ndim != 2 or x.shape[1] != plan.widths[0]:
        raise ShapeError(f"x: expected the shape (N, {plan.widths[0]}), found {x.shape}")
    buffers = [x.astype(theta.dtype, copy=False)]
    for step in plan.steps:
        match step:
            case LinearStep():
                y = _linear(step, theta, buffers)
            case ActivationStep():
                y = activate(step.activation, step.slope, buffers[step.source])
            case AddStep():
                y = buffers[step.source] + buffers[step.addend]
        buffers.append(y)
    return buffers


def _backward(step: Step, theta: Array, buffers: list[Array], deltas: list[Array], grad: Array) -> None:
    """Add what the step's delta means to the deltas of what it read and to the gradient."""
    dy = deltas[step.target]
    match step:
        case LinearStep():
            _linear_backward(step, theta, buffers, deltas, grad)
        case ActivationStep():
            deltas[step.source] += _slopes(step, buffers) * dy
        case AddStep():
            deltas[step.source] += dy
            deltas[step.addend] += dy


def _slopes(step: ActivationStep, buffers: list[Array]) -> Array:
    """f'(x) at every entry, from y = f(x) where that is enough."""
    if step.activation in FROM_OUTPUT:
        return derivative_at_output(step.activation, step.slope, buffers[step.target])
    return derivative_at_input(step.activation, buffers[step.source])


def _linear(step: LinearStep, theta: Array, buffers: list[Array]) -> Array:
    """y = f(z),  z = x W + b + a"""
    z = buffers[step.source] @ _weight(step, theta)
    if step.bias != NONE:
        z = z + _bias(step, theta)
    if step.addend != NONE:
        z = z + buffers[step.addend]
    return activate(step.activation, step.slope, z)


def _linear_backward(
    step: LinearStep, theta: Array, buffers: list[Array], deltas: list[Array], grad: Array
) -> None:
    """dz = f'(z) dy,  dx += dz W',  dW += x' dz,  db += sum_n dz,  da += dz"""
    y, dy = buffers[step.target], deltas[step.target]
    dz = derivative_at_output(step.activation, step.slope, y) * dy  # z itself was not kept
    deltas[step.source] += dz @ _weight(step, theta).T
    _weight(step, grad)[...] += buffers[step.source].T @ dz
    if step.bias != NONE:
        _bias(step, grad)[...] += dz.sum(axis=0)
    if step.addend != NONE:
        deltas[step.addend] += dz


def _weight(step: LinearStep, vector: Array) -> Array:
    """W (inputs, outputs) as a view of theta or of its gradient."""
    return vector[step.weight : step.weight + step.inputs * step.outputs].reshape(step.inputs, step.outputs)


def _bias(step: LinearStep, vector: Array) -> Array:
    """b (outputs,) as a view of theta or of its gradient."""
    return vector[step.bias : step.bias + step.outputs]
