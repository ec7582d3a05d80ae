"""The best linear model and the best constant, held against what is known of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Dataset, Split
from gradwright.diagnosis import linear_optimum
from gradwright.diagnosis.baselines import baselines
from gradwright.diagnosis.linear import MOST, best_constant, softmax_optimum
from gradwright.errors import ConfigError

# Train loss, train and validation accuracy of softmax regression on the course's files, by bias
OPTIMA = {
    ("peaks", False): (1.2629, 0.536, 0.534),
    ("peaks", True): (1.2202, 0.572, 0.566),
    ("gmm", False): (1.2668, 0.487, 0.489),
    ("gmm", True): (1.2226, 0.488, 0.493),
}
HALF_A_DIGIT = 5e-5, 5e-4  # of a loss that is known to four digits, of an accuracy that is known to three
NEWTON = 1e-7  # what the search promises of a loss
EXACT = 1e-9  # closed forms against each other, in float64


def newton(x: Any, labels: Any, k: int) -> float:
    """The least loss by a method that shares nothing with L-BFGS: Newton's, on the whole Hessian."""
    x, hot = np.column_stack([x, np.ones(len(x))]), np.eye(k)[labels]
    w = np.zeros((x.shape[1], k))
    for _ in range(12):
        p = np.exp(x @ w - (x @ w).max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        gradient = x.T @ (p - hot) / len(x)
        blocks = [[(x * (p[:, a] * ((a == b) - p[:, b]))[:, None]).T @ x for b in range(k)] for a in range(k)]
        hessian = np.block(blocks) / len(x) + 1e-10 * np.eye(w.size)  # a shift of all logits costs nothing
        w -= np.linalg.solve(hessian, gradient.T.ravel()).reshape(k, -1).T
    return float(gw.SoftmaxCrossEntropy().forward(x @ w, labels)[0])


@pytest.mark.parametrize(("name", "bias"), OPTIMA, ids=lambda value: str(value))
def test_the_optima_of_the_courses_files_are_the_known_ones(real_data: Path, name: str, bias: bool) -> None:
    best = softmax_optimum(gw.data.load(name, data_dir=str(real_data)), bias=bias)
    loss, train, validation = OPTIMA[name, bias]
    assert best["train"]["loss"] == pytest.approx(loss, abs=HALF_A_DIGIT[0])
    assert best["train"]["accuracy"] == pytest.approx(train, abs=HALF_A_DIGIT[1])
    assert best["validation"]["accuracy"] == pytest.approx(validation, abs=HALF_A_DIGIT[1])


def test_lbfgs_reaches_what_newton_reaches(peaks: Dataset) -> None:
    best = linear_optimum(peaks, gw.SoftmaxCrossEntropy())
    exact = newton(peaks.inputs("train", np.float64), peaks.train.y, 5)
    assert best.converged
    assert best.metrics["train"]["loss"] == pytest.approx(exact, abs=NEWTON)


@pytest.mark.parametrize("stretch", [1e-6, 1e6])
def test_the_scale_of_a_feature_changes_nothing(peaks: Dataset, stretch: float) -> None:
    stretched = Dataset("stretched", "", peaks.train, features=Affine(100.0, np.array([stretch, 1.0])))
    plain = linear_optimum(peaks, gw.SoftmaxCrossEntropy()).metrics["train"]
    best = linear_optimum(stretched, gw.SoftmaxCrossEntropy())
    assert best.converged
    assert best.metrics["train"]["loss"] == pytest.approx(plain["loss"], abs=NEWTON)


def test_a_feature_that_never_changes_is_no_trouble() -> None:
    x = np.column_stack([np.linspace(-1, 1, 20), np.full(20, 7.0)])
    best = linear_optimum(Dataset("flat", "", Split(x, 3 * x[:, :1] + 1)), gw.MeanSquaredError())
    assert best.metrics["train"]["loss"] == pytest.approx(0, abs=EXACT)


def test_least_squares_are_exact() -> None:
    data = gw.data.load("line")
    x, y = data.inputs("train", np.float64)[:, 0], data.train.y[:, 0]
    residual = y - np.polyval(np.polyfit(x, y, 1), x)
    best = linear_optimum(data, gw.MeanSquaredError())
    assert best.method == "least squares"
    assert best.metrics == {"train": {"loss": pytest.approx(float((residual**2).mean()), rel=EXACT)}}
    through_zero = linear_optimum(data, gw.MeanSquaredError(), bias=False).metrics["train"]["loss"]
    slope = float(x @ y / (x @ x))
    assert through_zero == pytest.approx(float(((y - slope * x) ** 2).mean()), rel=EXACT)


def test_a_large_problem_ends_at_its_bound_and_says_so(
    monkeypatch: pytest.MonkeyPatch, peaks: Dataset
) -> None:
    monkeypatch.setattr("gradwright.diagnosis.linear.WORK", 1.0)
    monkeypatch.setattr("gradwright.diagnosis.linear.FEWEST", 3)
    best = linear_optimum(peaks, gw.SoftmaxCrossEntropy())
    assert not best.converged
    assert best.passes <= 3 + 20  # the bound is looked at between line searches, of at most 20 passes


def test_products_in_float32_cost_a_few_digits(monkeypatch: pytest.MonkeyPatch, peaks: Dataset) -> None:
    exact = linear_optimum(peaks, gw.SoftmaxCrossEntropy()).metrics["train"]["loss"]
    monkeypatch.setattr("gradwright.diagnosis.linear.FULL_PRECISION", 1)
    rough = linear_optimum(peaks, gw.SoftmaxCrossEntropy())
    assert rough.metrics["train"]["loss"] == pytest.approx(exact, abs=1e-6)  # float32 has seven
    assert rough.passes < MOST


@pytest.mark.parametrize(
    ("loss", "y", "known"),
    [
        (gw.MeanSquaredError(), np.array([1.0, 2.0, 6.0]), 14 / 3),
        (gw.Huber(1.0), np.array([0.0, 0.0, 9.0]), (0.125 + 0.125 + 8.0) / 3),  # at 1/2: |e| = 1/2, 1/2, 17/2
        (gw.BinaryCrossEntropy(), np.array([0, 0, 0, 1]), -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))),
        (gw.SoftmaxCrossEntropy(), np.array([0, 1, 1, 1]), -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))),
        (gw.MeanAbsoluteError(), np.array([1.0, 2.0, 6.0]), 5 / 3),
        (gw.Quantile(0.2), np.array([1.0, 2.0, 6.0]), 0.2 * (1 + 5) / 3),
        (gw.Poisson(), np.array([1.0, 2.0, 6.0]), 3 - 3 * np.log(3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_best_constant_has_the_entropy_or_the_variance(loss: Any, y: Any, known: float) -> None:
    k = 2 if isinstance(loss, gw.SoftmaxCrossEntropy) else 1
    constant = best_constant(Split(np.zeros((len(y), 1)), y), loss, k)
    value = float(loss.forward(np.tile(constant, (len(y), 1)), y)[0])
    assert value == pytest.approx(known, rel=1e-7)  # Huber's goes by L-BFGS
    for step in (-1e-3, 1e-3):
        moved = constant + step * np.arange(1, k + 1)
        assert loss.forward(np.tile(moved, (len(y), 1)), y)[0] > value


def test_a_class_that_never_occurs_in_training_is_unlikely_but_possible() -> None:
    x = np.zeros((4, 1))
    data = Dataset("lopsided", "", Split(x, np.array([0, 0, 1, 1])), Split(x, np.array([0, 1, 2, 2])))
    level = baselines(data, gw.SoftmaxCrossEntropy()).constant
    assert level.loss == pytest.approx(np.log(2), rel=EXACT)
    assert 100 < level.metrics["validation"]["loss"] < np.inf


def test_probabilities_as_targets() -> None:
    t = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]])
    data = Dataset("soft", "", Split(np.array([[-1.0], [0.0], [1.0]]), t))
    found = baselines(data, gw.SoftmaxCrossEntropy())
    assert found.guess is not None
    assert found.guess.name == "even guess (ln 2)"
    assert found.constant.loss == pytest.approx(np.log(2), rel=EXACT)
    entropy = -np.mean((t * np.log(t)).sum(axis=1))  # a line through the logits -ln 9, 0, ln 9 fits exactly
    assert found.linear is not None
    assert found.linear.loss == pytest.approx(entropy, abs=NEWTON)


