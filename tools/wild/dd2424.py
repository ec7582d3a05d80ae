"""KTH's DD2424: a class or functions that keep W and b, a cost, and its gradients; columns are samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

import gradwright as gw
from tools.wild.source import Question

DRAW = np.random.default_rng(31).standard_normal
X, Y = DRAW((6, 5)), np.eye(3)[:, [0, 2, 1, 1, 0]]  # (d, n), (K, n)
REG = 0.1


def alexcosta13_classifier(theirs: Any) -> Iterator[Question]:
    """One layer, softmax or SVM."""
    for loss in ("cross_entropy", "svm"):
        net = theirs.Classifier(6, 3)
        yield (
            f"Classifier, {loss}",
            lambda: kept(
                {"W": (net, "W"), "b": (net, "b")},
                lambda: net.compute_cost(X, Y, REG, loss),
                lambda: net.compute_gradients(X, Y, REG, loss),
            ),
        )


def wilhelmagren_one(theirs: Any) -> Iterator[Question]:
    """Functions of W and b, for the sizes of CIFAR-10 alone."""
    x, y = DRAW((3072, 4)), np.eye(10)[:, [0, 2, 1, 9]]

    def cost(p: Mapping[str, Any]) -> Any:
        return theirs.compute_cost(x, y, p["W"], p["b"], REG)

    def gradients(p: Mapping[str, Any]) -> Any:
        return theirs.compute_gradients(x, y, theirs.evaluate_classifier(x, p["W"], p["b"]), p["W"], REG)

    point = {"W": 0.01 * DRAW((10, 3072)), "b": DRAW((10, 1))}
    yield "compute_gradients", lambda: gw.check_gradient(cost, gradients, point)


def wilhelmagren_two(theirs: Any) -> Iterator[Question]:
    """Two layers."""
    x, y = DRAW((3072, 4)), np.eye(10)[:, [0, 2, 1, 9]]
    point = {"W1": 0.01 * DRAW((50, 3072)), "W2": DRAW((10, 50)), "b1": DRAW((50, 1)), "b2": DRAW((10, 1))}
    yield (
        "compute_gradients",
        lambda: gw.check_gradient(
            lambda p: theirs.compute_cost(x, y, *p.values(), REG)[0],
            lambda p: tuple(np.asarray(g) for g in theirs.compute_gradients(x, y, *p.values(), REG)),
            point,
        ),
    )


def mhagglun_one(theirs: Any) -> Iterator[Question]:
    """One layer, softmax or SVM."""
    for loss in ("cross", "svm"):
        yield f"Network, {loss}", lambda: _mhagglun(theirs.Network(6, 3, loss, REG))


def _mhagglun(net: Any) -> Any:
    return kept(
        {"W": (net, "W"), "b": (net, "b")},
        lambda: float(net.compute_cost(X, Y)),
        lambda: tuple(np.asarray(g) for g in net.compute_gradients(X, Y)),
    )


def mhagglun_deep(theirs: Any) -> Iterator[Question]:
    """Layers in a list."""
    net = theirs.Network(6, 3, [7], REG)

    def gradients() -> Any:
        p, activations, *_ = net.forward_pass(X, Y)
        return [g for both in zip(*net.backward_pass(X, Y, p, activations), strict=True) for g in both]

    yield (
        "Network",
        lambda: kept(
            {f"layers[{i}].{name}": (layer, name) for i, layer in enumerate(net.layers) for name in "Wb"},
            lambda: net.forward_pass(X, Y)[2],
            gradients,
        ),
    )


def ostglnd_one(theirs: Any) -> Iterator[Question]:
    """Rows are samples."""
    cls = next(value for value in vars(theirs).values() if hasattr(value, "computeGrads"))
    net = cls.__new__(cls)
    net.W, net.b = DRAW((3, 6)), DRAW((3, 1))
    yield (
        cls.__name__,
        lambda: kept(
            {"W": (net, "W"), "b": (net, "b")},
            lambda: net.computeCost(X.T, Y.T, REG)[1],
            lambda: net.computeGrads(X.T, Y.T, REG),
        ),
    )


def annasanchez27_one(theirs: Any) -> Iterator[Question]:
    """One layer, softmax or SVM; the gradients are given the predictions."""
    for loss in ("cross-entropy", "svm"):
        net = theirs.Classifier(6, 3)
        yield (
            f"Classifier, {loss}",
            lambda: kept(
                {"W": (net, "W"), "b": (net, "b")},
                lambda: net.compute_cost(X, Y, net.predict(X, loss), loss, REG),
                lambda: net.compute_gradients(X, Y, net.predict(X, loss), loss, REG),
            ),
        )


def annasanchez27_two(theirs: Any) -> Iterator[Question]:
    """Two layers in a list."""
    net = theirs.Classifier.__new__(theirs.Classifier)
    net.layers = [_Layer(W=DRAW((7, 6)), b=DRAW((7, 1))), _Layer(W=DRAW((3, 7)), b=DRAW((3, 1)))]
    yield (
        "Classifier",
        lambda: kept(
            {f"layers[{i}].{name}": (net.layers[i], name) for i in (0, 1) for name in "Wb"},
            lambda: net.compute_cost(X, Y, net.predict(X, "cross-entropy")[1], "cross-entropy", REG),
            lambda: net.compute_gradients(X, Y, "cross-entropy", REG),
        ),
    )


class _Layer:
    def __init__(self, **arrays: Any) -> None:
        vars(self).update(arrays)


def kept(
    places: Mapping[str, tuple[Any, str]], cost: Callable[[], Any], gradients: Callable[[], Any]
) -> gw.check.GradientReport:
    """The check of a cost and its gradients, in order, of arrays that objects keep as attributes."""

    def at(ask: Callable[[], Any]) -> Callable[[Mapping[str, Any]], Any]:
        def asked(point: Mapping[str, Any]) -> Any:
            for name, (owner, attribute) in places.items():
                setattr(owner, attribute, point[name])
            return ask()

        return asked

    point = {name: getattr(owner, attribute) for name, (owner, attribute) in places.items()}
    return gw.check_gradient(at(cost), at(gradients), point)
