"""Metrics by name and of one's own: the same numbers as scikit-learn's, the right way up, refused in time."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.engine.variants import supported
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.training import EpochRecord, History, config_to_toml, read_config
from gradwright.training.measure import measure
from gradwright.training.metrics import NAMES, Metric, as_metric, as_metrics

needs_sklearn = pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="needs scikit-learn")
needs_engine = pytest.mark.skipif(not supported(), reason="needs the compiled engine")
Train = Callable[..., gw.Run]


def missed(y_true: Array, prediction: Array) -> float:
    """The rows of class 1 that were called something else."""
    return float(((y_true == 1) & (prediction != 1)).sum())


def plane(rows: int, seed: int) -> Split:
    """y = 3 x0 - x1, and a little noise."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 2))
    return Split(x, x @ np.array([3.0, -1.0]) + 0.1 * rng.standard_normal(rows))


def train_plane(**settings: Any) -> gw.Run:
    data = Dataset("plane", "made for a test", plane(60, 0), plane(30, 1))
    return gw.fit(
        gw.Linear(2, 1), data, loss=gw.MeanSquaredError(), learning_rate=0.05, progress=False, **settings
    )


# The numbers


@needs_sklearn
def test_metrics_of_labels_are_those_of_scikit_learn() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(0)
    y, logits = rng.integers(4, size=200), rng.standard_normal((200, 4))
    logits[np.arange(200), y] += 1
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = measure(
        as_metrics(["balanced_accuracy", "f1", "auc", "top2"]), gw.SoftmaxCrossEntropy(), logits, y
    )
    answer = logits.argmax(axis=1)
    assert found == pytest.approx(
        {
            "balanced_accuracy": metrics.balanced_accuracy_score(y, answer),
            "f1": metrics.f1_score(y, answer, average="macro"),
            "auc": metrics.roc_auc_score(y, p, multi_class="ovr"),
            "top2": metrics.top_k_accuracy_score(y, logits, k=2),
        }
    )


@needs_sklearn
def test_of_two_classes_the_second_is_the_one_that_is_looked_for() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(1)
    y, logit = rng.integers(2, size=100), rng.standard_normal((100, 1))
    two = np.hstack([np.zeros((100, 1)), logit])
    expected = {"f1": metrics.f1_score(y, logit[:, 0] > 0), "auc": metrics.roc_auc_score(y, logit[:, 0])}
    assert measure(as_metrics(["f1", "auc"]), gw.SoftmaxCrossEntropy(), two, y) == pytest.approx(expected)
    assert measure(
        as_metrics(["f1", "auc"]), gw.BinaryCrossEntropy(), logit, y.astype(float)
    ) == pytest.approx(expected)


@needs_sklearn
def test_metrics_of_numbers_are_those_of_scikit_learn() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(2)
    y, output = rng.standard_normal(50), rng.standard_normal((50, 1))
    found = measure(as_metrics(["r2", "mae", "rmse"]), gw.MeanSquaredError(), output, y)
    assert found == pytest.approx(
        {
            "r2": metrics.r2_score(y, output[:, 0]),
            "mae": metrics.mean_absolute_error(y, output[:, 0]),
            "rmse": metrics.mean_squared_error(y, output[:, 0]) ** 0.5,
        }
    )


@needs_sklearn
def test_what_is_not_defined_is_nan() -> None:
    one_class = np.zeros(5, np.int64)
    assert np.isnan(measure(as_metrics(["auc"]), gw.SoftmaxCrossEntropy(), np.eye(5, 2), one_class)["auc"])
    assert np.isnan(measure(as_metrics(["r2"]), gw.MeanSquaredError(), np.ones((5, 1)), np.ones(5))["r2"])


# In a run


def test_metrics_are_measured_after_each_epoch_and_in_the_end(train_blobs: Train) -> None:
    run = train_blobs(metrics=["balanced_accuracy", missed])
    wanted = {"loss", "accuracy", "balanced_accuracy", "missed"}
    for record in run.history.epochs:
        assert record.validation is not None
        assert wanted <= record.validation.keys()
    assert all(wanted <= metrics.keys() for metrics in run.metrics.values())


@needs_engine
def test_both_engines_measure_the_same(blobs: Dataset) -> None:
    def reached(engine: Any) -> dict[str, float]:
        settings: dict[str, Any] = {"metrics": ["balanced_accuracy", "top2"], "dtype": "float64"}
        run = gw.fit(gw.mlp(2, 8, 3), blobs, engine=engine, epochs=3, progress=False, **settings)
        return run.metrics["validation"]

    assert reached("native") == pytest.approx(reached("reference"), rel=1e-9)  # rounding, in 30 steps


def test_the_metrics_of_a_regression_are_those_of_its_loss() -> None:
    reached = train_plane(metrics=["r2", "mae", "rmse"], epochs=20).metrics["validation"]
    assert reached["rmse"] == pytest.approx(reached["loss"] ** 0.5, rel=1e-5)  # one of them in float32
    assert reached["r2"] > 0.9


def test_what_is_monitored_is_measured(train_blobs: Train) -> None:
    run = train_blobs(monitor="validation.balanced_accuracy", epochs=6)
    best = max(run.history.curve("validation.balanced_accuracy"))
    assert run.metrics["validation"]["balanced_accuracy"] == best


