"""A store of records: what was added is there, whatever happens to the index or to a single file."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from gradwright.errors import RecordError
from gradwright.studies import RunRecord, Study, sweep
from gradwright.studies.drivers import driving
from gradwright.studies.store import INDEX

GONE = "0" * 32  # a driver's name
Make = Callable[..., RunRecord]


def test_what_was_added_is_there_for_the_next_process(study: Study, record: Make) -> None:
    study.add(record("a0"))
    study.add(record("b1", seed=2))
    assert [r.id for r in Study.open(study.path).records()] == ["a0", "b1"]


def test_a_run_file_that_the_index_never_heard_of_counts(study: Study, record: Make) -> None:
    (study.path / "runs" / "a0.json").write_text(record("a0").to_json())
    assert [r.id for r in study.records()] == ["a0"]


def test_a_run_file_that_was_deleted_counts_no_more(study: Study, record: Make) -> None:
    study.add(record("a0"))
    (study.path / "runs" / "a0.json").unlink()
    assert study.records() == []


def test_the_index_is_made_again_from_the_run_files(study: Study, record: Make) -> None:
    study.add(record("a0"))
    (study.path / "runs" / "a0.json").write_text(record("a0", seed=99).to_json())
    assert study.rebuild_index() == 1
    assert study.records()[0].seed == 99


def test_an_index_that_is_no_database_is_made_again(study: Study, record: Make) -> None:
    study.add(record("a0"))
    for name in (INDEX, f"{INDEX}-wal"):
        (study.path / name).write_bytes(b"not a data base at all" * 100)
    assert [r.id for r in study.records()] == ["a0"]


def test_an_index_with_damage_inside_is_removed_and_made_again(study: Study, record: Make) -> None:
    study.add(record("a0"))
    file = study.path / INDEX
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(RecordError, match=r"index\.sqlite: could not be used: .* command makes it again"):
        study.records()
    assert [r.id for r in study.records()] == ["a0"]


@pytest.mark.parametrize("name", ["../../mine", "/mine", "..", "", "a\0b", "gone"])
def test_an_index_names_no_path(study: Study, tmp_path: Path, name: str) -> None:
    for mine in (tmp_path / "mine.lock", study.path / "gone.lock"):
        mine.touch()
    with study.index() as index:
        index.execute("INSERT INTO claims VALUES ('a', ?)", (name,))
        index.execute("INSERT INTO records VALUES (?, '{}')", (name,))
    with driving(study) as driver:
        assert driver.claim(["a"], 1) == (["a"], set())
    assert study.records() == []
    assert (tmp_path / "mine.lock").exists()
    assert (study.path / "gone.lock").exists()


@pytest.mark.parametrize("name", ["runs", "drivers", INDEX, f"{INDEX}-wal", f"{INDEX}-shm"])
def test_a_link_inside_a_study_is_refused_and_what_it_points_to_left_alone(
    study: Study, tmp_path: Path, name: str
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / f"{GONE}.lock").touch()
    if (study.path / name).is_dir():
        (study.path / name).rmdir()
    (study.path / name).symlink_to(mine / f"{GONE}.lock" if INDEX in name else mine)
    with pytest.raises(RecordError, match=r"expected no symbolic link inside a run or a study, found one"):
        sweep(Study.open(study.path))
    assert (mine / f"{GONE}.lock").read_bytes() == b""
    assert [file.name for file in mine.iterdir()] == [f"{GONE}.lock"]


def test_a_record_cut_in_half_is_moved_aside_and_reported(study: Study, record: Make) -> None:
    study.add(record("b1"))
    file = study.path / "runs" / "a0.json"
    file.write_text(record("a0").to_json()[:100])
    assert [r.id for r in study.records()] == ["b1"]
    (message,) = study.damaged
    assert "a0.json: expected the record of a run in JSON" in message
    assert len(file.with_name("a0.json.damaged").read_text()) == 100


def test_a_record_of_another_version_is_refused_and_left_where_it_is(study: Study, record: Make) -> None:
    file = study.path / "runs" / "a0.json"
    file.write_text(record("a0").to_json().replace('"version": 1', '"version": 9'))
    with pytest.raises(RecordError, match=r"a0\.json: version: expected 1, found 9"):
        study.records()
    assert file.exists()


def test_an_index_of_another_version_is_refused(study: Study, record: Make) -> None:
    study.add(record("a0"))
    index = sqlite3.connect(study.path / INDEX)
    index.execute("PRAGMA user_version = 9")
    index.close()
    with pytest.raises(RecordError, match=r"version 2, found version 9; .* again .* where it is deleted"):
        study.records()


def test_a_full_disk_is_one_message_that_names_the_file(
    study: Study, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RecordError, match=r"a0\.json: could not be written: No space left on device"):
        study.add(record("a0"))
    assert study.ids() == set()


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"expected the folder of a study, found no study\.toml in it"):
        Study.open(tmp_path)


def test_a_run_is_claimed_by_one_living_driver_only(study: Study, record: Make) -> None:
    study.add(record("done"))
    with driving(study) as one, driving(study) as two:
        assert one.claim(["done", "a", "b"], 1) == (["a"], {"done"})
        assert two.claim(["a", "b"], 2) == (["b"], set())
        assert one.claim(["a", "b"], 2) == ([], set())
        two.release()
        assert one.claim(["a", "b"], 2) == (["b"], set())
    with driving(study) as three:
        assert three.claim(["a", "b"], 2) == (["a", "b"], set())


def test_what_a_killed_driver_left_lying_goes_once_nobody_else_drives(study: Study) -> None:
    scratch = [study.path / "runs" / ".a0.json.1.part", study.path / ".complete.json.1.part"]
    with driving(study):
        for file in scratch:
            file.touch()
        with driving(study):  # the first may be writing it
            assert all(file.exists() for file in scratch)
    (study.path / "drivers" / f"{GONE}.lock").touch()
    with driving(study):
        assert not any(file.exists() for file in scratch)
        assert [f.suffix for f in (study.path / "drivers").glob("*.lock*")].count(".lock") == 1
    assert list((study.path / "drivers").iterdir()) == []


def test_the_claims_of_a_driver_that_was_killed_are_taken_over(study: Study) -> None:
    with study.index() as index:
        index.execute("INSERT INTO claims VALUES ('a', ?)", (GONE,))
    (study.path / "drivers").mkdir()
    (study.path / "drivers" / f"{GONE}.lock").touch()
    with driving(study) as driver:
        assert driver.claim(["a"], 1) == (["a"], set())
    assert list((study.path / "drivers").iterdir()) == []
