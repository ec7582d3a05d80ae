"""A sweep: each run once, every failure a record, and nothing lost to a kill at any moment."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tomli_w

from gradwright.data import Dataset, Split
from gradwright.errors import RecordError
from gradwright.studies import RunRecord, Study, create_study, ranking, sweep
from gradwright.studies.drivers import driving
from gradwright.studies.plan import plan_of
from gradwright.training import load_data, train
from gradwright.training.config import plain_config
from gradwright.writing import SCRATCH
from tests.programs import PATIENCE, kill_at
from tests.studies.conftest import settings, without_times

pytestmark = pytest.mark.waits

# Where a driver is killed (a point, before or after its n-th call), and how many records are safe by then.
MOMENTS: dict[str, tuple[str, Literal["before", "after"], int, int]] = {
    "with its first runs at work": ("gradwright.studies.dispatch._Round.take_in", "before", 1, 0),
    "with a record half written": ("os.fsync", "before", 2, 0),
    "with a record that is not in the index": ("gradwright.studies.store.Study.write", "after", 1, 1),
    "after three records": ("gradwright.studies.store.Study.write", "after", 3, 3),
    "near its end": ("gradwright.studies.store.Study.write", "after", 6, 6),
}
WITH_WORKERS = ("with its first runs at work", "after three records")  # whose records the same driver writes
KILLED = [((), moment) for moment in MOMENTS] + [(("--workers", "2"), moment) for moment in WITH_WORKERS]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The records of the small study, carried out without any disturbance."""
    study = create_study(tmp_path_factory.mktemp("reference") / "study", settings())
    return without_times(list(sweep(study).records))


def test_every_point_has_a_run_for_each_seed(study: Study) -> None:
    seen: list[tuple[str, bool]] = []
    done = sweep(study, on_record=lambda record, found: seen.append((record.id, found)))
    assert done.complete
    assert len(done.records) == 4 * 2
    assert {r.seed for r in done.records} == set(plan_of(settings()).seeds)
    assert all(r.status == "finished" for r in done.records)
    assert sorted(seen) == [(r.id, False) for r in study.records()]


def test_a_run_of_a_study_is_the_run_that_train_makes(study: Study) -> None:
    plan = plan_of(settings())
    record = sweep(study).records[0]
    config = plan.config(record.point, record.seed)
    alone = train(config, load_data(config), progress=False)
    assert record.config == plain_config(alone.config)  # with the loss that followed the targets
    assert record.metrics["validation"] == alone.metrics["validation"]
    assert record.history["validation.loss"] == alone.history.curve("validation.loss")


def test_no_record_knows_the_test_set(study: Study) -> None:
    rng = np.random.default_rng(0)
    splits = (Split(rng.normal(size=(60, 2)), rng.integers(0, 2, 60)) for _ in range(3))
    done = sweep(study, data=Dataset("three", "drawn", next(splits), next(splits), next(splits)))
    assert all(set(r.metrics) == {"train", "validation"} for r in done.records)
    assert not any("test" in name for r in done.records for name in r.history)


def test_a_complete_study_is_not_carried_out_again(study: Study) -> None:
    first, again = sweep(study), sweep(study)
    assert again.found == len(first.records) == 8
    assert without_times(list(again.records)) == without_times(list(first.records))


def test_more_trials_keep_what_was_done(study: Study) -> None:
    sweep(study)
    create_study(study.path, settings(search={"kind": "Random", "trials": 5}, repeats=3))
    done = sweep(study)
    assert (len(done.records), done.found) == (15, 8)


def test_another_space_in_the_same_folder_is_refused_once_there_are_runs(study: Study) -> None:
    create_study(study.path, settings(space={"batch_size": [32, 64]}))
    sweep(study)
    with pytest.raises(RecordError, match="expected the space of the study in this folder, found another"):
        create_study(study.path, settings(space={"batch_size": [1, 2]}))


def test_drivers_that_make_the_study_at_the_same_time_do_not_stand_in_each_others_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another driver's file, half written when the folder is looked at, and whole a moment later."""
    (tmp_path / ".study.toml.1.part").touch()
    create_study(tmp_path, settings())
    (tmp_path / "study.toml").unlink()
    looked = Path.iterdir

    def made_meanwhile(path: Path) -> Iterator[Path]:
        files = list(looked(path))
        (path / "study.toml").write_text(tomli_w.dumps(settings()))
        return iter(files)

    monkeypatch.setattr(Path, "iterdir", made_meanwhile)
    assert create_study(tmp_path, settings()).path == tmp_path


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(RecordError, match="expected a new folder or that of a study"):
        create_study(tmp_path, settings())


def test_a_run_that_diverges_or_breaks_is_a_record_and_the_others_go_on(tmp_path: Path) -> None:
    space = {"learning_rate": [0.1, 1e30], "network.widths": [[2, 4, 2], [3, 4, 2]]}
    loss = {"kind": "SoftmaxCrossEntropy"}
    base = {**settings()["base"], "loss": loss, "network": {"kind": "mlp", "widths": [2, 4, 2]}}
    study = create_study(tmp_path / "s", settings(space=space, base=base, search={"kind": "Grid"}, repeats=1))
    records = {(r.point["learning_rate"], r.point["network.widths"][0]): r for r in sweep(study).records}
    assert records[0.1, 2].status == "finished"
    assert records[1e30, 2].status == "diverged"
    assert "epoch 1" in (records[1e30, 2].message or "")
    assert records[0.1, 3].status == "failed"
    assert "does not fit the data" in (records[0.1, 3].message or "")


