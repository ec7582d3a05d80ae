"""A user's own arrays, lists and frames, from ``fit`` to ``predict``, and through a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError, DataError, RecordError, ShapeError
from gradwright.training.target import Target, class_probabilities

RNG = np.random.default_rng(0)
X = RNG.standard_normal((200, 2))
SIDE = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
HEIGHT = 150 + 50 * X[:, 0] - 20 * X[:, 1]

QUICK: dict[str, Any] = {"learning_rate": 0.1, "epochs": 5, "progress": False}
SQUARES: dict[str, Any] = {**QUICK, "loss": gw.MeanSquaredError(), "learning_rate": 0.01}

LABELS = {
    "strings": np.array(["dark", "bright"])[SIDE],
    "booleans": SIDE == 1,
    "0 and 1": SIDE,
    "other integers": np.array([7, -1])[SIDE],
}


def through_a_folder(run: gw.Run, folder: Path) -> gw.Run:
    run.save(folder / "run")
    return gw.load_run(folder / "run")


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS.keys())
def test_labels_come_back_in_the_users_own_terms(y: Any, tmp_path: Path) -> None:
    run = gw.fit(gw.mlp(2, 2), (X, y), validation=0.2, **QUICK)
    for each in (run, through_a_folder(run, tmp_path)):
        answers = each.predict(X)
        assert answers.dtype.kind == y.dtype.kind
        assert answers.shape == (200,)
        assert (answers == y).mean() > 0.9
        assert each.classes == tuple(np.unique(y).tolist())
        assert each.evaluate(X, y)["accuracy"] == pytest.approx((answers == y).mean())


def test_one_output_for_yes_or_no_answers_in_the_users_terms() -> None:
    y = LABELS["strings"]
    run = gw.fit(gw.mlp(2, 1), (X, y), loss=gw.BinaryCrossEntropy(), **{**QUICK, "epochs": 20})
    assert run.predict(X).shape == (200,)
    assert (run.predict(X) == y).mean() > 0.9
    chances = run.predict_proba(X)
    assert chances.shape == (200, 2)
    assert np.array_equal(np.array(run.classes)[chances.argmax(axis=1)], run.predict(X))


def test_the_columns_of_the_probabilities_are_the_classes() -> None:
    run = gw.fit(gw.mlp(2, 2), (X, LABELS["strings"]), **QUICK)
    chances = run.predict_proba(X)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)  # float64
    assert np.array_equal(np.array(run.classes)[chances.argmax(axis=1)], run.predict(X))


def test_several_questions_of_yes_and_no_have_a_probability_each() -> None:
    chances = class_probabilities(gw.BinaryCrossEntropy(), np.array([[0.0, 800.0], [-800.0, 0.0]]))
    np.testing.assert_array_equal(chances, [[0.5, 1], [0, 0.5]])


def test_numbers_have_no_probabilities() -> None:
    run = gw.fit(gw.mlp(2, 1), (X, HEIGHT), **{**SQUARES, "epochs": 0})
    with pytest.raises(ConfigError, match="expected a classifier, found a run of MeanSquaredError"):
        run.predict_proba(X)


def test_an_output_without_a_class_is_never_an_answer() -> None:
    target = Target.of(
        {"classes": ["a", "b"], "labels": ["a", "b"], "splits": {"train": {"y": {"shape": [9]}}}}
    )
    assert target.answer(gw.SoftmaxCrossEntropy(), np.array([[0.0, 1.0, 5.0]])).tolist() == ["b"]


@pytest.mark.parametrize("standardize_targets", [False, True])
def test_the_mean_squared_error_of_predictions_is_what_it_looks_like(
    standardize_targets: bool, tmp_path: Path
) -> None:
    data = gw.Dataset.from_arrays(X, HEIGHT, standardize_targets=standardize_targets)
    run = gw.fit(gw.mlp(2, 1), data, metrics=["rmse"], **SQUARES)
    for each in (run, through_a_folder(run, tmp_path)):
        error = ((HEIGHT - each.predict(X)) ** 2).mean()
        variance = HEIGHT.var() if standardize_targets else 1.0
        assert error == pytest.approx(each.metrics["train"]["loss"] * variance, rel=1e-4)  # float32
        assert error == pytest.approx(each.metrics["train"]["rmse"] ** 2, rel=1e-4)
        assert each.evaluate(X, HEIGHT) == pytest.approx(each.metrics["train"], rel=1e-4)


def test_targets_of_several_columns_come_back_as_such() -> None:
    y = np.stack([HEIGHT, -HEIGHT], axis=1)
    column = gw.fit(gw.mlp(2, 1), (X, HEIGHT[:, None]), **SQUARES)
    assert column.predict(X).shape == (200, 1)
    run = gw.fit(gw.mlp(2, 2), gw.Dataset.from_arrays(X, y, standardize_targets=True), **SQUARES)
    np.testing.assert_allclose(run.predict(X).mean(axis=0), y.mean(axis=0), rtol=0.2)  # five epochs


def test_what_a_run_answered_is_on_record_in_the_targets_own_units() -> None:
    data = gw.Dataset.from_arrays(X, HEIGHT, standardize_targets=True)
    outcome: Any = gw.fit(gw.mlp(2, 1), data, **SQUARES).outcome
    np.testing.assert_allclose(outcome.targets[:, 0], HEIGHT, rtol=1e-12)  # there and back in float64


def test_numbers_far_from_one_are_said_to_be_so_before_training(capsys: pytest.CaptureFixture[str]) -> None:
    gw.fit(gw.mlp(2, 1), (X, HEIGHT), epochs=0)
    assert "targets: what is to be learned is about 15" in capsys.readouterr().err
    gw.fit(gw.mlp(2, 1), (X, HEIGHT), epochs=0, progress=False)
    assert capsys.readouterr().err == ""


# frames


@pytest.fixture(params=["pandas", "polars"])
def frame(request: pytest.FixtureRequest) -> Callable[[dict[str, Any]], Any]:
    library: Any = pytest.importorskip(request.param, reason=f"needs {request.param}")
    make: Callable[[dict[str, Any]], Any] = library.DataFrame
    return make


def test_a_run_finds_the_columns_of_a_frame_by_name(
    frame: Callable[[dict[str, Any]], Any], tmp_path: Path
) -> None:
    x = frame({"u": X[:, 0], "v": X[:, 1]})
    y = frame({"y": LABELS["strings"]})["y"]
    run = gw.fit(gw.mlp(2, 2), (x, y), validation=(x, y), **QUICK)
    other_order = frame({"v": X[:, 1], "name": LABELS["strings"], "u": X[:, 0]})
    for each in (run, through_a_folder(run, tmp_path)):
        assert each.feature_names == ("u", "v")
        assert np.array_equal(each.predict(other_order), each.predict(X))
        assert each.evaluate(other_order, y) == each.evaluate(X, LABELS["strings"])
        with pytest.raises(DataError, match="x: expected a column 'v', found none; choose from u, w"):
            each.predict(frame({"u": [0.0], "w": [1.0]}))


def test_no_frame_library_is_loaded_for_arrays() -> None:
    code = (
        "import sys, numpy as np, gradwright as gw; "
        "run = gw.fit(gw.mlp(1, 2), (np.eye(4)[:, :1], ['a', 'b', 'b', 'b']), epochs=1, progress=False); "
        "run.predict([[0.0]]); print(sorted({'pandas', 'polars'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# what cannot be answered


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[0.0, np.nan]], r"x: expected finite numbers, found nan in row 0, column 1"),
        ([[0.0, 0.0], [-np.inf, 0.0]], r"x: expected finite numbers, found -inf in row 1, column 0"),
        ([[1e300, 0.0]], r"x in float32: expected finite numbers, found inf in row 0, column 0"),
        ([0.0, 0.0], r"x: expected the shape \(N, d\), found \(2,\); .* for one row reshape\(1, -1\)"),
        ([["a", "b"]], r"x: expected numbers, found text"),
    ],
)
def test_rows_that_mean_nothing_are_refused(x: Any, message: str) -> None:
    run = gw.fit(gw.mlp(2, 2), (X, SIDE), **{**QUICK, "epochs": 0})
    with pytest.raises(DataError, match=message):
        run.predict(x)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, np.array(["x"] * 200), r"y: expected integers such as 0, found strings such as 'x'"),
        (X, SIDE + 1, r"y: expected one of 0, 1, found 2 in row"),
        (X[:9], SIDE, r"x and y: expected as many rows in each, found 9 and 200"),
    ],
)
def test_rows_unlike_those_of_training_are_not_evaluated(x: Any, y: Any, message: str) -> None:
    run = gw.fit(gw.mlp(2, 2), (X, SIDE), **{**QUICK, "epochs": 0})
    with pytest.raises(DataError, match=message):
        run.evaluate(x, y)


def test_targets_of_another_form_are_not_evaluated() -> None:
    run = gw.fit(gw.mlp(2, 1), (X, HEIGHT), **{**SQUARES, "epochs": 0})
    with pytest.raises(DataError, match=r"y: expected numbers \(N,\) as in training, found float64"):
        run.evaluate(X, HEIGHT[:, None])
    with pytest.raises(ShapeError, match=r"x: expected the shape \(N, 2\), found \(200, 1\)"):
        run.evaluate(X[:, :1], HEIGHT)
    assert run.evaluate(X, HEIGHT.astype(int))["loss"] > 0  # whole numbers are numbers


# the record


def test_an_older_folder_is_read_without_what_it_never_had(tmp_path: Path) -> None:
    run = gw.fit(gw.mlp(2, 2), (X, SIDE), folder=tmp_path / "run", **QUICK)
    path = tmp_path / "run" / "data.json"
    data = json.loads(path.read_text())
    for key in ("labels", "feature_names", "targets", "standardized"):
        del data[key]
    path.write_text(json.dumps(data))
    old = gw.load_run(tmp_path / "run")
    assert np.array_equal(old.predict(X), run.predict(X))
    assert old.classes == (0, 1)
    assert old.feature_names == ()
    again = gw.fit(gw.mlp(2, 2), (X, SIDE), folder=tmp_path / "run", resume=True, **QUICK)
    assert np.array_equal(again.theta, run.theta)


def test_a_run_is_resumed_on_the_same_arrays_alone(tmp_path: Path) -> None:
    def go_on(**changes: Any) -> gw.Run:
        how = {"x": X, "y": SIDE + 5, "validation": 0.2, "standardize": True, **changes}
        data = gw.Dataset.from_arrays(**how)
        return gw.fit(gw.mlp(2, 2), data, folder=tmp_path / "run", resume=True, **QUICK)

    run = go_on()
    assert np.array_equal(go_on().theta, run.theta)
    for changes, message in (
        ({"x": X + 1}, "expected data with the checksum"),
        ({"seed": 1}, "expected data with the checksum"),
        ({"standardize": False}, "expected data with standardized = True, found False"),
        ({"y": SIDE == 1}, r"labels = \[5, 6\], found \[False, True\]"),
    ):
        with pytest.raises(RecordError, match=message):
            go_on(**changes)


def test_the_history_as_a_frame(
    frame: Callable[[dict[str, Any]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = frame.__module__.split(".")[0]
    monkeypatch.setattr("gradwright.dataframes.LIBRARIES", (library,))
    run = gw.fit(gw.mlp(2, 2), (X, SIDE), validation=0.2, **QUICK)
    table = run.to_frame()
    assert type(table).__module__.startswith(library)
    assert list(table["epoch"]) == [0, 1, 2, 3, 4, 5]
    assert list(table["validation.loss"]) == run.history.curve("validation.loss")
    assert np.isnan(table["learning_rate"][0])


def test_without_a_frame_library_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    run = gw.fit(gw.mlp(2, 2), (X, SIDE), **{**QUICK, "epochs": 0})
    monkeypatch.setattr("gradwright.dataframes.LIBRARIES", ("no_such_library",))
    with pytest.raises(ConfigError, match="to_frame: expected pandas or polars, found neither; pip"):
        run.to_frame()


# what a prompt and a notebook show


def test_a_run_is_shown_in_three_lines() -> None:
    run = gw.fit(gw.mlp(2, 2), (X, LABELS["strings"]), validation=0.2, name="xor", **QUICK)
    lines = repr(run).splitlines()
    assert len(lines) == 3
    assert lines[0] == "Run 'xor': finished after 5 epochs, SoftmaxCrossEntropy by SGD, 6 parameters, seed 0"
    assert lines[1] == (
        "  data 'arrays' (arrays, validation = 0.2 drawn by seed 0): "
        "160 train, 40 validation rows, 2 features, 2 classes"
    )
    assert lines[2].startswith("  train loss 0.")
    assert "validation loss 0." in lines[2]


def test_a_notebook_shows_the_same_with_every_name_escaped() -> None:
    data = replace(gw.Dataset.from_arrays(X, SIDE), name="<script>", source="a & b")
    html = gw.fit(gw.mlp(2, 2), data, **QUICK)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "a &amp; b" in html
    assert "SoftmaxCrossEntropy by SGD" in html
    assert "http" not in html
