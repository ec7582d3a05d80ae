"""A cause is named where its experiment spoke for it, and a fault that looks alike does not get that name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check.faults.cause import Cause
from gradwright.check.faults.curves import ACTIVATIONS
from gradwright.check.points import Array
from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.gradient import check_gradient

Point = dict[str, Array]
REG = 0.05  # of the penalty, whose gradient is 0.1 W


def normal(*shape: int, seed: int = 3) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


X, LABELS = normal(9, 4), np.array([0, 1, 2, 0, 0, 1, 2, 1, 1])


def cross_entropy(s: Array) -> tuple[Any, Array]:
    """The mean over the rows, and its gradient by the scores."""
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(s))
    d = p.copy()
    d[rows, LABELS] -= 1
    return -np.log(p[rows, LABELS]).mean(), d / len(s)


def two_layers(slope: Callable[[Array, Array], Array], name: str = "tanh", **edits: Any) -> GradientReport:
    """The report on z = X W1 + b1, s = h W2 + b2, cross-entropy and an L2 penalty.

    On the way back there is ``slope(z, h)``; ``edits`` change the gradient of an array.
    """
    value = ACTIVATIONS[name].value

    def loss(p: Point) -> tuple[Any, Point]:
        z = X @ p["W1"] + p["b1"]
        h = np.array([value(row) for row in z])
        data, ds = cross_entropy(h @ p["W2"] + p["b2"])
        dz = (ds @ p["W2"].T) * slope(z, h)
        g = {
            "W1": X.T @ dz + 2 * REG * p["W1"],
            "b1": dz.sum(axis=0),
            "W2": h.T @ ds + 2 * REG * p["W2"],
            "b2": ds.sum(axis=0),
        }
        penalty = REG * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum())
        return data + penalty, g | {key: edit(g[key], p) for key, edit in edits.items()}

    point = {"W1": normal(4, 6), "b1": np.zeros(6), "W2": normal(6, 3), "b2": np.zeros(3)}
    return check_gradient(value_and_grad=loss, x=point)


def tanh_slope(_: Array, h: Array) -> Array:
    return 1 - h**2


@pytest.mark.parametrize(
    ("slope", "cause"),
    [
        (lambda z, _: np.ones_like(z), Cause.ACTIVATION_MISSING),
        (lambda z, _: 1 - z**2, Cause.ACTIVATION_AT_INPUT),
        (lambda _, h: 1 - np.tanh(h) ** 2, Cause.ACTIVATION_AT_OUTPUT),
        (lambda _, h: (1 - h**2) ** 2, Cause.ACTIVATION_TWICE),
        (lambda _, h: h * (1 - h), Cause.OTHER_ACTIVATION),
        (lambda _, h: 1 - h, Cause.OTHER_ACTIVATION),
        (lambda z, _: np.where(z > 0, 1.0, 0.0), Cause.OTHER_ACTIVATION),
        (lambda z, _: np.cos(z), None),
    ],
)
def test_each_wrong_derivative_of_tanh_has_a_name_of_its_own(
    slope: Callable[[Array, Array], Array], cause: Cause | None
) -> None:
    report = two_layers(slope)
    assert (report.verdict, report.cause) == ("wrong", cause and str(cause))
    assert report.location == "b1, W1"


@pytest.mark.parametrize("name", ["softplus", "swish", "GELU", "ELU", "SELU", "Mish"])
def test_a_missing_derivative_is_named_whatever_the_activation(name: str) -> None:
    assert two_layers(lambda z, _: np.ones_like(z), name).cause == Cause.ACTIVATION_MISSING


@pytest.mark.parametrize(
    ("edit", "cause"),
    [
        (lambda g, p: g - REG * p["W1"], Cause.L2_HALVED),
        (lambda g, p: g - 2 * REG * p["W1"], Cause.L2_MISSING),
        (lambda g, p: g + 2 * REG * p["W1"], Cause.L2_DOUBLED),
        (lambda g, p: g - 4 * REG * p["W1"], Cause.LIKE_L2),
        (lambda g, p: 9 * (g - 2 * REG * p["W1"]) + 2 * REG * p["W1"], Cause.MISSING_MEAN),
        (lambda g, p: 4 * REG * p["W1"] - g, Cause.SIGN),
        (lambda g, p: g + 0.1 * p["W1"] ** 3, None),
    ],
)
def test_what_is_wrong_with_a_penalty_is_told(edit: Any, cause: Cause | None) -> None:
    report = two_layers(tanh_slope, W1=edit)
    assert (report.cause, report.location) == (cause and str(cause), "W1")


def test_a_penalty_on_a_bias_that_is_zero_is_seen_elsewhere() -> None:
    report = two_layers(tanh_slope, b1=lambda g, p: g + 2 * REG * p["b1"])
    assert (report.verdict, report.cause, report.location) == ("wrong", Cause.L2_EXTRA, "b1")


def test_all_wrong_arrays_are_told_the_deepest_first() -> None:
    report = two_layers(tanh_slope, W1=lambda g, _: 2 * g, W2=lambda g, _: 2 * g)
    assert (report.location, report.cause) == ("W2, W1", Cause.DOUBLE)


def test_a_factor_at_x_that_is_another_one_elsewhere_is_no_factor() -> None:
    """Of one number alone every wrong derivative is a multiple of the right one."""
    report = check_gradient(lambda x: (x**4).sum(), lambda x: 3 * x**2, np.array([1.7]))
    assert (report.verdict, report.cause) == ("wrong", None)


def test_a_factor_without_an_answer_elsewhere_is_suspected() -> None:
    x = np.array([0.3, 0.4, 0.2])

    def at_x_alone(value: Callable[[Array], Any]) -> Callable[[Array], Any]:
        def f(z: Array) -> Any:
            if np.abs(z - x).max() > 0.02:
                raise ValueError("outside of the domain")
            return value(z)

        return f

    report = check_gradient(at_x_alone(lambda z: (z**3).sum()), at_x_alone(lambda z: 6 * z**2), x)
    assert (report.verdict, report.cause, report.suspicion) == ("wrong", None, str(Cause.DOUBLE))


@pytest.mark.parametrize(("rows", "cause"), [(9, Cause.MEAN_TWICE), (7, Cause.FACTOR)])
def test_a_batch_size_is_named_where_the_data_at_hand_have_it(rows: int, cause: Cause) -> None:
    data, y = normal(rows, 4), normal(rows)
    report = check_gradient(
        lambda w: ((data @ w - y) ** 2).sum(), lambda w: 2 * data.T @ (data @ w - y) / 9, normal(4)
    )
    assert report.cause == cause
    assert (report.suspicion is None) == (cause == Cause.MEAN_TWICE)


def test_a_logarithm_of_another_base_is_told_by_its_number() -> None:
    x = np.array([0.5, 1.5, 2.5])
    assert check_gradient(lambda x: np.log2(x).sum(), lambda x: 1 / x, x).cause == Cause.LOG_BASE


def hinge(edit: Callable[[Array], Array]) -> GradientReport:
    """The report on the multiclass hinge loss; ``edit`` makes the gradient by the scores of the margins."""

    def loss(W: Array) -> tuple[Any, Array]:
        s, rows = X @ W, np.arange(len(X))
        margins = s - s[rows, LABELS][:, None] + 1
        margins[rows, LABELS] = 0
        return np.maximum(margins, 0).mean(), X.T @ edit(margins) / margins.size

    return check_gradient(value_and_grad=loss, x=normal(4, 3))


def counted(share: float) -> Callable[[Array], Array]:
    def edit(margins: Array) -> Array:
        d = (margins > 0).astype(float)
        d[np.arange(len(d)), LABELS] = -share * d.sum(axis=1)
        return d

    return edit


def every_margin(margins: Array) -> Array:
    d = np.ones_like(margins)
    d[np.arange(len(d)), LABELS] = -2
    return d


@pytest.mark.parametrize(
    ("edit", "cause"),
    [(counted(0), Cause.RIGHT_CLASS), (counted(0.5), Cause.RIGHT_CLASS), (every_margin, Cause.NO_INDICATOR)],
)
def test_the_faults_of_a_hinge_loss(edit: Callable[[Array], Array], cause: Cause) -> None:
    assert hinge(counted(1)).verdict == "correct"
    assert hinge(edit).cause == cause


@pytest.mark.parametrize(
    ("of_scores", "cause"),
    [
        (lambda p, _: p, None),  # a suspicion: any other part of f that is linear looks the same
        (lambda p, y: p - np.roll(y, 1, axis=0), None),
        (lambda p, y: p - np.roll(y, 1, axis=1), Cause.WRONG_CLASS),
        (lambda p, y: -y * (1 - p), None),  # of three classes, p - y (1 + p) / 2 looks the same
        (lambda p, y: p - y * (1 + p) / 2, None),
    ],
)
def test_what_is_subtracted_from_probabilities_is_told_without_a_bias(
    of_scores: Any, cause: Cause | None
) -> None:
    def loss(W: Array) -> tuple[Any, Array]:
        value, d = cross_entropy(X @ W)
        y = np.eye(3)[LABELS]
        return value, X.T @ of_scores(d * len(X) + y, y) / len(X)

    assert check_gradient(value_and_grad=loss, x=normal(4, 3)).cause == (cause and str(cause))


def recurrent(back: Callable[[Array, Array], Array]) -> GradientReport:
    """The report on a tanh network over six steps, where ``back`` makes what a step hands on."""
    xs, ys = normal(6, 5, 3), normal(6, 5, 2)

    def loss(p: Point) -> tuple[Any, Point]:
        hs, value, ds = [np.zeros((5, 4))], 0.0, []
        for x, y in zip(xs, ys, strict=True):
            hs.append(np.tanh(x @ p["Wx"] + hs[-1] @ p["Wh"] + p["b"]))
            error = hs[-1] @ p["Wy"] - y
            value += (error**2).sum()
            ds.append(2 * error)
        g = {name: np.zeros_like(array) for name, array in p.items()}
        later = np.zeros((5, 4))
        for t in reversed(range(6)):
            dz = (ds[t] @ p["Wy"].T + later) * (1 - hs[t + 1] ** 2)
            g["Wy"] += hs[t + 1].T @ ds[t]
            g["Wx"] += xs[t].T @ dz
            g["Wh"] += hs[t].T @ dz
            g["b"] += dz.sum(axis=0)
            here = ds[t] @ p["Wy"].T * (1 - hs[t + 1] ** 2)
            later = back(np.stack([dz, here]), p["Wh"])
        return value, g

    point = {"Wx": normal(3, 4), "Wh": normal(4, 4) / 2, "b": normal(4) / 5, "Wy": normal(4, 2)}
    return check_gradient(value_and_grad=loss, x=point)


@pytest.mark.parametrize(
    ("back", "cause", "evidence"),
    [
        (lambda d, _: 0 * d[0], Cause.TRUNCATED, "for 0 steps"),
        (lambda d, W: d[1] @ W.T, Cause.TRUNCATED, "for 1 steps"),
        (lambda d, W: d[0] @ W, Cause.TRANSPOSED, "where Wh is symmetric"),
        (lambda d, W: 0.5 * d[0] @ W.T, None, ""),
    ],
)
def test_errors_that_come_back_too_few_steps_are_told_from_wrong_ones(
    back: Any, cause: Cause | None, evidence: str
) -> None:
    assert recurrent(lambda d, W: d[0] @ W.T).verdict == "correct"
    report = recurrent(back)
    assert report.cause == (cause and str(cause))
    assert evidence in str(report.evidence)


def looked_up(add: Callable[[Array, Array, Array], None], scale: float = 1.0) -> GradientReport:
    words, weights = np.array([1, 2, 2, 5]), normal(4, 3)

    def loss(E: Array) -> tuple[Any, Array]:
        g = np.zeros_like(E)
        add(g, words, np.cos(E[words]) * weights)
        g[3:] *= scale
        return (np.sin(E[words]) * weights).sum(), g

    return check_gradient(value_and_grad=loss, x=normal(7, 3))


def assigned(g: Array, words: Array, d: Array) -> None:
    g[words] = d


def added(g: Array, words: Array, d: Array) -> None:
    np.add.at(g, words, d)


def test_rows_that_are_looked_up_twice_and_overwritten_are_told_from_other_wrong_rows() -> None:
    report = looked_up(assigned)
    assert (report.cause, report.location) == (Cause.OVERWRITTEN, "x[2, :]")
    assert "words" in str(report.evidence)
    assert looked_up(added, scale=0.5).cause != Cause.OVERWRITTEN


def test_a_row_that_is_half_of_the_true_one_is_suspected_where_no_indices_are_at_hand() -> None:
    x = normal(5, 3)
    half = np.ones((5, 1))
    half[2] = 0.5
    report = check_gradient(lambda x: np.sin(x).sum(), lambda x: half * np.cos(x), x)
    assert (report.cause, report.suspicion) == (None, str(Cause.HALF))


@pytest.mark.parametrize(("skip", "body"), [(0, 1), (1, 0)])
def test_a_skip_is_dropped_or_the_body(skip: int, body: int) -> None:
    """y = x + tanh(x A) B: what goes one way alone is told by the weight that shuts the other."""
    x0, y = normal(8, 3), normal(8, 2)

    def loss(p: Point) -> tuple[Any, Point]:
        x = np.tanh(x0 @ p["W0"])
        h = np.tanh(x @ p["A"])
        error = (x + h @ p["B"]) @ p["C"] - y
        d = error @ p["C"].T
        dz = (d @ p["B"].T) * (1 - h**2)
        dx = skip * d + body * dz @ p["A"].T
        g = {"W0": x0.T @ (dx * (1 - x**2)), "A": x.T @ dz, "B": h.T @ d}
        return (error**2).sum() / 2, g | {"C": (x + h @ p["B"]).T @ error}

    point = {"W0": normal(3, 4), "A": normal(4, 4), "B": normal(4, 4, seed=8), "C": normal(4, 2)}
    assert check_gradient(value_and_grad=loss, x=point).cause == Cause.BRANCH_DROPPED
