"""A run on a table: it answers tables, files and arrays of features, and is read back with its encoding."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

import gradwright as gw
from gradwright.errors import DataError, DataWarning, RecordError

ROWS = 120


def rows() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    size, town = rng.normal(50, 20, ROWS), rng.choice(["Ulm", "Bonn", "Graz"], ROWS)
    return {"size": size, "town": town, "rent": np.where(size > 50, "high", "low")}


@pytest.fixture
def data() -> gw.Dataset:
    return gw.Dataset.from_table(rows(), "rent")


@pytest.fixture
def run(data: gw.Dataset) -> gw.Run:
    return gw.fit(gw.mlp(4, 8, 2), data, epochs=30, learning_rate=0.3, progress=False)


def test_it_answers_a_table_with_labels(run: gw.Run) -> None:
    answers = run.predict({"size": [10.0, 90.0], "town": ["Bonn", "Ulm"]})
    assert answers.tolist() == ["low", "high"]
    assert run.predict_proba({"town": ["Ulm"], "size": [90.0]})[0, 0] > 0.5


def test_frames_files_and_features_have_the_same_answers(
    run: gw.Run, data: gw.Dataset, tmp_path: Path
) -> None:
    frame = pd.DataFrame(rows())
    expected = run.outputs(frame)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    np.testing.assert_array_equal(run.outputs(tmp_path / "rows.csv"), expected)
    assert data.encoding is not None
    np.testing.assert_array_equal(run.outputs(data.encoding.encode(frame)), expected)


def test_it_is_measured_on_a_table(run: gw.Run) -> None:
    table = rows()
    right = np.mean(run.predict(table) == table["rent"])
    assert run.evaluate(table, table["rent"])["accuracy"] == pytest.approx(right)


def test_what_training_never_showed_is_a_warning(run: gw.Run) -> None:
    with pytest.warns(
        DataWarning, match="column 'town': 1 row with a value that training never showed, 'Wien'"
    ):
        run.predict({"size": [10.0], "town": ["Wien"]})


def test_numbers_that_were_not_encoded_are_refused(run: gw.Run) -> None:
    with pytest.raises(
        DataError, match="x: expected a table with the columns 'size', 'town', found an array"
    ):
        run.predict(np.array([[50.0, 0.0, 0.0, 1.0]]))
    with pytest.raises(DataError, match="expected a table with the columns"):
        run.predict(np.zeros((1, 2)))


def test_a_missing_column_is_named(run: gw.Run) -> None:
    with pytest.raises(DataError, match=r"expected a column 'town', found none; did you mean 'Town'\?"):
        run.predict({"size": [1.0], "Town": ["Ulm"]})


def test_it_is_read_back_with_its_encoding(run: gw.Run, data: gw.Dataset, tmp_path: Path) -> None:
    run.save(tmp_path / "run")
    again = gw.load_run(tmp_path / "run")
    assert again.encoding == data.encoding
    np.testing.assert_array_equal(again.outputs(rows()), run.outputs(rows()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": []}, "data.json: encoding: expected the encoding of a table"),
        (
            {"columns": [{"kind": "number", "name": "a", "center": 0, "scale": 1}]},
            "expected 4 columns, found 1",
        ),
    ],
)
def test_a_damaged_encoding_is_named(run: gw.Run, tmp_path: Path, change: Any, message: str) -> None:
    run.save(tmp_path / "run")
    path = tmp_path / "run" / "data.json"
    summary = json.loads(path.read_text())
    path.write_text(json.dumps(summary | {"encoding": summary["encoding"] | change}))
    with pytest.raises(RecordError, match=message):
        gw.load_run(tmp_path / "run")


def test_a_run_goes_on_only_with_the_same_encoding(data: gw.Dataset, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"epochs": 1, "progress": False, "folder": tmp_path / "run"}
    gw.fit(gw.mlp(4, 2), data, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        other = gw.Dataset.from_table(rows() | {"new": ["a"] * ROWS}, "rent")
    with pytest.raises(RecordError, match="expected data with encoding = "):
        gw.fit(gw.mlp(4, 2), other, **(settings | {"epochs": 2}), resume=True)


def test_an_index_reaches_as_far_as_its_size() -> None:
    towns = [f"town {k}" for k in range(30)] * 8
    data: Any = gw.Dataset.from_table({"town": towns, "y": np.arange(240) / 7}, "y", one_hot_up_to=9)
    run = gw.fit(gw.mlp(1, 1), data, epochs=1, learning_rate=1e-6, progress=False)
    assert run.outputs(np.array([[30.0]])).shape == (1, 1)
    with pytest.raises(DataError, match="expected a table"):
        run.outputs(np.array([[31.0]]))
