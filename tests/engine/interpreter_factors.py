"""Scales and mixes of a plan in plain NumPy, forward and back."""

from __future__ import annotations

import numpy as np

from gradwright.engine.plan import MixStep, ScaleStep
from gradwright.nn.layer import Array
from tests.engine.interpreter_activations import activate, derivative

Slopes = tuple[Array, Array]  # the derivatives of y by x and by gamma


def scale(step: ScaleStep, theta: Array, x: Array) -> tuple[Array, Slopes]:
    """y, and its derivatives."""
    gamma = theta[step.gamma : step.gamma + step.width]
    return x * gamma, (np.broadcast_to(gamma, x.shape), x)


def mix(step: MixStep, theta: Array, x: Array, kept: Array) -> tuple[Array, Slopes]:
    """The same of a mix, whose entries are multiplied by ``kept`` in the end."""
    gamma = theta[step.gamma : step.gamma + step.width]
    f = activate(step.activation, step.slope, x)
    f_x = derivative(step.activation, step.slope, f if step.activation.from_output else x)
    y = (1 - gamma) * x + gamma * f
    return kept * y, (kept * (1 - gamma + gamma * f_x), kept * (f - x))


def factors_back(step: ScaleStep | MixStep, of: Slopes, dy: Array, grad: Array) -> Array:
    """dx; the gradient of gamma is added to ``grad``."""
    by_x, by_gamma = of
    grad[step.gamma : step.gamma + step.width] += (dy * by_gamma).sum(axis=0)
    return dy * by_x
