"""Invariants hold for right code, and each fault of the five reports is caught by the one it breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check.invariants import (
    InvariantReport,
    Trial,
    after_another_batch,
    arguments_untouched,
    as_loss,
    called_twice,
    check_invariants,
    check_logits,
    check_rows,
    duplicated_batch,
    fresh_memory,
    leaves_alone,
    mean_of_samples,
    permuted_batch,
)
from gradwright.check.points import Array
from gradwright.errors import CheckError, ConfigError, ShapeError
from gradwright.nn import L2, Linear, MeanSquaredError, Objective, SoftmaxCrossEntropy, mlp, residual_mlp

Params = dict[str, Array]
RNG = np.random.default_rng(5)
X, LABELS = RNG.standard_normal((7, 3)), RNG.integers(4, size=7)
PARAMS: Params = {"W": RNG.standard_normal((3, 4)), "b": RNG.standard_normal(4)}
LOGITS = RNG.standard_normal((7, 4))


def cross_entropy(logits: Array, labels: Array) -> tuple[Any, Array]:
    loss = SoftmaxCrossEntropy()
    value, cache = loss.forward(logits, labels)
    return value, loss.backward(cache)


def regression(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
    """Softmax regression with an L2 term, as it should be."""
    value, dlogits = cross_entropy(x @ params["W"] + params["b"], labels)
    gradient = {"W": x.T @ dlogits + 0.02 * params["W"], "b": dlogits.sum(axis=0)}
    return value + 0.01 * (params["W"] ** 2).sum(), gradient


def check(loss_and_grad: Callable[[Params, Array, Array], tuple[Any, Any]]) -> InvariantReport:
    return check_invariants(loss_and_grad, PARAMS, X, LABELS)


def evidence(report: InvariantReport, name: str) -> str:
    return next(row.evidence for row in report.rows if row.name == name)


# -- right code -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_right_loss_with_a_penalty_keeps_every_invariant(dtype: type[np.floating]) -> None:
    params = {name: array.astype(dtype) for name, array in PARAMS.items()}
    report = check_invariants(regression, params, X.astype(dtype), LABELS)
    report.assert_held()
    assert report.passed
    assert len(report.rows) == 7


@pytest.mark.parametrize("network", [mlp(3, 6, 4), residual_mlp(3, 5, 5, 4)], ids=["mlp", "residual"])
def test_whole_networks_keep_every_invariant(network: Any) -> None:
    objective = Objective(network, SoftmaxCrossEntropy(), L2(0.01))
    theta = objective.layout.initialize(np.random.default_rng(0))
    check_invariants(objective.value_and_grad, theta, X, LABELS).assert_held()


def test_gradients_that_cancel_in_the_mean_are_judged_by_the_size_of_the_samples() -> None:
    x, y = np.array([[1.0], [1.0], [2.0], [2.0]]), np.array([0.1, 0.3, 0.5, 0.3])
    best = x[:, 0] @ y / (x[:, 0] @ x[:, 0])  # where the gradient of the mean is 0 but for rounding

    def squares(w: Array, x: Array, y: Array) -> tuple[Any, Array]:
        error = x @ w - y
        return (error**2).mean(), 2 * x.T @ error / len(x)

    check_invariants(squares, np.array([best]), x, y).assert_held()


def test_of_a_large_batch_sixteen_rows_are_used() -> None:
    sizes = []

    def counting(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        sizes.append(len(x))
        return regression(params, x, labels)

    report = check_invariants(counting, PARAMS, np.tile(X, (20, 1)), np.tile(LABELS, 20))
    assert report.passed
    assert max(sizes) == 32  # sixteen rows, each twice
    assert report.subject == "counting on 16 of 140 rows"


def test_an_empty_array_among_the_parameters_is_no_fault() -> None:
    def with_nothing(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        loss, gradient = regression(params, x, labels)
        return loss, gradient | {"none": np.empty((0, 4))}

    check_invariants(with_nothing, PARAMS | {"none": np.empty((0, 4))}, X, LABELS).assert_held()


def test_the_same_seed_gives_the_same_report() -> None:
    assert check(regression) == check(regression)


# -- faults in the batch ----------------------------------------------------------------------------------


def test_a_division_by_the_batch_size_twice_is_named_though_one_sample_hides_it() -> None:
    def divided_twice(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        value, dlogits = cross_entropy(x @ params["W"] + params["b"], labels)
        return value, {"W": x.T @ dlogits / len(x), "b": dlogits.sum(axis=0)}

    report = check(divided_twice)
    assert report.failed == ("duplicated batch", "mean of single samples")
    told = evidence(report, "mean of single samples")
    assert "gradient of W[" in told
    assert told.endswith("0.142857 x as much in every entry: divided by the batch size (7) twice")
    assert "0.5 x as much in every entry" in evidence(report, "duplicated batch")


def test_a_sum_in_place_of_a_mean_is_named() -> None:
    def summed(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        value, dlogits = cross_entropy(x @ params["W"] + params["b"], labels)
        return value * len(x), {"W": x.T @ dlogits * len(x), "b": dlogits.sum(axis=0) * len(x)}

    report = check(summed)
    assert report.failed == ("duplicated batch", "mean of single samples")
    assert evidence(report, "mean of single samples").endswith(", 7 x as much: a sum, not a mean")


def test_samples_paired_with_the_errors_of_the_next_are_seen_in_another_order() -> None:
    def mispaired(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        value, dlogits = cross_entropy(x @ params["W"] + params["b"], labels)
        return value, {"W": np.roll(x, 1, axis=0).T @ dlogits, "b": dlogits.sum(axis=0)}

    assert "permuted batch" in check(mispaired).failed


def test_a_maximum_over_the_whole_batch_in_the_gradient_is_no_mean() -> None:
    def clipped(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        loss, gradient = regression(params, x, labels)
        return loss, {"W": gradient["W"] / np.abs(x).max(), "b": gradient["b"]}

    assert check(clipped).failed == ("mean of single samples",)


def test_a_loss_that_takes_no_single_rows_keeps_its_other_invariants() -> None:
    def spread(w: Array, x: Array, y: Array) -> tuple[Any, Array]:
        if len(x) < 2:
            raise ValueError("the spread of one number is none")
        z = x @ w - y
        return z.var(ddof=1), 2 * (x - x.mean(axis=0)).T @ (z - z.mean()) / np.float64(len(x) - 1)

    trial = Trial(spread, np.ones(3), X, X[:, 0] ** 2)
    assert permuted_batch(trial).passed
    assert called_twice(trial).passed
    assert "no exception" in mean_of_samples(trial).evidence


def test_a_change_of_anything_that_numpy_holds_is_told() -> None:
    mask = np.array([True, False])
    finding = leaves_alone(lambda: np.logical_not(mask, out=mask), lambda: {"mask": mask})
    assert finding.evidence.endswith("mask[0] from True to False")


def test_a_permutation_of_two_rows_is_not_the_rows_as_they_were() -> None:
    def first_row(w: Array, x: Array, y: Array) -> tuple[Any, Array]:
        return (x[0] @ w - y[0]) ** 2, 2 * (x[0] @ w - y[0]) * x[0]

    trial = Trial(first_row, np.ones(3), X[:2], X[:2, 0])
    assert not any(permuted_batch(trial, seed=seed).passed for seed in range(8))
    assert not mean_of_samples(trial).passed
    assert duplicated_batch(trial).passed


# -- faults in the memory ---------------------------------------------------------------------------------


def test_a_buffer_that_accumulates_is_seen_in_the_second_call() -> None:
    buffer = np.zeros((3, 4))

    def accumulating(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        nonlocal buffer
        loss, gradient = regression(params, x, labels)
        buffer = buffer + gradient["W"]
        return loss, {**gradient, "W": buffer}

    finding = called_twice(Trial(accumulating, PARAMS, X, LABELS))
    assert not finding.passed
    assert finding.evidence.endswith("2 x as much in every entry: it accumulates")


def test_a_buffer_kept_among_the_parameters_is_seen_as_a_change_of_the_arguments() -> None:
    def buffered(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        params["sums"] += x @ params["W"]  # not reset between calls
        value, dlogits = cross_entropy(params["sums"] + params["b"], labels)
        return value, {"W": x.T @ dlogits, "b": dlogits.sum(axis=0), "sums": np.zeros((7, 4))}

    trial = Trial(buffered, PARAMS | {"sums": np.zeros((7, 4))}, X, LABELS)
    touched = arguments_untouched(trial)
    assert not touched.passed
    assert "params.sums to stay as it was, found 28 of 28 numbers changed, params.sums[0, 0] from 0" in (
        touched.evidence
    )
    assert not called_twice(trial).passed


def test_a_mutated_input_is_named() -> None:
    def centring(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        x -= x.mean(axis=0)
        return regression(params, x, labels)

    assert "expected x to stay" in evidence(check(centring), "arguments untouched")


def test_an_update_hidden_in_the_evaluation_is_caught() -> None:
    net = {"W": PARAMS["W"].copy(), "b": PARAMS["b"].copy()}

    def accuracy_and_update() -> float:
        _, gradient = regression(net, X, LABELS)
        net["W"] = net["W"] - 0.1 * gradient["W"]  # bound anew: the old array is as it was
        return float(((X @ net["W"] + net["b"]).argmax(axis=1) == LABELS).mean())

    finding = leaves_alone(accuracy_and_update, lambda: net, "evaluation leaves parameters alone")
    assert finding.name == "evaluation leaves parameters alone"
    assert "expected W to stay as it was, found 12 of 12 numbers changed" in finding.evidence
    assert leaves_alone(lambda: X @ net["W"], lambda: net).passed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.update(c=1.0), "found a change in which there are: c"),
        (lambda p: p.update(W=p["W"].astype(np.float32)), "found float32 of shape (3, 4)"),
        (lambda p: p.update(b=-p["b"]), "found other bits in it"),
        (lambda p: p.update(s=(2, [0.5])), "s[0] from 1 to 2"),
    ],
)
def test_every_kind_of_change_is_told(change: Callable[[dict[str, Any]], None], message: str) -> None:
    params: dict[str, Any] = {"W": np.ones((3, 4)), "b": np.zeros(2), "s": (1, [0.5]), "name": "net"}
    finding = leaves_alone(lambda: change(params), lambda: params)
    assert not finding.passed
    assert message in finding.evidence


def test_the_cache_of_another_batch_is_seen() -> None:
    largest: list[float] = []

    def cached(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        largest.append(float(len(x)))
        loss, gradient = regression(params, x, labels)
        return loss, {**gradient, "b": gradient["b"] * largest[-2:][0]}  # the size of the batch before

    trial = Trial(cached, PARAMS, X, LABELS)
    assert not after_another_batch(trial).passed
    assert "after a call on 3 of the rows" in after_another_batch(trial).evidence


def test_a_gradient_in_memory_of_others_is_named() -> None:
    kept = {"W": np.zeros((3, 4)), "b": np.zeros(4)}

    def in_place(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        loss, gradient = regression(params, x, labels)
        for name, array in gradient.items():
            kept[name][...] = array
        return loss, kept

    def its_own_parameter(params: Params, x: Array, labels: Array) -> tuple[Any, Params]:
        loss, gradient = regression(params, x, labels)
        return loss, {**gradient, "b": params["b"]}

    assert "changed by a later call" in fresh_memory(Trial(in_place, PARAMS, X, LABELS)).evidence
    shared = fresh_memory(Trial(its_own_parameter, PARAMS, X, LABELS)).evidence
    assert shared == "expected memory of its own for the gradient b, found params.b's"


# -- layers -----------------------------------------------------------------------------------------------


def test_a_layer_is_checked_as_the_mean_of_its_products_with_a_covector() -> None:
    layer, u = Linear(3, 4), RNG.standard_normal((7, 4))
    params = {"weight": PARAMS["W"], "bias": PARAMS["b"]}

    def forward(params: Params, x: Array) -> Array:
        return layer.forward(params, x)[0]

    def vjp(params: Params, x: Array, dy: Array) -> Params:
        return layer.backward(params, layer.forward(params, x)[1], dy)[1]

    def averaging(params: Params, x: Array, dy: Array) -> Params:
        return {name: array / len(x) for name, array in vjp(params, x, dy).items()}

    check_invariants(as_loss(forward, vjp), params, X, u).assert_held()
    report = check_invariants(as_loss(forward, averaging), params, X, u)
    assert "divided by the batch size (7) twice" in evidence(report, "mean of single samples")


# -- maps of rows -----------------------------------------------------------------------------------------


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def softmax_of_the_whole_matrix_in_place(x: Array) -> Array:
    x -= np.max(x)
    return np.asarray(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))


def test_a_softmax_by_rows_keeps_every_invariant() -> None:
    check_rows(softmax, LOGITS).assert_held()
    check_rows(softmax, LOGITS.astype(np.float32)).assert_held()


def test_a_softmax_that_shifts_by_the_whole_matrix_in_place_is_caught_twice() -> None:
    report = check_rows(softmax_of_the_whole_matrix_in_place, LOGITS)
    assert report.failed == ("input untouched", "a far row disturbs no other")
    assert "found nan" in evidence(report, "a far row disturbs no other")


def test_rows_that_see_each_other_are_no_rows() -> None:
    report = check_rows(lambda x: x - x.mean(axis=0), X)
    assert report.failed == ("batch is its rows", "a far row disturbs no other")


def test_an_embedding_is_a_map_of_rows() -> None:
    report = check_rows(lambda tokens: PARAMS["W"][tokens], np.array([[0, 2], [1, 1], [2, 0]]))
    report.assert_held()
    assert [row.name for row in report.rows] == ["input untouched", "forward repeats", "batch is its rows"]


def test_a_map_that_remembers_is_seen_in_the_second_call() -> None:
    calls = []

    def remembering(x: Array) -> Array:
        calls.append(x)
        return x * len(calls)

    assert "forward repeats" in check_rows(remembering, X).failed


def test_a_map_that_loses_rows_is_no_map_of_rows() -> None:
    report = check_rows(lambda x: x.sum(axis=0), X)
    assert "expected 1 rows, found the shape (3,)" in evidence(report, "batch is its rows")


# -- losses on logits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_cross_entropy_passes_the_scale_tests(dtype: type[np.floating]) -> None:
    report = check_logits(cross_entropy, LOGITS.astype(dtype), LABELS)
    report.assert_held()
    assert "the largest loss is 10000" in evidence(report, "finite at 1e4")


def loss_by(softmax: Callable[[Array], Array]) -> Callable[[Array, Array], tuple[Any, Array]]:
    def loss_and_grad(logits: Array, labels: Array) -> tuple[Any, Array]:
        p, one_hot = softmax(logits), np.eye(logits.shape[1])[labels]
        return -np.log((p * one_hot).sum(axis=1)).mean(), (p - one_hot) / len(logits)

    return loss_and_grad


def test_an_unshifted_softmax_is_not_finite_for_large_logits() -> None:
    report = check_logits(loss_by(lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)), LOGITS, LABELS)
    assert report.failed == ("a far row disturbs no other", "finite at 1e4")


def test_a_softmax_of_the_whole_matrix_loses_the_rows_beside_a_far_one() -> None:
    report = check_logits(loss_by(softmax_of_the_whole_matrix_in_place), LOGITS, LABELS)
    assert {"logits untouched", "a far row disturbs no other"} <= set(report.failed)


def test_the_logarithm_of_a_probability_of_0_is_not_finite() -> None:
    report = check_logits(loss_by(softmax), LOGITS, LABELS)
    assert report.failed == ("finite at 1e4",)
    assert "found inf" in evidence(report, "finite at 1e4")


def test_a_loss_that_notices_shifts_is_no_softmax() -> None:
    def with_decay(logits: Array, labels: Array) -> tuple[Any, Array]:
        loss, gradient = cross_entropy(logits, labels)
        return loss + 1e-3 * (logits**2).sum(), gradient + 2e-3 * logits

    failed = check_logits(with_decay, LOGITS, LABELS).failed
    assert {"shift invariance", "gradient sums to 0"} <= set(failed)


def test_a_gradient_that_alone_notices_shifts_is_seen() -> None:
    def biased(logits: Array, labels: Array) -> tuple[Any, Array]:
        loss, gradient = cross_entropy(logits, labels)
        return loss, gradient + 1e-6 * logits

    assert "shift invariance" in check_logits(biased, LOGITS, LABELS).failed


def test_a_gradient_of_another_shape_is_told() -> None:
    report = check_logits(lambda z, y: (cross_entropy(z, y)[0], z[0]), LOGITS, LABELS)
    assert "expected a gradient of the shape (7, 4), found (4,)" in evidence(report, "shift invariance")


# -- wrong use --------------------------------------------------------------------------------------------


def test_wrong_use_is_told_in_one_message() -> None:
    with pytest.raises(ConfigError, match="x: expected an array with one row for each sample"):
        check_invariants(regression, PARAMS, [1.0], LABELS)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="as many rows in both, at least 2, found 7, 3"):
        check_invariants(regression, PARAMS, X, LABELS[:3])
    with pytest.raises(ConfigError, match="W: expected finite numbers"):
        check_invariants(regression, {"W": np.full((3, 4), np.nan)}, X, LABELS)
    with pytest.raises(ShapeError, match="at least 2 rows"):
        check_rows(softmax, LOGITS[0])
    with pytest.raises(ConfigError, match="x: expected an array, found list"):
        check_rows(softmax, LOGITS.tolist())
    with pytest.raises(ConfigError, match="logits: expected an array of floats"):
        check_logits(cross_entropy, LABELS, LABELS)
    with pytest.raises(ConfigError, match=r"\(m, k\) with at least 2 rows"):
        check_logits(cross_entropy, LOGITS[0], LABELS)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (1.0, "expected (loss, gradient), found float"),
        ((np.ones(2), PARAMS), "loss: expected one finite number"),
        ((np.nan, PARAMS), "loss: expected one finite number, found nan"),
        ((1.0, {"W": PARAMS["W"]}), "the gradient has no b"),
    ],
)
def test_what_the_function_returns_wrongly_is_told_in_each_finding(returned: Any, message: str) -> None:
    assert message in evidence(check(lambda *_: returned), "called twice")


def test_the_failure_of_an_assertion_is_the_whole_report() -> None:
    report = check(lambda *_: (1.0, np.ones(3)))
    with pytest.raises(CheckError, match="FAILED  called twice") as caught:
        report.assert_held()
    assert str(caught.value) == str(report)


def test_mean_squared_error_is_a_mean_too() -> None:
    def squares(w: Array, x: Array, y: Array) -> tuple[Any, Array]:
        loss = MeanSquaredError()
        value, cache = loss.forward(x @ w, y)
        return value, x.T @ loss.backward(cache)

    check_invariants(squares, np.ones(3), X, X[:, 0] ** 2).assert_held()
