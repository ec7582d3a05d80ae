"""What the columns of a table are worth: a known answer within its interval, kept with the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import RecordError
from gradwright.nn import MeanSquaredError, SoftmaxCrossEntropy
from gradwright.training.importance import IMPORTANCE, importance_of
from gradwright.training.target import Target

ROWS = 400


def table(rows: int = ROWS) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {"a": rng.normal(size=rows), "b": rng.normal(size=rows), "c": rng.choice(list("xyz"), rows)}


def linear(weights: Any) -> Any:
    return lambda x: x.astype(np.float64) @ np.asarray(weights, np.float64)


def measured(outputs: Any, y: Any, loss: Any, rows: int = ROWS, parameters: int = 10) -> Any:
    data = gw.Dataset.from_table(table(rows) | {"y": y}, "y", validation=None)
    return importance_of(outputs, parameters, loss, Target.of(data.summary()), data)


def test_a_shuffled_column_of_a_linear_map_costs_twice_its_variance() -> None:
    """With x' a shuffled x, the mean of (w x' - w x)^2 is 2 w^2 var(x), and each mean square is in var(y)."""
    data: Any = gw.Dataset.from_table(
        table() | {"y": np.ones(ROWS) + np.arange(ROWS) / 7}, "y", validation=None
    )
    x = data.train.x.astype(np.float64)
    y = x @ [3, 1, 0, 0, 0]
    found = measured(linear([[3], [1], [0], [0], [0]]), y, MeanSquaredError())
    assert found.columns == ("a", "b", "c")
    expected = 2 * np.array([9 * x[:, 0].var(), x[:, 1].var()]) / y.var()
    assert found.mean[2] == found.low[2] == found.high[2] == 0
    for k in (0, 1):
        assert found.low[k] < expected[k] < found.high[k]
        assert found.mean[k] == pytest.approx(expected[k], rel=0.1)  # of five permutations


def test_all_inputs_of_a_category_are_shuffled_together() -> None:
    c = table()["c"]
    wrongly = measured(linear(np.vstack([np.zeros((2, 3)), 20 * np.eye(3)])), c, SoftmaxCrossEntropy())
    assert wrongly.columns[0] == "c"
    # a wrong class costs a log loss of 20, and a shuffled row has one in two cases of three
    assert wrongly.low[0] < 20 * (1 - np.mean([np.mean(c == k) for k in c])) < wrongly.high[0]


def test_the_interval_shrinks_with_the_rows_and_holds_zero_for_noise() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for rows in (200, 1800):
        y = rng.choice(["p", "q"], rows)
        found = measured(linear([[0.1, 0], [0, 0], [0, 0], [0, 0], [0, 0]]), y, SoftmaxCrossEntropy(), rows)
        a = found.columns.index("a")
        assert found.low[a] < 0 < found.high[a]
        widths.append(found.high[a] - found.low[a])
    assert widths[0] / widths[1] == pytest.approx(3, rel=0.3)  # the root of 9, by chance more or less


def test_much_work_is_spent_on_fewer_rows() -> None:
    y = ["p", "q"] * 1500
    outputs = linear(np.zeros((5, 2)))
    assert measured(outputs, y, SoftmaxCrossEntropy(), 3000).rows == 2000
    assert measured(outputs, y, SoftmaxCrossEntropy(), 3000, parameters=10**7).rows == 666
    assert measured(outputs, y, SoftmaxCrossEntropy(), 3000, parameters=10**9).rows == 100


def test_a_run_on_a_table_has_it_and_keeps_it(tmp_path: Path) -> None:
    rows = table()
    data = gw.Dataset.from_table(rows | {"y": np.where(rows["a"] > 0, "up", "down")}, "y")
    run = gw.fit(gw.mlp(5, 8, 2), data, epochs=10, learning_rate=0.3, progress=False)
    assert run.importance is not None
    assert (run.importance.split, run.importance.measure) == ("validation", "log loss")
    assert run.importance.columns[0] == "a"
    assert run.importance.low[0] > 0
    run.save(tmp_path / "run")
    assert gw.load_run(tmp_path / "run").importance == run.importance
    path = tmp_path / "run" / IMPORTANCE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"mean": [1.0]}))
    with pytest.raises(RecordError, match="expected a mean and an interval for each column"):
        gw.load_run(tmp_path / "run")


def test_a_single_row_measures_nothing() -> None:
    data = gw.Dataset.from_table({"a": [1.0, 2.0, 3.5, 4.0], "y": ["p", "q"] * 2}, "y", validation=1)
    assert gw.fit(gw.mlp(1, 2), data, epochs=1, progress=False).importance is None


def test_scores_are_measured_by_errors_and_arrays_not_at_all() -> None:
    rows = table()
    data = gw.Dataset.from_table(rows | {"y": np.where(rows["a"] > 0, "up", "down")}, "y")
    run = gw.fit(gw.mlp(5, 2), data, loss="Hinge", epochs=3, progress=False)
    assert run.importance is not None
    assert run.importance.measure == "errors"
    assert gw.fit(gw.mlp(2, 2), (np.eye(2), [0, 1]), epochs=1, progress=False).importance is None
