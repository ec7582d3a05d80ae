"""Columns of the input of a plan in plain NumPy, forward and back."""

from __future__ import annotations

import numpy as np

from gradwright.engine.plan import ColumnPart, ColumnsStep
from gradwright.engine.vocabulary import PartKind
from gradwright.nn.layer import Array

TURN = 2 * np.pi


def arrays_of(part: ColumnPart, vector: Array) -> list[Array]:
    """F, P (d, h), W (d, h, m) and b (d, m) of waves as views of theta or of its gradient."""
    d, h, m = len(part.columns), part.size, part.each - 1
    shapes = {part.frequency: (d, h), part.phase: (d, h), part.weight: (d, h, m), part.bias: (d, m)}
    return [vector[at : at + int(np.prod(shape))].reshape(shape) for at, shape in shapes.items()]


def table_of(part: ColumnPart, vector: Array) -> Array:
    return vector[part.weight : part.weight + part.size * part.each].reshape(part.size, part.each)


def columns(step: ColumnsStep, theta: Array, x: Array) -> Array:
    """y, part by part and feature by feature."""
    made = []
    for part in step.parts:
        for j, column in enumerate(part.columns):
            of = x[:, column]
            match part.kind:
                case PartKind.COPY:
                    made.append(of[:, None])
                case PartKind.EMBEDDING:
                    made.append(table_of(part, theta)[of.real.astype(int)])
                case PartKind.WAVES:
                    frequency, phase, weight, bias = arrays_of(part, theta)
                    waves = np.cos(np.outer(of, TURN * frequency[j]) + phase[j])
                    made += [of[:, None], waves @ weight[j] + bias[j]]
    return np.hstack(made).astype(theta.dtype)


def columns_back(step: ColumnsStep, theta: Array, x: Array, dy: Array, grad: Array) -> Array:
    """The gradient of what the parts learn is added to ``grad``; for x, the input, nobody asks."""
    for part in step.parts:
        for j, column in enumerate(part.columns):
            of, first = x[:, column], part.first + j * part.each
            d = dy[:, first : first + part.each]
            if part.kind is PartKind.EMBEDDING:
                for n, word in enumerate(of.real.astype(int)):
                    table_of(part, grad)[word] += d[n]
            if part.kind is PartKind.WAVES:
                frequency, phase, weight, _ = arrays_of(part, theta)
                angles = np.outer(of, TURN * frequency[j]) + phase[j]
                du = -np.sin(angles) * (d[:, 1:] @ weight[j].T)
                d_frequency, d_phase, d_weight, d_bias = arrays_of(part, grad)
                d_frequency[j] += TURN * (of @ du)
                d_phase[j] += du.sum(axis=0)
                d_weight[j] += np.cos(angles).T @ d[:, 1:]
                d_bias[j] += d[:, 1:].sum(axis=0)
    return np.full_like(x, np.nan)
