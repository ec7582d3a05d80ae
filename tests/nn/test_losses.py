"""Losses: known values, extremes, the mean over examples, and targets that cannot be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.errors import ConfigError, DataError, ShapeError
from gradwright.nn import (
    BinaryCrossEntropy,
    Focal,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Quantile,
    SoftmaxCrossEntropy,
)
from gradwright.nn.layer import Array

ROUNDING = 1e-14  # a handful of float64 operations near 1
SHIFTED = 1e-12  # rounding of logits up to 100 that are shifted by up to 100
TINY = 1e-30  # the complex step: its square vanishes beside 1, so nothing is cancelled


def name(value: object) -> str | None:
    return type(value).__name__ if hasattr(value, "forward") else None


def value_and_grad(loss: Loss, output: Array, target: Array) -> tuple[float, Array]:
    value, cache = loss.forward(output, target)
    return float(value), loss.backward(cache)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


EXAMPLES: list[tuple[Loss, Array, Array]] = [
    (SoftmaxCrossEntropy(), np.array([[0.5, -1, 2], [3, 0, 0.25]]), np.array([2, 1])),
    (SoftmaxCrossEntropy(), np.array([[0.5, -1, 2], [3, 0, 0.25]]), np.array([[0.2, 0.3, 0.5], [0, 1, 0]])),
    (BinaryCrossEntropy(), np.array([[0.5, -1], [3, 0]]), np.array([[0, 1], [0.25, 0.5]])),
    (MeanSquaredError(), np.array([[0.5, -1], [3, 0]]), np.array([[0, 1], [0.25, 0.5]])),
    (SoftmaxCrossEntropy(0.2), np.array([[0.5, -1, 2], [3, 0, 0.25]]), np.array([2, 1])),
    (SoftmaxCrossEntropy(0.2), np.array([[0.5, -1, 2], [3, 0, 0.25]]), np.array([[2, 0.3, 0.5], [0, 1, 0]])),
    (Focal(1.5), np.array([[0.5, -1, 2], [3, 0, 0.25]]), np.array([2, 1])),
    (Hinge(), np.array([[0.5, -1, 2], [3, 0, 0.25]]), np.array([2, 1])),
    (Hinge(squared=True), np.array([[0.5, -1, 2], [3, 0, 0.25]]), np.array([2, 1])),
    (MeanAbsoluteError(), np.array([[0.5, -1], [3, 0]]), np.array([[0, 1], [0.25, 0.5]])),
    (Quantile(0.8), np.array([[0.5, -1], [3, 0]]), np.array([[0, 1], [0.25, 0.5]])),
    (Poisson(), np.array([[0.5, -1], [3, 0]]), np.array([[0, 1], [0.25, 4]])),
    (Huber(0.5), np.array([[0.5, -1], [3, 0]]), np.array([[0, 1], [0.25, 0.5]])),
]
OF_ENTRIES = [MeanSquaredError(), MeanAbsoluteError(), Huber(), Quantile(), Poisson(), BinaryCrossEntropy()]
every_example = pytest.mark.parametrize(("loss", "output", "target"), EXAMPLES, ids=name)


# Values


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_no_knowledge_of_k_classes_costs_ln_k(classes: int) -> None:
    value, _ = SoftmaxCrossEntropy().forward(np.zeros((4, classes)), np.array([0, 1, 0, classes - 1]))
    assert value == pytest.approx(math.log(classes), abs=ROUNDING)


@pytest.mark.parametrize(
    ("loss", "output", "target", "value", "grad"),
    [
        (SoftmaxCrossEntropy(), [[0, math.log(3)]], [0], math.log(4), [[-3 / 4, 3 / 4]]),
        (BinaryCrossEntropy(), [0, 0], [0.0, 1.0], math.log(2), [1 / 4, -1 / 4]),
        (BinaryCrossEntropy(), [[math.log(3)]], [[1.0]], math.log(4 / 3), [[-1 / 4]]),
        (MeanSquaredError(), [1, 2], [0.0, 4.0], 5 / 2, [1, -2]),
        (SoftmaxCrossEntropy(0.5), [[0, math.log(3)]], [0], math.log(4) - math.log(3) / 4, [[-1 / 2, 1 / 2]]),
        (
            Focal(1),
            [[0, math.log(3)]],
            [0],
            3 / 4 * math.log(4),
            [[-(9 + 3 * math.log(4)) / 16, (9 + 3 * math.log(4)) / 16]],
        ),
        (Hinge(), [[0, 3, 1], [2, 0, 2.5]], [1, 0], 1.5 / 2, [[0, 0, 0], [-1 / 2, 0, 1 / 2]]),
        (Hinge(True), [[0, 3, 1], [2, 0, 2.5]], [1, 0], 2.25 / 2, [[0, 0, 0], [-1.5, 0, 1.5]]),
        (MeanAbsoluteError(), [1, 2, 3], [0.0, 4.0, 3.0], 1, [1 / 3, -1 / 3, 0]),
        (Quantile(0.75), [1, 2, 3], [0.0, 4.0, 3.0], (0.25 + 1.5) / 3, [0.25 / 3, -0.75 / 3, 0]),
        (Poisson(), [0, math.log(3)], [1.0, 2.0], (4 - 2 * math.log(3)) / 2, [0, 1 / 2]),
        (Huber(), [0.5, 4], [0.0, 1.0], (1 / 8 + 5 / 2) / 2, [1 / 4, 1 / 2]),
        (Huber(2), [-4], [1.0], 2 * (5 - 1), [-2]),
    ],
    ids=name,
)
def test_values_and_gradients_worked_by_hand(
    loss: Loss, output: list[float], target: list[float], value: float, grad: list[float]
) -> None:
    found, found_grad = value_and_grad(loss, np.array(output, float), np.array(target))
    assert found == pytest.approx(value, abs=ROUNDING)
    np.testing.assert_allclose(found_grad, grad, rtol=0, atol=ROUNDING)


@every_example
def test_the_gradient_is_that_of_the_value(loss: Loss, output: Array, target: Array) -> None:
    _, grad = value_and_grad(loss, output, target)
    for index in np.ndindex(*output.shape):
        moved = output.astype(complex)
        moved[index] += 1j * TINY
        assert grad[index] == pytest.approx(loss.forward(moved, target)[0].imag / TINY, abs=ROUNDING)


@every_example
def test_a_loss_is_a_mean_over_examples(loss: Loss, output: Array, target: Array) -> None:
    value, grad = value_and_grad(loss, output, target)
    twice, twice_grad = value_and_grad(loss, np.vstack([output, output]), np.concatenate([target, target]))
    assert twice == pytest.approx(value, abs=ROUNDING)
    np.testing.assert_allclose(twice_grad, np.vstack([grad, grad]) / 2, rtol=0, atol=ROUNDING)


@every_example
def test_inputs_are_left_alone(loss: Loss, output: Array, target: Array) -> None:
    before = output.copy(), target.copy()
    value_and_grad(loss, output, target)
    np.testing.assert_array_equal(output, before[0])
    np.testing.assert_array_equal(target, before[1])


@every_example
def test_nan_is_not_hidden(loss: Loss, output: Array, target: Array) -> None:
    value, _ = value_and_grad(loss, np.where(output == output.max(), np.nan, output), target)
    assert math.isnan(value)


@every_example
def test_the_gradient_keeps_the_dtype_of_the_output(loss: Loss, output: Array, target: Array) -> None:
    assert value_and_grad(loss, output.astype(np.float32), target)[1].dtype == np.float32


# Softmax cross-entropy


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_logits_cost_their_distance_or_nothing(dtype: type[np.floating]) -> None:
    logits = np.array([[1e4, -1e4, 745], [1e4, -1e4, -745]], dtype)
    right, grad = value_and_grad(SoftmaxCrossEntropy(), logits, np.array([0, 0]))
    assert right == 0
    assert not grad.any()
    wrong, grad = value_and_grad(SoftmaxCrossEntropy(), logits, np.array([1, 1]))
    assert wrong == 2e4
    assert grad.tolist() == [[0.5, -0.5, 0], [0.5, -0.5, 0]]


def test_a_far_row_does_not_disturb_its_neighbours(rng: np.random.Generator) -> None:
    """One shift for the whole matrix, as report S1 has it, gives 0/0 in the lower rows."""
    logits = rng.normal(size=(3, 4)) + np.array([[1e4], [0], [-1e4]])
    labels = np.array([3, 0, 2])
    value, grad = value_and_grad(SoftmaxCrossEntropy(), logits, labels)
    alone = [value_and_grad(SoftmaxCrossEntropy(), logits[[n]], labels[[n]]) for n in range(3)]
    assert value == pytest.approx(sum(v for v, _ in alone) / 3, abs=ROUNDING)
    np.testing.assert_allclose(grad, np.vstack([g for _, g in alone]) / 3, rtol=0, atol=ROUNDING)


@given(seed=st.integers(0, 2**32 - 1), shift=st.floats(-100, 100))
def test_only_differences_of_logits_matter(seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    value, grad = value_and_grad(SoftmaxCrossEntropy(), logits, labels)
    shifted, shifted_grad = value_and_grad(SoftmaxCrossEntropy(), logits + shift, labels)
    assert shifted == pytest.approx(value, abs=SHIFTED)
    np.testing.assert_allclose(shifted_grad, grad, rtol=0, atol=SHIFTED)
    np.testing.assert_allclose(grad.sum(axis=1), 0, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_hot_probabilities_are_the_same_as_labels(
    dtype: type[np.floating], rng: np.random.Generator
) -> None:
    logits, labels = rng.normal(size=(6, 4)).astype(dtype), rng.integers(0, 4, 6)
    value, grad = value_and_grad(SoftmaxCrossEntropy(), logits, labels)
    hot_value, hot_grad = value_and_grad(SoftmaxCrossEntropy(), logits, np.eye(4)[labels])
    assert hot_value == value
    np.testing.assert_array_equal(hot_grad, grad)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_smoothed_labels_are_smoothed_probabilities(
    dtype: type[np.floating], rng: np.random.Generator
) -> None:
    logits, labels = rng.normal(size=(6, 4)).astype(dtype), rng.integers(0, 4, 6)
    value, grad = value_and_grad(SoftmaxCrossEntropy(smoothing=0.2), logits, labels)
    smooth_value, smooth_grad = value_and_grad(SoftmaxCrossEntropy(), logits, 0.8 * np.eye(4)[labels] + 0.05)
    rounding = 10 * float(np.finfo(dtype).eps)  # sums of four terms in another order
    assert value == pytest.approx(smooth_value, rel=rounding)
    np.testing.assert_allclose(grad, smooth_grad, rtol=0, atol=rounding)


@pytest.mark.parametrize("bad", [-0.1, 1.0, math.nan])
def test_a_smoothing_outside_0_to_1_is_refused(bad: float) -> None:
    with pytest.raises(ConfigError, match=r"SoftmaxCrossEntropy\.smoothing: expected a number in \[0, 1\)"):
        SoftmaxCrossEntropy(bad)


def test_small_unsigned_labels_are_labels_too() -> None:
    logits = np.array([[0.0, 1.0], [2.0, 0.0]])
    value, grad = value_and_grad(SoftmaxCrossEntropy(), logits, np.array([1, 0], np.uint8))
    expected, expected_grad = value_and_grad(SoftmaxCrossEntropy(), logits, np.array([1, 0]))
    assert value == expected
    np.testing.assert_array_equal(grad, expected_grad)


def test_targets_that_do_not_sum_to_one_have_the_gradient_of_their_value() -> None:
    logits, target = np.array([[0.5, -1, 2.0]]), np.array([[1.0, 0.5, 2.0]])
    _, grad = value_and_grad(SoftmaxCrossEntropy(), logits, target)
    p = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(grad, 3.5 * p - target, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize(
    ("labels", "found"), [([0, 3], "0 to 3"), ([-1, 2], "-1 to 2"), ([10, -7], "-7 to 10")]
)
def test_labels_out_of_range_are_named_with_the_range(labels: list[int], found: str) -> None:
    with pytest.raises(DataError, match=rf"labels: expected 0\.\.2, found {found}$"):
        SoftmaxCrossEntropy().forward(np.zeros((2, 3)), np.array(labels))


@pytest.mark.parametrize(
    ("output", "target", "message"),
    [
        ((2, 3), np.zeros((2, 1), int), r"labels: expected the shape \(2,\), found \(2, 1\)"),
        ((2, 3), np.zeros(3, int), r"labels: expected the shape \(2,\), found \(3,\)"),
        ((2, 3), np.zeros((2, 2)), r"target: expected the shape \(2, 3\), found \(2, 2\)"),
        ((2, 3), np.zeros(2), r"target: expected the shape \(2, 3\), found \(2,\)"),
        ((3,), np.zeros(3, int), r"logits: expected the shape \(N, k\), found \(3,\)"),
    ],
)
def test_shapes_that_do_not_meet_are_named(output: tuple[int, ...], target: Array, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        SoftmaxCrossEntropy().forward(np.zeros(output), target)


# Focal


def test_focal_without_gamma_is_cross_entropy(rng: np.random.Generator) -> None:
    logits, labels = rng.normal(size=(6, 4)), rng.integers(0, 4, 6)
    value, grad = value_and_grad(Focal(0), logits, labels)
    expected, expected_grad = value_and_grad(SoftmaxCrossEntropy(), logits, labels)
    assert value == expected
    np.testing.assert_array_equal(grad, expected_grad)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_of_far_logits_costs_nothing_or_their_distance(gamma: float, dtype: type[np.floating]) -> None:
    logits = np.array([[1e4, -1e4, 745]], dtype)
    right, grad = value_and_grad(Focal(gamma), logits, np.array([0]))
    assert right == 0
    assert not grad.any()
    wrong, grad = value_and_grad(Focal(gamma), logits, np.array([1]))
    assert (wrong, grad.tolist()) == (2e4, [[1, -1, 0]])


def test_focal_is_for_labels() -> None:
    with pytest.raises(DataError, match="Focal: expected integer labels, found float64"):
        Focal().forward(np.zeros((2, 3)), np.full((2, 3), 1 / 3))


# Hinge


def test_a_hinge_asks_nothing_of_a_row_that_leads_by_1_and_pushes_one_rival_of_equals() -> None:
    value, grad = value_and_grad(Hinge(), np.array([[2.0, 1, 1], [0, 0.5, 0.5]]), np.array([0, 0]))
    assert value == 1.5 / 2
    assert grad.tolist() == [[0, 0, 0], [-0.5, 0.5, 0]]


def test_a_single_class_has_no_rival() -> None:
    value, grad = value_and_grad(Hinge(), np.array([[3.0]]), np.array([0]))
    assert (value, grad.tolist()) == (0, [[0]])


def test_a_score_that_is_no_number_is_seen() -> None:
    for column in range(3):
        scores = np.array([[9.0, 0, 1]])
        scores[0, column] = np.nan
        assert np.isnan(Hinge().forward(scores, np.array([0]))[0])


def test_a_hinge_is_for_labels() -> None:
    with pytest.raises(DataError, match="Hinge: expected integer labels, found float64"):
        Hinge().forward(np.zeros((2, 3)), np.full((2, 3), 1 / 3))


# Binary cross-entropy


def test_binary_cross_entropy_is_softmax_with_two_classes(rng: np.random.Generator) -> None:
    z, labels = rng.normal(size=8), rng.integers(0, 2, 8)
    value, grad = value_and_grad(BinaryCrossEntropy(), z, labels)
    both, both_grad = value_and_grad(SoftmaxCrossEntropy(), np.stack([np.zeros(8), z], axis=1), labels)
    assert value == pytest.approx(both, abs=ROUNDING)
    np.testing.assert_allclose(grad, both_grad[:, 1], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_binary_logits_cost_their_distance_or_nothing(dtype: type[np.floating]) -> None:
    z = np.array([-1e4, 1e4, -1e4, 1e4], dtype)
    value, grad = value_and_grad(BinaryCrossEntropy(), z, np.array([0, 1, 1, 0]))
    assert value == (0 + 0 + 1e4 + 1e4) / 4
    assert grad.tolist() == [0, 0, -0.25, 0.25]


@pytest.mark.parametrize("bad", [-0.5, 1.5, math.nan])
def test_a_binary_target_outside_0_to_1_is_refused(bad: float) -> None:
    with pytest.raises(DataError, match=r"BinaryCrossEntropy: expected targets in 0\.\.1, found"):
        BinaryCrossEntropy().forward(np.zeros(2), np.array([0.5, bad]))


# Huber


@pytest.mark.parametrize("delta", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_huber_joins_smoothly_at_delta(delta: float, side: int) -> None:
    near = 1e-6
    e = side * (delta + np.array([-near, 0, near]))
    h = np.array([value_and_grad(Huber(delta), e[[i]], np.zeros(1))[0] for i in range(3)])
    slopes = np.array([value_and_grad(Huber(delta), e[[i]], np.zeros(1))[1].item() for i in range(3)])
    assert h[1] == pytest.approx(delta**2 / 2, abs=ROUNDING)
    np.testing.assert_allclose(np.diff(h), delta * near, rtol=near / delta)  # one slope on both sides
    np.testing.assert_allclose(slopes, side * delta, rtol=0, atol=near + ROUNDING)


def test_within_delta_huber_is_half_the_squared_error(rng: np.random.Generator) -> None:
    y, t = rng.uniform(0, 1, 9), rng.uniform(0, 1, 9)
    value, grad = value_and_grad(Huber(1), y, t)
    squared, squared_grad = value_and_grad(MeanSquaredError(), y, t)
    assert value == pytest.approx(squared / 2, abs=ROUNDING)
    np.testing.assert_allclose(grad, squared_grad / 2, rtol=0, atol=ROUNDING)


def test_an_outlier_whose_square_would_overflow_costs_its_distance() -> None:
    value, grad = value_and_grad(Huber(), np.array([1e30], np.float32), np.zeros(1))
    assert value == np.float32(1e30)
    assert grad.tolist() == [1]


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan])
def test_a_delta_that_is_not_positive_is_refused(bad: float) -> None:
    with pytest.raises(ConfigError, match=r"Huber\.delta: expected a finite number > 0, found"):
        Huber(bad)


# Absolute error and quantiles


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_the_best_constant_of_a_quantile_is_that_quantile(q: float, rng: np.random.Generator) -> None:
    t = np.sort(rng.normal(size=101))
    losses = [value_and_grad(Quantile(q), np.full(101, each), t)[0] for each in t]
    assert np.argmin(losses) == round(q * 100)


def test_half_the_absolute_error_is_the_quantile_in_the_middle(rng: np.random.Generator) -> None:
    y, t = rng.normal(size=9), rng.normal(size=9)
    value, grad = value_and_grad(MeanAbsoluteError(), y, t)
    half, half_grad = value_and_grad(Quantile(0.5), y, t)
    assert half == pytest.approx(value / 2, abs=ROUNDING)
    np.testing.assert_allclose(half_grad, grad / 2, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("bad", [0.0, 1.0, math.nan])
def test_a_quantile_outside_0_to_1_is_refused(bad: float) -> None:
    with pytest.raises(ConfigError, match=r"Quantile\.q: expected a number in \(0, 1\), found"):
        Quantile(bad)


# Poisson


def test_poisson_is_the_likelihood_of_counts_but_for_a_constant(rng: np.random.Generator) -> None:
    z, counts = rng.normal(size=6), rng.poisson(3.0, 6).astype(float)
    factorials = np.array([math.factorial(int(t)) for t in counts])
    likelihood = np.exp(-np.exp(z)) * np.exp(z) ** counts / factorials
    value, _ = value_and_grad(Poisson(), z, counts)
    assert value + np.log(factorials).mean() == pytest.approx(-np.log(likelihood).mean(), abs=SHIFTED)


@pytest.mark.parametrize("bad", [-1.0, math.nan])
def test_a_count_below_0_is_refused(bad: float) -> None:
    with pytest.raises(DataError, match="Poisson: expected targets >= 0, found"):
        Poisson().forward(np.zeros(2), np.array([1.0, bad]))


# The shapes of regression


@pytest.mark.parametrize("loss", OF_ENTRIES, ids=name)
def test_a_column_and_a_vector_may_meet(loss: Loss) -> None:
    y, t = np.array([0.5, -1, 2]), np.array([0, 1, 1])
    value, grad = value_and_grad(loss, y, t)
    for output, target in [(y[:, None], t), (y, t[:, None]), (y[:, None], t[:, None])]:
        found, found_grad = value_and_grad(loss, output, target)
        assert found == value
        np.testing.assert_array_equal(found_grad, grad.reshape(output.shape))


@pytest.mark.parametrize("loss", OF_ENTRIES, ids=name)
@pytest.mark.parametrize(
    ("output", "target"), [((3, 2), (3,)), ((3, 2), (2, 3)), ((1, 3), (3,)), ((3,), (2,))]
)
def test_other_shapes_are_not_broadcast(loss: Loss, output: tuple[int, ...], target: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="target: expected the shape"):
        loss.forward(np.zeros(output), np.zeros(target))
