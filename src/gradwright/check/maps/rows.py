"""The diagonal of a Jacobian alone, the term that a softmax's rows share, and the windows of a pool."""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import CLOSE, Jacobian
from gradwright.check.points import Array


def diagonal(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """y_i' alone, where each output follows many inputs."""
    on_it = np.diag(np.diag(j.true)) if j.is_square else j.true
    if not j.is_square or j.same(j.true, on_it):
        return None
    y = backward.value()
    axis = _softmax_axis(j, y)
    if j.same(j.claimed, on_it):
        cause = Cause.DIAGONAL if axis is None else Cause.SOFTMAX_DIAGONAL
        return Explanation(
            cause, f"{j.gradient} is dout times each output's derivative by its own input alone"
        )
    if axis is not None and j.same(j.claimed, np.diag(y)):
        evidence = f"{j.gradient} is y dout, without the sum of y dout over axis {axis} that is taken off"
        return Explanation(Cause.ROW_TERM, evidence)
    return None


def _softmax_axis(j: Jacobian, y: Array) -> int | None:
    """The axis along which the outputs are probabilities with a softmax's Jacobian."""
    for axis in range(len(j.out)):
        if np.allclose(y.reshape(j.out).sum(axis=axis), 1.0, rtol=0, atol=CLOSE) and (y > 0).all():
            others = [j.index(k) for k in range(len(j.out)) if k != axis]
            alike = np.all([i[:, None] == i[None, :] for i in others], axis=0) if others else True
            if j.same(j.true, np.diag(y) - np.outer(y, y) * alike):
                return axis
    return None


def row_term(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """A softmax inside: the claim is right for each dout that is orthogonal to the output in each row."""
    y = backward.value()
    if len(j.outputs) > 1 or len(j.out) < 2 or not j.is_wrong:
        return None
    rows = y.reshape(-1, j.out[-1])
    if rows.shape[1] < 2 or (np.abs(rows).max(axis=1) == 0).any():
        return None
    difference = (j.claimed - j.true).reshape(*rows.shape, -1)
    along = np.einsum("rk,rke->re", rows, difference) / (rows**2).sum(axis=1)[:, None]
    if j.same(difference, rows[:, :, None] * along[:, None, :]):
        weighs = _is_a_weighted_mean(backward, j)
        if weighs is not None:
            evidence = (
                f"{j.gradient} is right for each dout orthogonal to the output in every row, wrong along it: "
                f"the weights of {weighs} sum to 1 whatever {j.name} is"
            )
            return Explanation(Cause.ROW_TERM, evidence)
    return None


def _is_a_weighted_mean(backward: BackwardMap, j: Jacobian) -> str | None:
    """An array that the output is a weighted mean of: what is added to all of it is added to the output."""
    y, shift = backward.value(), backward.generator().standard_normal(j.out[-1])
    for name, array in backward.point.items():
        if name != j.name and array.shape[-1:] == j.out[-1:] and array.ndim > 1:
            moved = backward.at({name: array + shift}).value().reshape(j.out)
            if np.allclose(moved, y.reshape(j.out) + shift, rtol=0, atol=CLOSE * np.abs(moved).max()):
                return name
    return None


def windows(_: BackwardMap, j: Jacobian) -> Explanation | None:
    """A maximum whose backward gives to other entries of its window too."""
    there, passed = j.matters(j.true), j.matters(j.claimed)
    if not ((there.sum(axis=1) == 1).all() and j.same(j.true[there], np.ones(len(there)))):
        return None
    if len(there) == there.shape[1] or not (passed.sum(axis=1) > 1).any() or not (passed | ~there).all():
        return None
    most = int(passed.sum(axis=1).max())
    shares = j.claimed[passed]
    if j.same(shares, np.full_like(shares, shares[0])):
        told = f"{shares[0]:.3g} x dout to {most} entries of a window"
        return Explanation(Cause.NOT_ARGMAX, f"f takes one entry each, and {j.gradient} gives {told}")
    return None