def test_settings_that_do_not_go_together_are_a_failure_on_record_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    cycle = {"kind": "TriangularCycle", "low": 0.1, "high": 0.5, "step_size": 10}
    base = {**settings()["base"], "learning_rate": cycle}
    space = {"learning_rate.low": [0.1, 0.4], "learning_rate.high": [0.2, 0.5]}
    study = create_study(tmp_path / "s", settings(base=base, space=space, search="Grid", repeats=1))
    for found in (0, 4):
        done = sweep(study)
        assert (done.complete, len(done.records), done.found, done.count("finished")) == (True, 4, found, 3)
    (broken,) = [r for r in done.records if r.status == "failed"]
    assert broken.point == {"learning_rate.low": 0.4, "learning_rate.high": 0.2}
    assert "expected at least low 0.4, found 0.2" in (broken.message or "")


def test_what_is_behind_is_pruned_in_the_same_way_every_time(tmp_path: Path) -> None:
    changes = {
        "space": {"learning_rate": {"log_uniform": [1e-4, 1.0]}},
        "search": {"kind": "Random", "trials": 12},
        "pruning": {"kind": "Median", "warmup": 1, "generation": 4},
        "repeats": 1,
        "base": {**settings()["base"], "epochs": 6},
    }
    one, two = (create_study(tmp_path / name, settings(**changes)) for name in "ab")
    first, second = sweep(one), sweep(two)
    assert 0 < first.count("pruned") < 8
    assert without_times(list(first.records)) == without_times(list(second.records))
    pruned = next(r for r in first.records if r.status == "pruned")
    assert len(pruned.history["epoch"]) < 7
    best, rest = ranking(first.records, "validation.loss")
    assert all(each.point != pruned.point for each in best)
    assert any(each.point == pruned.point for each in rest)


@pytest.mark.parametrize("warmup", [1, 2])
def test_a_configuration_is_pruned_with_all_its_seeds_or_not_at_all(tmp_path: Path, warmup: int) -> None:
    changes = {
        "space": {"learning_rate": {"log_uniform": [1e-4, 1.0]}},
        "search": {"kind": "Random", "trials": 12},
        "pruning": {"kind": "Median", "warmup": warmup, "generation": 4},
        "repeats": 3,
        "base": {**settings()["base"], "epochs": 6},
    }
    study = create_study(tmp_path / "a", settings(**changes))
    done = sweep(study)
    statuses: dict[float, list[str]] = {}
    for record in done.records:
        statuses.setdefault(record.point["learning_rate"], []).append(record.status)
    assert len(statuses) == 12
    assert all(found in (["pruned"], ["finished"] * 3) for found in statuses.values())
    assert 0 < sum(found == ["pruned"] for found in statuses.values()) < 8
    assert done.complete
    again = sweep(study)
    assert (again.complete, again.found) == (True, len(done.records))


def test_a_record_that_was_cut_in_half_is_made_again(study: Study, reference: list[dict[str, Any]]) -> None:
    victim = sweep(study).records[3].id
    file = study.path / "runs" / f"{victim}.json"
    file.write_text(file.read_text()[:200])
    done = sweep(study)
    assert done.found == 7
    assert len(study.damaged) == 1
    assert without_times(study.records()) == reference


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    many = settings(search={"kind": "Random", "trials": 15})
    study, alone = (create_study(tmp_path / name, many) for name in "ab")
    seen: list[RunRecord] = []
    done = sweep(study, on_record=lambda r, _: seen.append(r), interrupted=lambda: len(seen) >= 3)
    assert not done.complete
    assert 3 <= len(seen) == len(study.records()) < 30
    assert sweep(study).complete
    sweep(alone)
    assert without_times(study.records()) == without_times(alone.records())


@pytest.mark.parametrize(("flags", "moment"), KILLED, ids=[" ".join((*flags, at)) for flags, at in KILLED])
def test_a_killed_driver_loses_nothing_that_was_finished(
    study: Study,
    reference: list[dict[str, Any]],
    flags: tuple[str, ...],
    moment: str,
) -> None:
    point, when, times, written = MOMENTS[moment]
    kill_at(point, times, "sweep", study.path, *flags, when=when)
    before = study.ids()
    done = sweep(study)
    assert len(before) >= written
    assert done.found == len(before)
    assert without_times(study.records()) == reference
    assert without_times(Study.open(study.path).records()) == reference
    assert not any(file.name.endswith(SCRATCH) for file in (study.path / "runs").iterdir())


def test_two_drivers_share_the_work(tmp_path: Path) -> None:
    many = settings(search={"kind": "Random", "trials": 20})
    study = create_study(tmp_path / "shared", many)
    command = [sys.executable, "-m", "gradwright", "sweep", str(study.path), "--workers", "1"]
    pipe = subprocess.PIPE
    drivers = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=pipe) for _ in range(2)]
    for driver in drivers:
        _, said = driver.communicate(timeout=PATIENCE)
        assert driver.returncode == 0, said.decode()
    alone = create_study(tmp_path / "alone", many)
    sweep(alone)
    assert without_times(study.records()) == without_times(alone.records())


def test_a_run_that_a_living_driver_is_at_work_on_is_waited_for(
    study: Study, reference: list[dict[str, Any]]
) -> None:
    held = str(reference[0]["id"])
    looks = itertools.count(1)

    def looked_again_and_again() -> bool:
        """Whether all the others are done, and the run that is held was asked for three times since."""
        return len(study.ids()) == 7 and next(looks) > 3

    with driving(study) as other:
        other.claim([held], 1)
        done = sweep(study, interrupted=looked_again_and_again)
        assert not done.complete
        assert held not in study.ids()
    assert sweep(study).complete
    assert without_times(study.records()) == reference