def test_the_test_rows_are_left_alone() -> None:
    x, y = np.linspace(-1, 1, 6)[:, None], np.array([0, 1, 0, 1, 1, 0])
    data = Dataset("three", "", Split(x, y), Split(x, y), Split(x, y))
    for level in baselines(data, gw.SoftmaxCrossEntropy()).levels:
        assert set(level.metrics) == {"train", "validation"}


def test_without_scipy_the_linear_model_is_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, peaks: Dataset
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ConfigError, match=r"gradwright\[studies\]"):
        linear_optimum(peaks, gw.SoftmaxCrossEntropy())
    found = baselines(peaks, gw.SoftmaxCrossEntropy())
    assert found.linear is None
    assert "SciPy" in found.note
    assert [level.name for level in found.levels] == ["even guess (ln 5)", "class shares (label entropy)"]


def test_digits_too(real_data: Path) -> None:
    """784 features and 48,000 rows: softmax regression on MNIST is known to reach about 92 %."""
    data = gw.data.split_off(gw.data.load("mnist", data_dir=str(real_data)), 12_000)
    best = linear_optimum(data, gw.SoftmaxCrossEntropy()).metrics
    assert best["train"]["loss"] < 0.27
    assert 0.915 < best["validation"]["accuracy"] < 0.93
