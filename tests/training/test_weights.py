"""Rows that do not all count the same: a weight is a number of copies, in what is learned and measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split, standardize, standardize_targets, weigh_classes
from gradwright.diagnosis import diagnose
from gradwright.diagnosis.baselines import baselines
from gradwright.errors import ConfigError, DataError, RecordError
from gradwright.training import make_config
from gradwright.training.agreement import settle
from gradwright.training.constant_answer import constant_metrics
from gradwright.training.cure import advise
from gradwright.training.job import Job
from gradwright.training.load_data import load_data

CLOSE = 1e-9  # relative, in float64: sums are rounded in another order
SEARCHED = 1e-3  # of what some passes of L-BFGS find for a loss with bends: rounding decides where they end
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) * [1.0, 5.0, 0.1] + 2
CLASSES = (X[:, 0] + RNG.normal(size=60) > 2).astype(np.int64) + (X[:, 1] > 4)
NUMBERS = X @ [1.0, 0.2, 3.0] + RNG.normal(size=60)
COPIES = RNG.integers(0, 4, size=60)
QUICK: dict[str, Any] = {"epochs": 3, "learning_rate": 0.05, "dtype": "float64", "progress": False}


def two(y: Any) -> tuple[Dataset, Dataset]:
    """Weighted rows for training and validation, and the same rows as copies."""
    rows = np.repeat(np.arange(60), COPIES)
    weighted, copied = Split(X, y, COPIES), Split(X[rows], y[rows])
    return (
        Dataset("weighted", "", weighted, weighted),
        Dataset("copied", "", copied, copied),
    )


@pytest.mark.parametrize(
    ("loss", "y"),
    [
        (gw.SoftmaxCrossEntropy(), CLASSES),
        (gw.SoftmaxCrossEntropy(smoothing=0.1), CLASSES),
        (gw.BinaryCrossEntropy(), (CLASSES > 0).astype(float)),
        (gw.MeanSquaredError(), NUMBERS),
        (gw.MeanAbsoluteError(), NUMBERS),
        (gw.Quantile(0.3), NUMBERS),
        (gw.Huber(), NUMBERS),
        (gw.Poisson(), np.round(NUMBERS - NUMBERS.min())),
    ],
    ids=repr,
)
def test_what_a_loss_is_held_against_counts_rows_as_they_count(loss: Any, y: Any) -> None:
    weighted, copied = two(y)
    for found, known in zip(baselines(weighted, loss).levels, baselines(copied, loss).levels, strict=True):
        assert found.name == known.name
        for split in known.metrics:
            assert found.metrics[split] == pytest.approx(known.metrics[split], rel=SEARCHED)
    assert constant_metrics(weighted, loss).keys() == constant_metrics(copied, loss).keys()


@pytest.mark.parametrize(
    ("loss", "y", "metrics"),
    [
        (gw.SoftmaxCrossEntropy(), CLASSES, ["balanced_accuracy", "f1", "auc", "top2"]),
        (gw.BinaryCrossEntropy(), (CLASSES > 0).astype(np.int64), ["f1", "auc"]),
        (gw.MeanSquaredError(), NUMBERS, ["r2", "mae", "rmse"]),
    ],
)
def test_each_metric_counts_rows_as_they_count(loss: Any, y: Any, metrics: list[str]) -> None:
    if "f1" in metrics:
        pytest.importorskip("sklearn", reason="needs scikit-learn")
    outputs = 3 if isinstance(loss, gw.SoftmaxCrossEntropy) else 1
    found, known = (
        gw.fit(gw.mlp(3, 4, outputs), data, loss=loss, metrics=metrics, **{**QUICK, "epochs": 0}).metrics
        for data in two(y)
    )
    for split in known:
        assert found[split] == pytest.approx(known[split], rel=CLOSE)


def test_a_class_of_rows_that_count_nothing_is_in_no_metric() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    data = Dataset("gone", "", Split(X, CLASSES, np.where(CLASSES == 2, 0, 1)))
    metrics = ["balanced_accuracy", "f1", "auc"]
    found = gw.fit(gw.mlp(3, 3), data, metrics=metrics, **{**QUICK, "epochs": 0})
    there = CLASSES < 2
    without = replace(data, train=Split(X[there], CLASSES[there]))
    known = gw.fit(gw.mlp(3, 3), without, metrics=metrics, **{**QUICK, "epochs": 0})
    assert found.metrics["train"] == pytest.approx(known.metrics["train"], rel=CLOSE)


def test_scales_count_rows_as_they_count() -> None:
    weighted, copied = (standardize_targets(standardize(data)) for data in two(NUMBERS))
    for name in ("features", "targets"):
        for part in ("shift", "scale"):
            found, known = (np.asarray(getattr(getattr(d, name), part)) for d in (weighted, copied))
            np.testing.assert_allclose(found, known, rtol=CLOSE)


def test_a_constant_column_of_the_rows_that_count_keeps_its_scale() -> None:
    data = Dataset("half", "", Split(np.array([[7.0], [7.0], [1.0]]), np.zeros(3), np.array([1, 2, 0])))
    assert np.asarray(standardize(data).features.scale).tolist() == [1.0]


def test_whole_batches_of_weighted_rows_train_as_their_copies() -> None:
    found, known = (gw.fit(gw.mlp(3, 4, 3), data, batch_size=1000, **QUICK) for data in two(CLASSES))
    np.testing.assert_allclose(found.theta, known.theta, rtol=CLOSE)
    assert found.constant["train"] == pytest.approx(known.constant["train"], rel=CLOSE)
    assert found.evaluate(X, CLASSES, COPIES) == pytest.approx(found.metrics["train"], rel=CLOSE)
    assert found.data["splits"]["train"]["weights"]["max"] == 3


def test_a_diagnosis_counts_rows_as_they_count() -> None:
    weighted, copied = two(CLASSES)
    config = make_config(network=gw.mlp(3, 4, 3))
    found, known = (diagnose(config, data, budget=0).reached[0].loss for data in (weighted, copied))
    assert found == pytest.approx(known, rel=CLOSE)


@pytest.mark.parametrize(("counts", "holds"), [(0, True), (1, False)])
def test_a_row_that_counts_nothing_breaks_no_rate_that_is_tried(counts: int, holds: bool) -> None:
    far = Split(np.vstack([X, [[1e6, 0, 0]]]), np.append(NUMBERS, 0.0), np.append(np.ones(60), counts))
    data = Dataset("far", "", far)
    job = Job(settle(make_config(network=gw.mlp(3, 1), dtype="float64"), data), data)
    assert advise(job, 0.01).startswith("50 steps from the start hold") is holds


# the doors


def test_weights_come_beside_the_rows_and_go_with_those_that_are_set_aside() -> None:
    weights = np.arange(1.0, 61.0)
    data = Dataset.from_arrays(X, CLASSES, weights=weights.tolist(), validation=0.25)
    assert data.validation is not None
    for split in (data.train, data.validation):
        assert split.weights is not None
        rows = [int(np.flatnonzero((x == X).all(axis=1))[0]) for x in split.x]
        np.testing.assert_array_equal(split.weights, weights[rows])


def test_further_rows_bring_their_own_weights() -> None:
    data = Dataset.from_arrays(X, NUMBERS, validation=(X[:5], NUMBERS[:5], COPIES[:5] + 1))
    assert data.validation is not None
    assert data.train.weights is None
    np.testing.assert_array_equal(data.validation.weights, COPIES[:5] + 1)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_column_of_a_frame_may_hold_the_weights(library: str) -> None:
    frame: Callable[..., Any] = pytest.importorskip(library, reason=f"needs {library}").DataFrame
    table = frame({"a": X[:, 0], "copies": COPIES + 1, "b": X[:, 1]})
    run = gw.fit(
        gw.mlp(2, 3), (table, CLASSES), validation=(table[:9], CLASSES[:9]), weights="copies", **QUICK
    )
    assert run.feature_names == ("a", "b")
    assert run.data["splits"]["train"]["weights"]["max"] == 4
    assert run.data["splits"]["validation"]["weights"]["min"] >= 1
    assert len(run.predict(table)) == 60
    with pytest.raises(DataError, match=r"weights: expected a column 'copy', .* did you mean 'copies'"):
        Dataset.from_arrays(table, CLASSES, weights="copy")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (-COPIES, r"weights: expected numbers >= 0, found -3 in row"),
        (0 * COPIES, r"weights: expected one that is not 0, found none"),
        (COPIES[:5], r"weights: expected a number for each of 60 rows, found int64 of shape \(5,\)"),
        (np.where(COPIES == 3, np.nan, 1.0), r"weights: expected finite numbers, found nan in row"),
        (["a"] * 60, r"weights: expected numbers, found text"),
        ("copies", r"weights: expected a number for each row, found 'copies', and x names no columns"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        gw.fit(gw.mlp(3, 3), (X, CLASSES), weights=weights, **QUICK)


def test_a_data_set_brings_its_own_weights() -> None:
    with pytest.raises(ConfigError, match="weights: the data set 'copied' brings its own or none"):
        gw.fit(gw.mlp(3, 3), two(CLASSES)[1], weights=COPIES, **QUICK)


def test_a_loss_of_ones_own_without_weights_is_refused() -> None:
    class Plain(gw.MeanSquaredError):
        def forward(self, output: Any, target: Any) -> Any:  # type: ignore[override]
            return super().forward(output, target)

    class Own:
        forward, backward = Plain().forward, Plain().backward

    with pytest.raises(ConfigError, match=r"loss: expected forward\(output, target, weights\) of Own"):
        gw.fit(gw.mlp(3, 1), (X, NUMBERS), weights=COPIES, loss=Own(), **QUICK)


def test_a_run_goes_on_with_the_same_weights_only(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    gw.fit(gw.mlp(3, 3), (X, CLASSES), weights=COPIES, folder=folder, **QUICK)
    more = {**QUICK, "epochs": 5}
    with pytest.raises(RecordError, match="expected data with the checksum"):
        gw.fit(gw.mlp(3, 3), (X, CLASSES), weights=COPIES + 1, folder=folder, resume=True, **more)
    on = gw.fit(gw.mlp(3, 3), (X, CLASSES), weights=COPIES, folder=folder, resume=True, **more)
    once = gw.fit(gw.mlp(3, 3), (X, CLASSES), weights=COPIES, **more)
    np.testing.assert_array_equal(on.theta, once.theta)


# classes


def weights_by_class(data: Dataset) -> list[float]:
    assert data.train.weights is not None
    return [float(data.train.weights[data.train.y == k].sum()) for k in range(data.num_classes)]


def test_balanced_classes_count_the_same_and_all_rows_as_before() -> None:
    plain = Dataset("plain", "", Split(X, CLASSES))
    assert weights_by_class(weigh_classes(plain, "balanced")) == pytest.approx([20, 20, 20], rel=CLOSE)
    weighted = weigh_classes(two(CLASSES)[0], "balanced")
    assert weights_by_class(weighted) == pytest.approx([COPIES.sum() / 3] * 3, rel=CLOSE)
    np.testing.assert_array_equal(weighted.validation.weights, COPIES)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("labels", "key"),
    [(np.array(["no", "yes"]), "yes"), (np.array([7, -1]), -1), (np.array([True, False]), False)],
)
def test_a_class_counts_by_its_own_name(labels: Any, key: Any) -> None:
    y = labels[(CLASSES > 0).astype(int)]
    run = gw.fit(gw.mlp(3, 2), (X, y), class_weights={key: 10}, **QUICK)
    weighted = gw.fit(gw.mlp(3, 2), (X, y), weights=np.where(CLASSES > 0, 10, 1), **QUICK)
    np.testing.assert_array_equal(run.theta, weighted.theta)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("balance", "class_weights: expected 'balanced' or a number for each class, found 'balance'"),
        ({"yess": 2.0}, "class_weights: there is no class 'yess'; did you mean 'yes'?"),
        ({"yes": -1}, r"class_weights\['yes'\]: expected a finite number >= 0, found -1"),
        ([1.0, 2.0], "class_weights: expected 'balanced' or a number for each class, found list"),
    ],
)
def test_class_weights_that_cannot_be_are_refused(weights: Any, message: str) -> None:
    y = np.array(["no", "yes"])[(CLASSES > 0).astype(int)]
    with pytest.raises(ConfigError, match=message):
        gw.fit(gw.mlp(3, 2), (X, y), class_weights=weights, **QUICK)


def test_numbers_have_no_classes_to_weigh() -> None:
    with pytest.raises(ConfigError, match="class_weights: expected labels, found the float targets of 'arr"):
        gw.fit(gw.mlp(3, 1), (X, NUMBERS), class_weights="balanced", **QUICK)


def test_a_config_weighs_classes() -> None:
    data = {"name": "swiss-roll", "class_weights": {"0": 3.0}}
    loaded = load_data(make_config(network=gw.mlp(2, 2), data=data))
    assert weights_by_class(loaded)[0] == pytest.approx(3 * (loaded.train.y == 0).sum())
    assert loaded.validation is not None
    assert loaded.validation.weights is None
    with pytest.raises(ConfigError, match=r"data.class_weights.0: expected a finite number >= 0, found -1"):
        make_config(network=gw.mlp(2, 2), data={**data, "class_weights": {"0": -1}})
