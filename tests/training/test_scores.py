"""A network of scores, as a hinge loss makes it: it tells classes, and no probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.errors import ConfigError
from gradwright.show.answers import answers_of
from gradwright.training.constant_answer import constant_metrics

RNG = np.random.default_rng(4)
X = np.concatenate([RNG.normal(size=(80, 2)) + centre for centre in ([-2, 0], [2, 0], [0, 3])])
LABELS = np.repeat(["left", "right", "up"], 80)
QUICK: dict[str, Any] = {"epochs": 30, "learning_rate": 0.05, "progress": False, "validation": 0.2}


@pytest.mark.parametrize("loss", [gw.Hinge(), gw.Hinge(squared=True), "Hinge"], ids=str)
def test_scores_tell_the_classes_and_no_probabilities(loss: Any, tmp_path: Path) -> None:
    run = gw.fit(gw.mlp(2, 8, 3), (X, LABELS), loss=loss, metrics=["balanced_accuracy", "top2"], **QUICK)
    run.save(tmp_path / "run")
    for each in (run, gw.load_run(tmp_path / "run")):
        assert (each.predict(X) == LABELS).mean() > 0.9
        assert np.array_equal(np.array(each.classes)[each.outputs(X).argmax(axis=1)], each.predict(X))
        with pytest.raises(ConfigError, match="Hinge learns scores, which say the class and not how likely"):
            each.predict_proba(X)


def test_a_page_calls_scores_by_their_name() -> None:
    run = gw.fit(gw.mlp(2, 8, 3), (X, LABELS), loss=gw.Hinge(), **QUICK)
    found = answers_of(run, "RUN")
    assert found is not None
    title, table = list(found.tables.items())[1]
    assert title == "The most wrong rows, those whose class was furthest behind the answer"
    assert table.titles[:5] == ("row", "true class", "its score", "answered", "with score")
    behind = [float(row[2]) - float(row[4]) for row in table.rows]
    assert behind == sorted(behind)
    assert max(behind) <= 0


@pytest.mark.parametrize(("counts", "loss"), [((7, 2, 1), 0.6), ((4, 3, 3), 1.0), ((3, 4, 3), 1.0)])
def test_the_best_constant_scores_lead_where_one_class_has_most_rows(
    counts: tuple[int, ...], loss: float
) -> None:
    y = np.repeat(np.arange(3), counts)
    data = Dataset("counts", "", Split(np.zeros((10, 1)), y))
    found = constant_metrics(data, gw.Hinge())["train"]
    assert found == {"loss": pytest.approx(loss), "accuracy": max(counts) / 10}
    for scores in np.random.default_rng(0).normal(size=(200, 3)):
        assert gw.Hinge().forward(np.tile(scores, (10, 1)), y)[0] >= found["loss"]


def test_a_scored_run_is_held_against_the_most_frequent_class() -> None:
    run = gw.fit(gw.mlp(2, 3), (X, LABELS), loss=gw.Hinge(), **{**QUICK, "epochs": 1, "learning_rate": 1e-9})
    said = [str(remark) for remark in gw.training.remarks.remarks(run)]
    assert "answering every row with the most frequent class" in said[0]
