"""The losses and penalties of a plan, by their numbers: each value beside its gradient."""

from __future__ import annotations

import numpy as np

from gradwright.engine.plan import Plan
from gradwright.engine.vocabulary import LossKind, PenaltyKind
from gradwright.errors import ShapeError
from gradwright.nn.layer import Array, Scalar
from tests.engine.interpreter_activations import sigmoid, softplus


def loss_and_delta(plan: Plan, output: Array, target: Array) -> tuple[Scalar, Array]:
    """The loss of ``output`` (N, o), and its derivative with respect to it.

    Softmax cross-entropy is a mean over the N rows; the others are means over all N o entries. ``target`` is
    (N, o), or (N,) where o is 1; softmax cross-entropy takes integer labels (N,) too.

    Raises ``ShapeError`` for a target of another shape.
    """
    t = _targets(plan, output, target)
    match plan.loss:
        case LossKind.SOFTMAX_CROSS_ENTROPY:  # -1/N sum t log p  ->  (p sum_k t_nk - t) / N
            # where t loses its share s, the smoothing, to the mean of its row
            t = t + plan.loss_parameter * (t.mean(axis=1, keepdims=True) - t)
            shifted = output - output.real.max(axis=1, keepdims=True)
            log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            return -(t * log_p).sum() / len(t), (np.exp(log_p) * t.sum(axis=1, keepdims=True) - t) / len(t)
        case (
            LossKind.FOCAL
        ):  # -1/N sum_n (1 - p)^g log p  ->  ((1 - p)^g - g (1 - p)^(g - 1) p log p) (p_k - t) / N
            g, shifted = plan.loss_parameter, output - output.real.max(axis=1, keepdims=True)
            log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            log, p = (t * log_p).sum(axis=1, keepdims=True), np.exp((t * log_p).sum(axis=1, keepdims=True))
            rest = np.maximum(1 - p, np.finfo(p.dtype).tiny)  # of a single class nothing, and its slope is 0
            slope = (1 - p) ** g - g * rest ** (g - 1) * p * log
            return -((1 - p) ** g * log).mean(), slope * (np.exp(log_p) - t) / len(t)
        case LossKind.HINGE:  # mean of h^p, h = max(0, 1 + rival - own)  ->  +-p h^(p - 1) / N
            rows, label = np.arange(len(t)), t.argmax(axis=1)
            others = np.where(t > 0, -np.inf, output)
            rival = others.real.argmax(axis=1)
            lead = 1 + others[rows, rival] - output[rows, label]
            h, power = np.where(lead.real > 0, lead, 0), plan.loss_parameter
            slope, delta = power * np.where(lead.real > 0, h ** (power - 1), 0), np.zeros_like(output)
            delta[rows, rival] = slope / len(t)
            delta[rows, label] = -slope / len(t)
            return (h**power).mean(), delta
        case LossKind.BINARY_CROSS_ENTROPY:  # mean of softplus(z) - t z  ->  (sigmoid(z) - t) / size
            return (softplus(output) - t * output).mean(), (sigmoid(output) - t) / t.size
        case LossKind.MEAN_SQUARED_ERROR:  # mean of e^2  ->  2 e / size
            error = output - t
            return (error**2).mean(), 2 * error / t.size
        case LossKind.MEAN_ABSOLUTE_ERROR:  # mean of |e|  ->  sign(e) / size
            sign = np.sign((output - t).real)
            return (sign * (output - t)).mean(), sign / t.size
        case LossKind.QUANTILE:  # mean of (1 - q) e above 0, -q e below  ->  1 - q or -q, / size
            error, q = output - t, plan.loss_parameter
            slope = ((1 - q) * (error.real > 0) - q * (error.real < 0)).astype(t.dtype)
            return (slope * error).mean(), slope / t.size
        case LossKind.POISSON:  # mean of e^z - t z  ->  (e^z - t) / size
            return (np.exp(output) - t * output).mean(), (np.exp(output) - t) / t.size
        case (
            LossKind.HUBER
        ):  # mean of e^2 / 2 near 0, of d |e| - d^2 / 2 beyond d  ->  e or d sign(e), / size
            error, d = output - t, plan.loss_parameter
            sign = np.sign(error.real)
            near = abs(error.real) <= d
            value = np.where(near, 0.5 * error**2, d * sign * error - 0.5 * d * d)
            return value.mean(), np.where(near, error, d * sign) / t.size


def penalty_and_grad(plan: Plan, theta: Array) -> tuple[Scalar, Array]:
    """The penalty on the weights in theta (P,), and its gradient (P,); zeros where there is none."""
    value = theta.dtype.type(0)
    grad = np.zeros_like(theta)
    for array in plan.arrays:
        if not array.penalized:
            continue
        place = slice(array.offset, array.offset + array.rows * array.columns)
        w = theta[place]
        match plan.penalty:
            case PenaltyKind.L2:  # factor sum w^2  ->  2 factor w
                value += plan.penalty_factor * (w**2).sum()
                grad[place] = 2 * plan.penalty_factor * w
            case PenaltyKind.L1:  # factor sum |w|  ->  factor sign(w), 0 at 0
                value += plan.penalty_factor * (np.sign(w.real) * w).sum()
                grad[place] = plan.penalty_factor * np.sign(w.real)
    return value, grad


def _targets(plan: Plan, output: Array, target: Array) -> Array:
    """The target as numbers (N, o), labels as rows of the unit matrix."""
    dtype = output.real.dtype
    if plan.loss in (LossKind.SOFTMAX_CROSS_ENTROPY, LossKind.FOCAL, LossKind.HINGE) and np.issubdtype(
        target.dtype, np.integer
    ):
        return np.eye(output.shape[1], dtype=dtype)[target]
    column = target.reshape(-1, 1) if target.ndim == 1 else target
    if column.shape != output.shape:
        raise ShapeError(f"target: expected the shape {output.shape}, found {target.shape}")
    return column.astype(dtype, copy=False)