def test_of_an_error_the_lowest_is_kept_and_of_a_share_the_highest() -> None:
    for monitor, pick in (("validation.mae", min), ("validation.r2", max)):
        run = train_plane(monitor=monitor, keep="best", epochs=5)
        assert run.metrics["validation"][monitor.partition(".")[2]] == pick(run.history.curve(monitor))


def test_each_name_knows_which_way_is_better() -> None:
    low = {name for name in NAMES if as_metric(f"validation.{name}").sign < 0}
    assert low == {"loss", "objective", "mae", "rmse"}


def test_early_stopping_follows_the_direction() -> None:
    rising = History(tuple(EpochRecord(e, e, {"r2": v, "mae": v}) for e, v in enumerate([0.1, 0.2, 0.3])))
    stop = gw.EarlyStopping(patience=1)
    assert not stop.should_stop(rising, "train.r2")
    assert stop.should_stop(rising, "train.mae")
    assert (rising.best("train.r2"), rising.best("train.mae")) == (2, 0)


def test_an_epoch_without_a_number_is_never_the_best() -> None:
    nan = float("nan")
    history = History(tuple(EpochRecord(e, e, {"auc": v}) for e, v in enumerate([nan, 0.5, nan])))
    assert history.best("train.auc") == 1
    assert gw.EarlyStopping(patience=1).should_stop(history, "train.auc")


# One's own


def test_a_function_of_ones_own_is_called_with_answers_in_the_form_of_the_targets() -> None:
    seen = []

    def spy(y_true: Array, prediction: Array) -> float:
        seen.append((y_true.shape, prediction.shape))
        return 0.0

    train_plane(metrics=spy, epochs=0)
    assert set(seen) == {((60,), (60,)), ((30,), (30,))}


def test_ones_own_metric_can_be_monitored_where_it_says_which_way(train_blobs: Train) -> None:
    run = train_blobs(metrics=[Metric(missed, best="low")], monitor="validation.missed")
    assert run.metrics["validation"]["missed"] == min(run.history.curve("validation.missed"))
    with pytest.raises(ConfigError, match=r"'missed' is best high or low is not known.*best='low'"):
        train_blobs(metrics=[missed], monitor="validation.missed")


def test_a_record_names_a_function_of_ones_own_and_knows_that_it_is_not_there(
    train_blobs: Train, blobs: Dataset, tmp_path: Path
) -> None:
    run = train_blobs(tmp_path / "run", metrics=["top2", Metric(missed, best="low")])
    again = gw.load_run(tmp_path / "run")
    assert again.metrics == run.metrics
    assert again.config.metrics == (as_metric("top2"), Metric(None, best="low", name="missed"))
    assert config_to_toml(read_config(tmp_path / "run" / "config.toml")) == config_to_toml(run.config)
    with pytest.raises(ConfigError, match=r"'missed' is a function of one's own, which a file cannot hold"):
        gw.train(again.config, blobs, progress=False)


def test_a_function_that_returns_no_number_is_named_before_the_first_step(train_blobs: Train) -> None:
    def rows(y_true: Array, prediction: Array) -> Any:
        return y_true == prediction

    with pytest.raises(ConfigError, match=r"expected rows to return a number, found array"):
        train_blobs(metrics=[rows])


# What is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metrics": ["balanced_acuracy"]}, r"did you mean 'balanced_accuracy'"),
        ({"metrics": "F1"}, r"'F1' is not known; did you mean 'f1'"),
        ({"metrics": ["top2", "top2"]}, r"expected each once, found 'top2' twice"),
        ({"metrics": ["confusion_matrix"]}, r"a run has it: run\.outcome\.counts"),
        ({"metrics": [3]}, r"expected a name such as 'f1' or a function, found 3"),
        ({"metrics": [lambda _y, _p: 0.0]}, r"needs a name"),
        ({"metrics": [{"name": "cost", "best": "up"}]}, r"expected 'high' or 'low', found 'up'"),
        ({"metrics": ["top3"]}, r"'top3' of 3 classes is always 100 %"),
        ({"metrics": ["r2"]}, r"'r2' is measured of numbers, and with SoftmaxCrossEntropy .* labels"),
        ({"monitor": "balanced_accuracy"}, r"did you mean 'validation.balanced_accuracy'"),
        ({"monitor": "val_loss"}, r"did you mean 'validation.loss'"),
        ({"monitor": "test.loss"}, r"expected a metric of train or validation"),
        ({"monitor": "validation.los"}, r"monitor: 'los' is not known; did you mean 'loss'"),
    ],
)
def test_what_cannot_be_measured_is_said_before_the_first_step(
    train_blobs: Train, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train_blobs(**settings)


@pytest.mark.parametrize("settings", [{"metrics": ["f1"]}, {"monitor": "validation.accuracy"}])
def test_a_metric_of_labels_does_not_fit_a_regression(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"is measured of labels, and with MeanSquaredError .* numbers"):
        train_plane(**settings)


def test_without_scikit_learn_its_metrics_say_so(train_blobs: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"'auc' needs scikit-learn: pip install"):
        train_blobs(metrics=["auc"])


def test_a_name_of_gradwright_is_not_given_to_another_function() -> None:
    def rmse(y_true: Array, prediction: Array) -> float:
        return float((y_true - prediction).sum())

    with pytest.raises(ConfigError, match=r"'rmse' is a metric already"):
        Metric(rmse)
