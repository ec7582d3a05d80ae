"""``gw.tabular``: one line for a table, and what was learned in the table's own terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError, DataError
from gradwright.training import config_to_toml

RNG = np.random.default_rng(0)
SIZE = RNG.uniform(20, 200, 160)
TOWN = RNG.choice(["Ulm", "Bonn", "Graz"], 160)
TABLE: dict[str, Any] = {
    "size": np.where(RNG.random(160) < 0.1, np.nan, SIZE),
    "town": TOWN.tolist(),
    "rent": 3 * SIZE + 100 * (TOWN == "Bonn"),
    "large": np.where(SIZE > 100, "yes", "no").tolist(),
}
EPOCHS = 48


def without(*names: str) -> dict[str, Any]:
    return {name: column for name, column in TABLE.items() if name not in names}


@pytest.fixture(scope="module")
def labels() -> gw.TabularRun:
    return gw.tabular(without("rent"), "large", epochs=EPOCHS, progress=False)


def test_labels_are_answered_as_they_were_given(labels: gw.TabularRun) -> None:
    rows = {"size": [30.0, 190.0, None], "town": ["Ulm", "Graz", "Bonn"]}
    assert labels.predict(rows).tolist()[:2] == ["no", "yes"]
    assert labels.classes == ("no", "yes")
    np.testing.assert_allclose(labels.predict_proba(rows).sum(axis=1), 1)


def test_a_file_is_learned_and_answered_as_its_table(labels: gw.TabularRun, tmp_path: Path) -> None:
    table, path = without("rent"), tmp_path / "flats.csv"
    rows = zip(*table.values(), strict=True)
    lines = [",".join("" if cell != cell else str(cell) for cell in row) for row in rows]
    path.write_text("\n".join([",".join(table), *lines]))
    run = gw.tabular(path, "large", epochs=2, progress=False)
    np.testing.assert_array_equal(run.predict_proba(path), run.predict_proba(table))
    np.testing.assert_array_equal(labels.predict(path), labels.predict(table))


def test_what_was_decided_and_cut_short_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    gw.tabular(without("rent"), "large", time_limit=1e-6)
    said = capfd.readouterr().err
    assert "target 'large': labels of 2 classes" in said
    assert "cut short: " in said
    gw.tabular(without("rent"), "large", epochs=1, progress=False)
    assert capfd.readouterr().err == ""


def test_numbers_are_answered_in_their_own_units() -> None:
    run = gw.tabular(without("large"), "rent", epochs=EPOCHS, progress=False)
    answers = run.predict({"size": [50.0, 150.0], "town": ["Bonn", "Ulm"]})
    assert answers.shape == (2,)
    np.testing.assert_allclose(answers, [250, 450], atol=60)  # the targets have a deviation of 160
    with pytest.raises(ConfigError, match="probabilities: expected a classifier, found numbers"):
        run.predict_proba({"size": [1.0], "town": ["Ulm"]})


def test_a_config_that_was_written_and_changed_is_what_is_trained(
    labels: gw.TabularRun, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(config_to_toml(labels.config).replace(f"epochs = {EPOCHS}", "epochs = 2"))
    run = gw.tabular(without("rent"), "large", config=path, progress=False)
    assert [each.history[-1].epoch for each in run.runs] == [2, 2]


def test_a_data_set_keeps_the_rows_that_it_set_aside() -> None:
    data = gw.Dataset.from_table(without("rent"), "large", validation=0.25)
    run = gw.tabular(data, epochs=2, progress=False)
    assert {each.data["splits"]["validation"]["rows"] for each in run.runs} == {40}


def test_it_says_what_each_network_reached(labels: gw.TabularRun) -> None:
    assert str(labels).startswith("TabularRun of 2 networks, temperature ")
    assert str(labels).count("validation loss") == 2


def test_a_page_shows_its_networks(labels: gw.TabularRun, tmp_path: Path, blank_pictures: None) -> None:  # noqa: ARG001
    page = labels.report(tmp_path / "report.html").read_text()
    assert page.count("<section") >= 2


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"target": None}, ConfigError, "target: expected the name of the column to be learned, found none"),
        ({"target": "lagre"}, DataError, "'large'"),
        ({"data": gw.data.load("swiss-roll")}, ConfigError, "target: the data set 'swiss-roll' has its own"),
        ({"config": "nowhere.toml"}, ConfigError, "nowhere.toml"),
        ({"n_cv": 0}, ConfigError, "n_cv: expected a whole number >= 1, found 0"),
        ({"time_limit": 0}, ConfigError, "time_limit: expected a finite number > 0, found 0"),
        ({"threads": 0}, ConfigError, "threads: expected a whole number >= 1, found 0"),
        ({"seed": -1}, ConfigError, "seed: expected a whole number >= 0, found -1"),
        ({"epochs": 0.5}, ConfigError, "epochs: expected a whole number >= 1, found 0.5"),
    ],
)
def test_what_cannot_be_is_told(change: dict[str, Any], error: type[Exception], message: str) -> None:
    given: dict[str, Any] = {"data": without("rent"), "target": "large", "progress": False, **change}
    with pytest.raises(error, match=message):
        gw.tabular(**given)


def test_a_column_that_is_missing_is_named(labels: gw.TabularRun) -> None:
    with pytest.raises(DataError, match="expected a column 'town'"):
        labels.predict({"size": [1.0]})
