"""Faults of one layer are named by its Jacobians, at either door, and no rival gets their name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check import GradientReport, check_layer, check_pair
from gradwright.check.faults.cause import Cause
from tests.check import course_layers as course

RNG = np.random.default_rng(5)
X, W, B = RNG.standard_normal((5, 4)), RNG.standard_normal((4, 4)), RNG.standard_normal(4)
GAMMA, BETA = RNG.uniform(0.5, 1.5, 4), RNG.standard_normal(4)
IMAGES, FILTERS = RNG.standard_normal((2, 3, 5, 5)), RNG.standard_normal((2, 3, 3, 3))
NORM: dict[str, Any] = {"x": X, "gamma": GAMMA, "beta": BETA}


def affine(backward: Callable[..., Any]) -> GradientReport:
    return check_pair(course.affine_forward, backward, x=X, w=W, b=B)


def elementwise(f: Callable[[Any], Any], slope: Callable[[Any], Any]) -> GradientReport:
    return check_pair(lambda x: (f(x), x), lambda dout, x: dout * slope(x), x=2 * X)


def normalized(name: str, dx: Callable[[Any, Any, Any], Any]) -> GradientReport:
    """A normalization, with ``dx(dnormal, normal, sd)`` for its way back."""

    def backward(dout: Any, cache: Any) -> Any:
        normal, gamma, sd = cache[:3]
        return dx(dout * gamma, normal, sd), (dout * normal).sum(axis=0), dout.sum(axis=0)

    param: dict[str, Any] = {"bn_param": {"mode": "train"}} if name == "batchnorm" else {"ln_param": {}}
    return check_pair(getattr(course, f"{name}_forward"), backward, **NORM, **param)


def convolution(change: Callable[..., Any]) -> GradientReport:
    """A convolution whose gradients pass through ``change(dx, dw, db)``."""
    return check_pair(
        course.conv_forward,
        lambda dout, cache: change(*course.conv_backward(dout, cache)),
        x=IMAGES,
        w=FILTERS,
        b=B[:2],
        conv_param={"stride": 1, "pad": 1},
    )


def residual(skip: float, branch: float) -> GradientReport:
    """y = x + tanh(x) W, with so much of each summand on the way back."""
    return check_pair(
        lambda x, w: (x + np.tanh(x) @ w, (x, w)),
        lambda dout, c: (
            skip * dout + branch * (dout @ c[1].T) * (1 - np.tanh(c[0]) ** 2),
            np.tanh(c[0]).T @ dout,
        ),
        x=X,
        w=W,
    )


def embedding(add: Callable[[Any, Any, Any], None]) -> GradientReport:
    words = np.array([[0, 2, 2], [1, 0, 2]])

    def backward(dout: Any, _: Any) -> Any:
        dw = np.zeros((4, 4))
        add(dw, words, dout)
        return dw

    return check_pair(lambda w: (w[words], None), backward, w=W)


def assigned(dw: Any, words: Any, dout: Any) -> None:
    dw[words] = dout


def added_once(dw: Any, words: Any, dout: Any) -> None:
    dw[words] += dout


def softmax(y: Any, dout: Any, row_term: bool) -> Any:
    return y * (dout - row_term * (dout * y).sum(axis=1, keepdims=True))


def soft(x: Any) -> Any:
    e = np.exp(x)
    return e / e.sum(axis=1, keepdims=True)


def probabilities(backward: Callable[[Any, Any], Any]) -> GradientReport:
    return check_pair(lambda x: (soft(x), soft(x)), backward, x=X)


def pooled(shares: Callable[[Any, Any], Any]) -> GradientReport:
    """The largest of each four; ``shares(windows, dout)`` is what its entries get."""

    def backward(dout: Any, x: Any) -> Any:
        return shares(x.reshape(5, 2, 2), dout[:, :, None]).reshape(5, 4)

    return check_pair(lambda x: (x.reshape(5, 2, 2).max(axis=2), x), backward, x=X)


FAULTS: dict[str, tuple[Callable[[], GradientReport], Cause, str]] = {
    "affine: bias over the wrong axis": (
        lambda: check_pair(
            course.affine_forward,
            lambda d, c: (d @ c[1].T, c[0].T @ d, d.sum(axis=1)),
            x=X[:4],
            w=W,
            b=B,
        ),
        Cause.BIAS_AXIS,
        "b",
    ),
    "affine: bias averaged": (
        lambda: affine(lambda d, c: (d @ c[1].T, c[0].T @ d, d.mean(axis=0))),
        Cause.MEAN_FOR_SUM,
        "b",
    ),
    "affine: weight not transposed": (
        lambda: affine(lambda d, c: (d @ c[1], c[0].T @ d, d.sum(axis=0))),
        Cause.TRANSPOSED,
        "x",
    ),
    "affine: only the last sample": (
        lambda: affine(lambda d, c: (d @ c[1].T, np.outer(c[0][-1], d[-1]), d.sum(axis=0))),
        Cause.OVERWRITTEN,
        "w",
    ),
    "affine: sign of dout": (
        lambda: affine(lambda d, c: (np.maximum(d, 0) @ c[1].T, c[0].T @ d, d.sum(axis=0))),
        Cause.MASK_OF_GRADIENT,
        "x",
    ),
    "affine: clipped": (
        lambda: affine(lambda d, c: (np.clip(d @ c[1].T, -1, 1), c[0].T @ d, d.sum(axis=0))),
        Cause.CLIPPED,
        "x",
    ),
    "affine: decay inside": (
        lambda: affine(lambda d, c: (d @ c[1].T, c[0].T @ d + 0.1 * c[1], d.sum(axis=0))),
        Cause.L2_EXTRA,
        "w",
    ),
    "affine: one more": (
        lambda: affine(lambda d, c: (d @ c[1].T, c[0].T @ d, d.sum(axis=0) + 1)),
        Cause.TERM_ADDED,
        "b",
    ),
    "affine: squared": (
        lambda: affine(lambda d, c: (d @ c[1].T, c[0].T @ d, (d * np.abs(d)).sum(axis=0))),
        Cause.NOT_LINEAR_IN_DOUT,
        "b",
    ),
    "tanh: missing": (
        lambda: elementwise(np.tanh, lambda x: np.ones_like(x)),
        Cause.ACTIVATION_MISSING,
        "x",
    ),
    "tanh: at the output": (
        lambda: elementwise(np.tanh, lambda x: 1 - np.tanh(np.tanh(x)) ** 2),
        Cause.ACTIVATION_AT_OUTPUT,
        "x",
    ),
    "tanh: at the input": (
        lambda: elementwise(np.tanh, lambda x: 1 - x**2),
        Cause.ACTIVATION_AT_INPUT,
        "x",
    ),
    "tanh: sigmoid's": (
        lambda: elementwise(np.tanh, lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        Cause.OTHER_ACTIVATION,
        "x",
    ),
    "relu: missing": (
        lambda: elementwise(lambda x: np.maximum(x, 0), lambda x: np.ones_like(x)),
        Cause.ACTIVATION_MISSING,
        "x",
    ),
    "relu: leaky's": (
        lambda: elementwise(lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1, 0.1)),
        Cause.OTHER_ACTIVATION,
        "x",
    ),
    "sign: straight-through": (
        lambda: elementwise(np.sign, lambda x: np.ones_like(x)),
        Cause.STRAIGHT_THROUGH,
        "x",
    ),
    "batch norm: mean and variance held": (
        lambda: normalized("batchnorm", lambda d, _, sd: d / sd),
        Cause.MOMENT,
        "x",
    ),
    "batch norm: variance held": (
        lambda: normalized("batchnorm", lambda d, _, sd: (d - d.mean(axis=0)) / sd),
        Cause.MOMENT,
        "x",
    ),
    "layer norm: mean held": (
        lambda: normalized("layernorm", lambda d, n, sd: (d - n * (d * n).mean(axis=1, keepdims=True)) / sd),
        Cause.MOMENT,
        "x",
    ),
    "layer norm: twice the variance's part": (
        lambda: normalized(
            "layernorm",
            lambda d, n, sd: (
                (d - d.mean(axis=1, keepdims=True) - 2 * n * (d * n).mean(axis=1, keepdims=True)) / sd
            ),
        ),
        Cause.FACTOR_INSIDE,
        "x",
    ),
    "convolution: dw turned round": (
        lambda: convolution(lambda dx, dw, db: (dx, dw[:, :, ::-1], db)),
        Cause.REVERSED,
        "w",
    ),
    "convolution: dx one place too far": (
        lambda: convolution(lambda dx, dw, db: (np.roll(dx, 1, axis=3) * (np.arange(5) > 0), dw, db)),
        Cause.OFF_BY_ONE,
        "x",
    ),
    "residual: skip dropped": (lambda: residual(0, 1), Cause.BRANCH_DROPPED, "x"),
    "residual: branch dropped": (lambda: residual(1, 0), Cause.BRANCH_DROPPED, "x"),
    "residual: branch twice": (lambda: residual(1, 2), Cause.BRANCH_TWICE, "x"),
    "embedding: the last of each word": (lambda: embedding(assigned), Cause.OVERWRITTEN, "w"),
    "embedding: += with repeated words": (lambda: embedding(added_once), Cause.OVERWRITTEN, "w"),
    "softmax: diagonal": (
        lambda: probabilities(lambda d, y: d * y * (1 - y)),
        Cause.SOFTMAX_DIAGONAL,
        "x",
    ),
    "softmax: row term": (lambda: probabilities(lambda d, y: softmax(y, d, False)), Cause.ROW_TERM, "x"),
    "max pool: to all entries": (
        lambda: pooled(lambda windows, d: np.ones_like(windows) * d),
        Cause.NOT_ARGMAX,
        "x",
    ),
    "average pool: not divided": (
        lambda: check_pair(
            lambda x: (x.reshape(5, 2, 2).mean(axis=2), None),
            lambda d, _: np.repeat(d, 2, axis=1),
            x=X,
        ),
        Cause.SUM_FOR_MEAN,
        "x",
    ),
    "cumulative sum: not turned round": (
        lambda: check_pair(lambda x: (np.cumsum(x, axis=1), None), lambda d, _: np.cumsum(d, axis=1), x=X),
        Cause.TRANSPOSED,
        "x",
    ),
    "scale: of the input itself": (
        lambda: check_pair(
            lambda x, g: (g * (x - x.mean(axis=0)), (x, g)),
            lambda d, c: (c[1] * (d - d.mean(axis=0)), (d * c[0]).sum(axis=0)),
            x=X,
            g=GAMMA,
        ),
        Cause.OTHER_VALUES,
        "g",
    ),
}


@pytest.mark.parametrize(("report", "cause", "location"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_and_placed(
    report: Callable[[], GradientReport], cause: Cause, location: str
) -> None:
    found = report()
    assert (found.verdict, found.cause) == ("wrong", cause), found.evidence
    assert found.location is not None
    assert found.location.split("[")[0] == location
    wrong = [each.name for each in found.parameters if each.verdict == "wrong"]
    assert all(f"d{name}" in (found.evidence or "") for name in wrong)


RIVALS: dict[str, tuple[Callable[[], GradientReport], Cause]] = {
    "a diagonal that is no softmax's": (
        lambda: normalized("batchnorm", lambda d, n, sd: d * (1 - 1 / 5 - n**2 / 5) / sd),
        Cause.SOFTMAX_DIAGONAL,
    ),
    "a factor that is no length": (
        lambda: affine(lambda d, c: (d @ c[1].T, c[0].T @ d, d.sum(axis=0) / 3)),
        Cause.MEAN_FOR_SUM,
    ),
    "a factor that is the number of samples by chance": (
        lambda: affine(lambda d, c: (d @ c[1].T, c[0].T @ d, d.sum(axis=0) / 5)),
        Cause.MEAN_FOR_SUM,
    ),
    "noise in the place of a moment": (
        lambda: normalized("batchnorm", lambda d, n, sd: (d - n**2) / sd),
        Cause.MOMENT,
    ),
    "a curve that is nobody's derivative": (
        lambda: elementwise(np.tanh, lambda x: 1 / (1 + x**4)),
        Cause.OTHER_ACTIVATION,
    ),
    "a branch that is more than twice there": (lambda: residual(1, 2.2), Cause.BRANCH_TWICE),
    "a weight that is another one": (
        lambda: affine(lambda d, c: (d @ (c[1].T + c[1]) / 2, c[0].T @ d, d.sum(axis=0))),
        Cause.TRANSPOSED,
    ),
}


@pytest.mark.parametrize(("report", "name"), RIVALS.values(), ids=RIVALS)
def test_what_looks_alike_does_not_get_the_name(report: Callable[[], GradientReport], name: Cause) -> None:
    found = report()
    assert (found.verdict, found.location) != ("correct", None)
    assert found.cause != name, found.evidence


def test_objects_with_state_are_told_in_the_same_words() -> None:
    class Affine:
        def __init__(self) -> None:
            self.W, self.b = W.copy(), B.copy()

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.W + self.b

        def backward(self, dout: Any) -> Any:
            self.dW = self.x.T @ dout
            self.db = dout.mean(axis=0)
            return dout @ self.W.T

    report = check_layer(Affine(), X).gradient
    assert report is not None
    assert report.cause == Cause.MEAN_FOR_SUM
    assert report.evidence == "db averages over axis 0 (the samples); it should sum over it"


def test_of_several_faults_all_are_told() -> None:
    report = affine(lambda d, c: (d @ c[1], c[0].T @ d, d.mean(axis=0)))
    assert report.evidence is not None
    assert "db averages over axis 0" in report.evidence
    assert str(Cause.TRANSPOSED) in report.evidence
    assert "of x, b differs" in report.reason
