"""Layer norm and batch norm of a plan in plain NumPy, forward and back, and how running statistics move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.engine.plan import BatchNormStep, LayerNormStep
from gradwright.nn.layer import Array

NormStep = LayerNormStep | BatchNormStep


@dataclass(frozen=True, eq=False)
class Kept:
    """z and s of a norm; the axis over which its moments were taken, None where they were given."""

    z: Array
    s: Array
    axis: int | None
    mean: Array
    variance: Array


def part(vector: Array, start: int, step: NormStep) -> Array:
    """An array of the step as a view of theta or of its gradient."""
    return vector[start : start + step.width]


def normalize(step: NormStep, theta: Array, x: Array, training: bool) -> tuple[Array, Kept]:
    axis = 1 if isinstance(step, LayerNormStep) else 0 if training else None
    if isinstance(step, BatchNormStep) and not training:
        mean, variance = part(theta, step.mean, step), part(theta, step.variance, step)
    else:
        mean = x.mean(axis=axis, keepdims=True)
        variance = ((x - mean) ** 2).mean(axis=axis, keepdims=True)
    s = np.sqrt(variance + step.epsilon)
    z = (x - mean) / s
    y = z * part(theta, step.gamma, step) + part(theta, step.beta, step)
    return y, Kept(z, s, axis, mean, variance)


def go_back(step: NormStep, theta: Array, kept: Kept, dy: Array, grad: Array) -> Array:
    """dx; the gradient of all the step's arrays is added to ``grad``."""
    z, s, axis = kept.z, kept.s, kept.axis
    part(grad, step.gamma, step)[...] += (dy * z).sum(axis=0)
    part(grad, step.beta, step)[...] += dy.sum(axis=0)
    dz = dy * part(theta, step.gamma, step)
    if axis is not None:
        own = dz.mean(axis=axis, keepdims=True) + z * (dz * z).mean(axis=axis, keepdims=True)
        return np.asarray((dz - own) / s)
    assert isinstance(step, BatchNormStep)
    part(grad, step.mean, step)[...] -= (dz / s).sum(axis=0)
    part(grad, step.variance, step)[...] -= (dz * z).sum(axis=0) / (2 * s**2)
    return np.asarray(dz / s)


def move_statistics(step: BatchNormStep, theta: Array, kept: Kept) -> None:
    """The running moments in ``theta`` after a batch."""
    count = len(kept.z)
    if count == 1:
        return
    for start, new in ((step.mean, kept.mean), (step.variance, kept.variance * count / (count - 1))):
        old = part(theta, start, step)
        old[...] = step.momentum * old + (1 - step.momentum) * new.ravel()
