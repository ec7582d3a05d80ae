"""Estimators of tables at a user's hands: frames as they come, and what is said of those that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score

from gradwright.errors import ConfigError, DataError, DataWarning
from gradwright.sklearn import TabularClassifier, TabularRegressor

RNG = np.random.default_rng(0)
ROWS = 200
AGE = RNG.uniform(18, 80, ROWS)
CITY = RNG.choice(["Bonn", "Ulm", "Graz"], ROWS)
GAPS = RNG.random(ROWS) < 0.1
X = pd.DataFrame(
    {
        "age": np.where(RNG.random(ROWS) < 0.1, np.nan, AGE),
        "city": pd.Categorical([None if gap else city for gap, city in zip(GAPS, CITY, strict=True)]),
        "member": RNG.random(ROWS) < 0.5,
        "code": RNG.integers(3, size=ROWS),
    }
)
LABELS = np.where((AGE > 50) ^ (CITY == "Ulm"), "yes", "no")
NUMBERS = 5 * (AGE - 50) + 100 * (CITY == "Bonn")
CHANCE = 0.6  # the share of the larger class
EPOCHS = 48


def classifier(**changes: Any) -> TabularClassifier:
    return TabularClassifier(**{"epochs": EPOCHS, "random_state": 0, **changes})


def regressor(**changes: Any) -> TabularRegressor:
    return TabularRegressor(**{"epochs": EPOCHS, "random_state": 0, **changes})


@pytest.fixture(scope="module")
def fitted() -> TabularClassifier:
    return classifier().fit(X, LABELS)


def test_categories_gaps_and_truths_are_learned_as_they_come(fitted: TabularClassifier) -> None:
    assert fitted.score(X, LABELS) > 0.85
    assert fitted.feature_names_in_.tolist() == ["age", "city", "member", "code"]
    assert set(fitted.encoding_.words()) == {"age", "city", "member", "code"}
    assert fitted.predict_proba(X).shape == (ROWS, 2)


def test_a_frame_of_polars_is_learned_alike() -> None:
    plain = X.assign(city=X["city"].astype(object).where(X["city"].notna(), None))
    frame = pl.DataFrame({name: plain[name].tolist() for name in plain})
    np.testing.assert_array_equal(
        classifier(epochs=4).fit(frame, LABELS).predict_proba(frame),
        classifier(epochs=4).fit(plain, LABELS).predict_proba(plain),
    )


def test_numbers_are_answered_in_their_own_units_and_within_those_seen() -> None:
    model = regressor().fit(X, NUMBERS)
    assert model.score(X, NUMBERS) > 0.8
    far = X.assign(age=X["age"] * 1e6)
    assert NUMBERS.min() <= model.predict(far).min() <= model.predict(far).max() <= NUMBERS.max()


def test_several_numbers_are_answered_at_once() -> None:
    model = regressor().fit(X, np.column_stack([NUMBERS, -NUMBERS]))
    assert model.predict(X).shape == (ROWS, 2)
    assert model.score(X, np.column_stack([NUMBERS, -NUMBERS])) > 0.8


def test_a_kind_that_is_said_is_believed() -> None:
    words = classifier(epochs=1, kinds={"code": "category"}).fit(X, LABELS).encoding_.words()
    assert words["code"].startswith("one-hot in 3 columns")


def test_numbers_may_be_laid_into_bins() -> None:
    model = classifier(bins=4).fit(X, LABELS)
    assert len([name for name in model.encoding_.names if name.startswith("age: bin")]) == 4
    assert model.score(X, LABELS) > 0.85
    with pytest.raises(ConfigError, match="bins: expected a whole number >= 1, found 0"):
        classifier(bins=0).fit(X, LABELS)


def test_folds_are_a_network_each() -> None:
    model = classifier(n_cv=3, epochs=4).fit(X, LABELS)
    assert len(model.ensemble_.runs) == 3


def test_the_number_of_threads_makes_no_difference() -> None:
    one, two = (classifier(n_cv=3, epochs=4, n_jobs=jobs).fit(X, LABELS) for jobs in (1, -1))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_it_stands_where_an_estimator_stands() -> None:
    assert cross_val_score(classifier(), X, LABELS, cv=2).mean() > CHANCE


def test_a_class_weight_is_the_weight_of_its_rows() -> None:
    by_class = classifier(epochs=8, class_weight={"yes": 3.0}).fit(X, LABELS)
    by_row = classifier(epochs=8).fit(X, LABELS, np.where(LABELS == "yes", 3.0, 1.0))
    np.testing.assert_array_equal(by_class.predict_proba(X), by_row.predict_proba(X))
    plain = classifier(epochs=8).fit(X, LABELS)
    assert (by_class.predict(X) == "yes").sum() > (plain.predict(X) == "yes").sum()


def test_rows_that_count_nothing_are_not_there() -> None:
    counts = np.arange(ROWS) % 4 > 0
    weighed = classifier(epochs=4).fit(X, LABELS, counts.astype(float))
    without = classifier(epochs=4).fit(X[counts], LABELS[counts])
    np.testing.assert_array_equal(weighed.predict_proba(X), without.predict_proba(X))


def test_a_class_of_one_row_is_learned_and_named() -> None:
    labels = LABELS.astype(object)
    labels[7] = "once"
    model = classifier(epochs=4).fit(X, labels)
    assert model.classes_.tolist() == ["no", "once", "yes"]
    for run in model.ensemble_.runs:
        assert run.data["splits"]["train"]["counts"]["once"] == 1


def test_probabilities_are_calibrated_unless_that_is_refused() -> None:
    assert classifier().fit(X, LABELS).ensemble_.temperature != 1
    assert classifier(calibrate=False, epochs=2).fit(X, LABELS).ensemble_.temperature == 1


def test_too_little_time_is_said_and_what_was_reached_is_kept() -> None:
    with pytest.warns(ConvergenceWarning, match="cut short: 1 of 2 networks were trained, 1 of 192 epochs"):
        model = classifier(epochs=192, time_limit=1e-6, n_jobs=1).fit(X, LABELS)
    assert model.predict(X).shape == (ROWS,)


def test_new_values_are_told(fitted: TabularClassifier) -> None:
    with pytest.warns(DataWarning, match="column 'city': 200 rows with a value that training never showed"):
        fitted.predict(X.assign(city="Wien"))


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (X.drop(columns="age"), ValueError, "Feature names seen at fit time, yet now missing:\n- age"),
        (X.assign(more=1), ValueError, "Feature names unseen at fit time:\n- more"),
        (X.rename(columns={"age": "years"}), ValueError, "Feature names unseen at fit time:\n- years"),
        (X.assign(age="old"), DataError, "column 'age': expected a number, found 'old'"),
    ],
)
def test_other_columns_are_named(
    fitted: TabularClassifier, table: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fitted.predict(table)


@pytest.mark.parametrize(
    ("rows", "labels", "message"),
    [
        (X, np.full(ROWS, "yes"), "y: expected at least 2 classes, found 1 class alone: 'yes'"),
        (X, np.where(LABELS == "yes", 1.0, np.nan), "Input y contains NaN"),
        (X, LABELS[:-1], "inconsistent numbers of samples"),
        (X[["age"]].assign(age=1.0), LABELS, "expected a column to learn from, found none"),
        (X.assign(when=pd.Timestamp("2024-01-01")), LABELS, "column 'when': it holds dates"),
        (X.iloc[:0], LABELS[:0], "0 sample"),
        (np.array([[np.inf], [1.0]]), ["no", "yes"], "Input X contains infinity"),
        (X, np.linspace(0, 1, ROWS), "Unknown label type: continuous"),
    ],
)
def test_what_cannot_be_learned_is_told(rows: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        classifier().fit(rows, labels)


def test_an_infinite_target_is_told() -> None:
    with pytest.raises(ValueError, match="Input y contains infinity"):
        regressor().fit(X, np.where(NUMBERS > 0, np.inf, NUMBERS))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_cv": 0}, "n_cv: expected a whole number >= 1, found 0"),
        ({"n_cv": 500}, "expected at least 500 rows that can be held out"),
        ({"time_limit": 0}, "time_limit: expected a finite number > 0, found 0"),
        ({"epochs": 0}, "epochs: expected a whole number >= 1, found 0"),
        ({"n_jobs": 0}, "n_jobs: expected a whole number >= 1, found 0"),
        ({"kinds": "category"}, "kinds: expected a kind for columns by name, found 'category'"),
        ({"kinds": {"height": "number"}}, "'height'"),
        ({"class_weight": {"maybe": 2}}, "class_weight: there is no class 'maybe'"),
    ],
)
def test_a_setting_that_cannot_be_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        classifier(**change).fit(X, LABELS)
    assert isinstance(caught.value, ConfigError | DataError)
