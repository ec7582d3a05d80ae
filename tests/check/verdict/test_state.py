"""What a backward pass keeps from its first call shows at x; what keeps nothing raises no alarm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check import check_gradient, check_layer

Function = Callable[[Any], Any]
RNG = np.random.default_rng(7)
X, W, V = RNG.standard_normal((6, 5)), RNG.standard_normal((5, 4)), RNG.standard_normal((4, 4))
LABELS, ROWS = RNG.integers(4, size=6), np.arange(6)
KEPT = "as if it kept something of the first call, such as a mask"
FROZEN = "it does not follow x, as if from a stale cache"


class Kept:
    """A class whose backward uses what the first call of its forward left, as ``if self.a is None`` does."""

    def __init__(self, remember: Function, forward: Function, backward: Callable[[Any, Any], Any]) -> None:
        self.remember, self.forward, self.backward = remember, forward, backward
        self.kept: Any = None

    def f(self, x: Any) -> Any:
        if self.kept is None:
            self.kept = self.remember(x)
        return self.forward(x)

    def grad(self, x: Any) -> Any:
        return self.backward(x, self.kept)


def hinge(w: Any) -> Any:
    scores = X @ w
    margins = scores - scores[ROWS, LABELS][:, None] + 1
    margins[ROWS, LABELS] = 0
    return margins


def hinge_back(active: Any) -> Any:
    d = active * 1.0
    d[ROWS, LABELS] = -active.sum(axis=1)
    return X.T @ d


def scattered(values: Any, places: Any) -> Any:
    d = np.zeros_like(X)
    np.put(d, places, values)
    return d


def two_layers(p: Any) -> Any:
    return ((np.maximum(X @ p["W1"], 0) @ p["W2"]) ** 2).sum()


def two_layers_back(p: Any, mask: Any) -> Any:
    h = np.maximum(X @ p["W1"], 0)
    d = 2 * h @ p["W2"]
    return {"W1": X.T @ ((d @ p["W2"].T) * mask), "W2": h.T @ d}


KEEPING: dict[str, tuple[Any, Any, Any]] = {
    "ReLU's mask": (lambda x: x > 0, lambda x: (np.maximum(x, 0) ** 2).sum(), lambda x, m: 2 * x * m),
    "leaky ReLU's slopes": (
        lambda x: np.where(x > 0, 1, 0.1),
        lambda x: (np.where(x > 0, 1, 0.1) * x**3).sum(),
        lambda x, m: 3 * x**2 * m,
    ),
    "a hidden mask": (
        lambda x: x @ W > 0,
        lambda x: (np.maximum(x @ W, 0) ** 2).sum(),
        lambda x, m: 2 * (x @ W) * m @ W.T,
    ),
    "the first layer's mask of two": (lambda p: X @ p["W1"] > 0, two_layers, two_layers_back),
    "max-pooling's argmax": (
        lambda x: x.reshape(-1, 2).argmax(axis=1) + 2 * np.arange(15),
        lambda x: (x.reshape(-1, 2).max(axis=1) ** 2).sum(),
        lambda x, i: scattered(2 * x.ravel()[i], i),
    ),
    "the place of the maximum": (
        lambda x: x.argmax(),
        lambda x: np.exp(x.max()),
        lambda x, i: scattered(np.exp(x.max()), i),
    ),
    "an order": (
        lambda x: np.argsort(x, axis=None),
        lambda x: np.sort(x, axis=None) @ np.arange(30.0),
        lambda _, order: scattered(np.arange(30.0), order),
    ),
    "the hinge's active set": (
        lambda w: hinge(w) > 0,
        lambda w: np.maximum(hinge(w), 0).sum(),
        lambda _, m: hinge_back(m),
    ),
    "signs": (np.sign, lambda x: np.abs(x).sum(), lambda _, s: s),
    "where it was clipped": (
        lambda x: np.abs(x) < 1,
        lambda x: (np.clip(x, -1, 1) ** 3).sum(),
        lambda x, m: 3 * x**2 * m,
    ),
    "a mean": (
        lambda x: x.mean(axis=0),
        lambda x: ((x - x.mean(axis=0)) ** 4).sum(),
        lambda x, mu: 4 * (x - mu) ** 3 - 4 * ((x - mu) ** 3).mean(axis=0),
    ),
}


@pytest.mark.parametrize("fault", KEEPING)
def test_what_is_kept_of_the_first_call_is_found(fault: str) -> None:
    remember, forward, backward = KEEPING[fault]
    layer = Kept(remember, forward, backward)
    point = {"W1": W, "W2": V} if "layer's mask" in fault else W if "hinge" in fault else X
    report = check_gradient(layer.f, layer.grad, point)
    assert (report.verdict, report.cause in (KEPT, FROZEN)) == ("wrong", True)


@pytest.mark.parametrize("fault", KEEPING)
def test_the_same_without_keeping_it_is_correct(fault: str) -> None:
    remember, forward, backward = KEEPING[fault]
    point = {"W1": W, "W2": V} if "layer's mask" in fault else W if "hinge" in fault else X
    report = check_gradient(forward, lambda x: backward(x, remember(x)), point)
    assert report.verdict == "correct"


def test_a_buffer_that_is_written_only_where_something_is_active_is_found() -> None:
    buffer = np.zeros_like(X)

    def grad(x: Any) -> Any:
        buffer[x > 0] = 2 * x[x > 0]
        return buffer

    report = check_gradient(lambda x: (np.maximum(x, 0) ** 2).sum(), grad, X)
    assert (report.verdict, report.cause) == ("wrong", KEPT)


def test_a_running_maximum_is_found() -> None:
    largest = np.full(5, -np.inf)

    def grad(x: Any) -> Any:
        np.maximum(largest, x.max(axis=0), out=largest)
        return (x == largest) * 1.0

    assert check_gradient(lambda x: x.max(axis=0).sum(), grad, X).verdict == "wrong"


def test_a_buffer_that_decays_is_told_with_its_share() -> None:
    buffer = np.zeros_like(X)

    def grad(x: Any) -> Any:
        buffer[:] = 0.9 * buffer + np.cos(x)
        return buffer

    report = check_gradient(lambda x: np.sin(x).sum(), grad, X)
    assert (report.verdict, report.cause) == ("wrong", "it accumulates from call to call")
    assert report.evidence == "the second call at the same x gives 1.9 x the first in x"
    assert report.location == "x"


def test_of_several_arrays_those_that_accumulate_are_the_place() -> None:
    kept = {"a": np.zeros_like(X), "c": np.zeros_like(X)}

    def grad(p: Any) -> Any:
        for name in kept:
            kept[name] = kept[name] + np.cos(p[name])
        return {**kept, "b": np.cos(p["b"])}

    report = check_gradient(lambda p: sum(np.sin(x).sum() for x in p.values()), grad, dict.fromkeys("abc", X))
    assert (report.cause, report.location) == ("it accumulates from call to call", "a, c")


def positive(x: Any) -> Any:
    assert (x > 0).all(), "expected positive numbers"
    return np.log(x).sum()


def guarded(x: Any) -> Any:
    return -np.log(np.maximum(x, 1e-12)).sum()


@pytest.mark.parametrize(
    ("f", "grad"),
    [
        (lambda x: np.log(x).sum(), lambda x: 1 / x),
        (lambda x: np.sqrt(x).sum(), lambda x: 0.5 / np.sqrt(x)),
        (lambda x: (x**1.5).sum(), lambda x: 1.5 * x**0.5),
        (positive, lambda x: 1 / x),
        (guarded, lambda x: -1 / x),
    ],
    ids=["log", "sqrt", "a power", "an assertion", "a guard that the gradient has not"],
)
def test_a_right_gradient_of_positive_numbers_raises_no_alarm(f: Function, grad: Function) -> None:
    assert check_gradient(f, grad, np.abs(X) + 0.1).verdict == "correct"


# -- what forward keeps, and its output shows ----------------------------------------------------------------


class MaskOfTheFirstCall:
    """A ReLU behind a product, whose mask is drawn up once: forward and backward agree on it."""

    def __init__(self) -> None:
        self.W = W.copy()
        self.mask: Any = None

    def forward(self, x: Any) -> Any:
        self.x, z = x, x @ self.W
        if self.mask is None:
            self.mask = z > 0
        return z * self.mask

    def backward(self, dout: Any) -> Any:
        self.dW = self.x.T @ (dout * self.mask)
        return (dout * self.mask) @ self.W.T


class MaskOfEveryCall(MaskOfTheFirstCall):
    """The same, right."""

    def forward(self, x: Any) -> Any:
        self.mask = None
        return super().forward(x)


class MaskDrawnOnce:
    """Dropout whose mask is drawn at the first call, as for a check it should be."""

    mask: Any = None

    def forward(self, x: Any) -> Any:
        if self.mask is None:
            self.mask = np.random.rand(*x.shape) > 0.5  # noqa: NPY002 - as users write it
        return x * self.mask

    def backward(self, dout: Any) -> Any:
        return dout * self.mask


@pytest.mark.parametrize("layer", [MaskOfTheFirstCall, MaskOfTheFirstCall()], ids=["a class", "an object"])
def test_what_forward_keeps_of_its_first_call_is_seen_beside_a_fresh_object(layer: Any) -> None:
    report = check_layer(layer, X).gradient
    assert report is not None
    assert (report.verdict, report.cause) == ("wrong", KEPT)
    assert "other values at x than that of a fresh object" in str(report.evidence)


@pytest.mark.parametrize("layer", [MaskOfEveryCall, MaskDrawnOnce])
def test_a_forward_that_gives_at_x_what_a_fresh_object_gives_keeps_nothing(layer: Any) -> None:
    report = check_layer(layer, X).gradient
    assert report is not None
    assert report.verdict == "correct"
