"""What ``gw.tabular`` learned as a folder: it answers as before, and a damaged one is one message."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import RecordError
from tests.recipes.tables import classes

RNG = np.random.default_rng(0)
SIZE = RNG.uniform(20, 200, 80)
TOWN = RNG.choice(["Ulm", "Bonn", "Graz"], 80)
TABLE: dict[str, Any] = {"size": SIZE, "town": TOWN.tolist(), "rent": 3 * SIZE + 100 * (TOWN == "Bonn")}
ROWS = {"size": [30.0, 500.0], "town": ["Ulm", "Graz"]}


@pytest.fixture(scope="module")
def numbers() -> gw.TabularRun:
    return gw.tabular(TABLE, "rent", epochs=2, progress=False)


@pytest.fixture(scope="module")
def labels() -> gw.TabularRun:
    return gw.tabular(TABLE, "town", epochs=2, n_cv=3, progress=False)


def test_it_answers_as_before(numbers: gw.TabularRun, labels: gw.TabularRun, tmp_path: Path) -> None:
    numbers.save(tmp_path / "rents")
    np.testing.assert_array_equal(gw.load_tabular(tmp_path / "rents").predict(ROWS), numbers.predict(ROWS))
    labels.save(tmp_path / "towns")
    found, rows = gw.load_tabular(tmp_path / "towns"), {"size": [30.0], "rent": [90.0]}
    np.testing.assert_array_equal(found.predict_proba(rows), labels.predict_proba(rows))
    assert (found.classes, found.ensemble.temperature) == (labels.classes, labels.ensemble.temperature)
    assert found.encoding == labels.encoding
    assert len(found.runs) == 3


def test_arrays_and_what_was_cut_short_are_kept(tmp_path: Path) -> None:
    run = gw.tabular(classes(), time_limit=1e-6, threads=1, progress=False)
    run.save(tmp_path / "run")
    found = gw.load_tabular(tmp_path / "run")
    assert found.encoding is None
    assert found.ensemble.remarks == run.ensemble.remarks != ()
    np.testing.assert_array_equal(found.predict([[0.0, 1.0]]), run.predict([[0.0, 1.0]]))


def test_a_network_of_it_is_a_run(labels: gw.TabularRun, tmp_path: Path) -> None:
    labels.save(tmp_path / "towns")
    np.testing.assert_array_equal(gw.load_run(tmp_path / "towns" / "network-2").theta, labels.runs[1].theta)


def test_nothing_is_written_over(numbers: gw.TabularRun, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RecordError, match="expected a new folder, found one that is in use"):
        numbers.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def change(**fields: Any) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        path = folder / "tabular.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    return changed


def of_other_columns(folder: Path) -> None:
    path = folder / "network-2" / "data.json"
    summary = json.loads(path.read_text())
    summary["encoding"]["columns"][0]["center"] += 1
    path.write_text(json.dumps(summary))


def through_a_link(folder: Path) -> None:
    (folder / "network-2").rename(folder.parent / "elsewhere")
    (folder / "network-2").symlink_to(folder.parent / "elsewhere")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "tabular.json").unlink(), "found no tabular.json in it"),
        (
            lambda folder: (folder / "tabular.json").write_text("{"),
            "tabular.json: expected what makes one",
        ),
        (
            lambda folder: shutil.rmtree(folder / "network-2"),
            "network-2: expected the folder of a run",
        ),
        (change(networks=0), "networks: expected a whole number >= 1, found 0"),
        (change(temperature=0), "temperature: expected a finite number > 0, found 0"),
        (change(version=2), "version: expected 1, found 2"),
        (change(seen=None), "expected what belongs to numbers, found no range"),
        (change(seen=[[0, 0], [1, 1]]), r"seen: expected 1 numbers twice, found \[2\]"),
        (change(seen=[[2], [1]]), "seen: expected the least number before the largest"),
        (change(colour="red"), "found the key 'colour', which it does not have"),
        (of_other_columns, "network-2: expected the encoding of the first network, found others"),
        (through_a_link, "network-2: expected no symbolic link"),
    ],
)
def test_a_damaged_folder_is_one_message(
    damage: Callable[[Path], object], message: str, numbers: gw.TabularRun, tmp_path: Path
) -> None:
    numbers.save(tmp_path / "rents")
    damage(tmp_path / "rents")
    with pytest.raises(RecordError, match=message):
        gw.load_tabular(tmp_path / "rents")


def test_a_run_says_who_reads_it(numbers: gw.TabularRun, tmp_path: Path) -> None:
    numbers.save(tmp_path / "rents")
    with pytest.raises(RecordError, match="it is that of a single run, which load_run reads"):
        gw.load_tabular(tmp_path / "rents" / "network-1")
    with pytest.raises(RecordError, match=r"found no config.toml in it; network-1 in it is one"):
        gw.load_run(tmp_path / "rents")
    with pytest.raises(RecordError, match="nowhere: expected the folder of a tabular run"):
        gw.load_tabular(tmp_path / "nowhere")
