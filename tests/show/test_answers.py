"""What a page says of a run's answers: the matrix, the mistakes, the rows, the fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import gradwright as gw
from gradwright.show.answers import answers_of, confusions_table, features_in_words, wrong_table
from gradwright.show.run_figures import classes_of, figure_of
from gradwright.training.outcome import Classified


def outcome_of(run: gw.Run) -> Classified:
    assert isinstance(run.outcome, Classified)
    return run.outcome


def test_mistakes_are_listed_the_most_frequent_first_with_their_share() -> None:
    counts = np.array([[90, 8, 2], [0, 50, 0], [25, 0, 75]])
    found = Classified("validation", counts, *(np.empty(0),) * 5)
    assert confusions_table(found, ["a", "b", "c"]).rows == (
        ("c", "a", "25", "25%"),
        ("a", "b", "8", "8.0%"),
        ("a", "c", "2", "2.0%"),
    )
    assert len(confusions_table(found, ["a", "b", "c"], most=1).rows) == 1


def test_rows_that_are_no_images_are_shown_as_values(run: gw.Run) -> None:
    found = outcome_of(run)
    table = wrong_table(found, run.data["classes"], features_in_words(run, found.x))
    assert table.titles[:4] == ("row", "true class", "its probability", "answered")
    assert table.titles[-2:] == ("x1", "x2")
    assert len(table.rows) == len(found.rows) > 0
    assert table.rows[0][-1] == f"{found.x[0, 1]:.4g}"


def test_a_classifier_of_points_has_a_matrix_and_two_tables(run: gw.Run) -> None:
    found = answers_of(run, "runs/blobs")
    assert found is not None
    picture, calibrated = found.pictures
    assert calibrated.again == "gradwright report runs/blobs --figure calibration --out calibration.svg"
    assert picture.again == "gradwright report runs/blobs --figure confusion --out confusion.png"
    assert [caption.split(",")[0] for caption in found.tables] == [
        "The most frequent mistakes",
        "The most wrong rows",
    ]
    assert found.note.endswith("of 60 validation rows were answered rightly.")


def test_a_classifier_of_images_shows_them_and_says_which_they_are(run: gw.Run) -> None:
    found = outcome_of(run)
    rows = len(found.rows)
    images = replace(run, outcome=replace(found, x=np.zeros((rows, 784), np.uint8)))
    answers = answers_of(images, "RUN")
    assert answers is not None
    assert len(answers.pictures) == 3
    assert "as images of 28 x 28" in answers.pictures[2].caption
    first = f"{run.data['classes'][found.labels[0]]} as {run.data['classes'][found.answers[0]]}"
    assert first in answers.pictures[2].description
    assert len(figure_of([images], "wrong", {}, None).axes) >= rows


def test_a_classifier_that_is_always_right_has_no_tables(run: gw.Run) -> None:
    found = outcome_of(run)
    right = replace(found, counts=np.diag([20, 20, 20]), rows=found.rows[:0], x=found.x[:0])
    answers = answers_of(replace(run, outcome=right), "RUN")
    assert answers is not None
    assert answers.tables == {}
    assert answers.note == "60 of 60 validation rows were answered rightly."


def test_a_regression_shows_its_fit(regression: gw.Run) -> None:
    found = answers_of(regression, "RUN")
    assert found is not None
    assert found.heading == "How it fits"
    assert found.pictures[0].again == "gradwright report RUN --figure fit --out fit.png"
    assert "49 train rows" in found.note
    assert len(figure_of([regression], "fit", {}, None).axes) == 2


def test_a_run_without_an_outcome_has_no_such_part(run: gw.Run) -> None:
    assert answers_of(replace(run, outcome=None), "RUN") is None


def test_an_output_beyond_the_classes_has_its_number(run: gw.Run) -> None:
    found = outcome_of(run)
    wider = replace(run, outcome=replace(found, counts=np.zeros((5, 5), int)))
    assert classes_of(wider) == ["north", "east", "west", "3", "4"]
