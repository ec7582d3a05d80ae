"""What is made to fail and to crash: a small training, a study, a report, grades; each can be begun again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import gradwright as gw
from gradwright.cli.grade import Grading, grade_submissions
from gradwright.show import write_report
from gradwright.studies import create_study, sweep
from gradwright.studies.executors import Workers
from gradwright.studies.trial import Trial, carry_out
from gradwright.training.record import RunRecord
from gradwright.writing import LOCK, make_folder
from tests.hostile.course import SUBMISSIONS, a_class, grades_in
from tests.studies.conftest import settings, without_times
from tests.training.conftest import SETTINGS, three_blobs

NETWORK = gw.Sequential(gw.Linear(2, 3), gw.Tanh(), gw.Linear(3, 3))
DATA = gw.data.Dataset("blobs", "made for a test", three_blobs(30, 0), three_blobs(10, 1), three_blobs(10, 2))
DONE: dict[str, RunRecord | None] = {}  # runs of studies, by their ids
TIMED = {"environment.json", "history.jsonl"}  # differ from run to run


@dataclass(frozen=True)
class Scene:
    """Something that writes below a folder; ``act`` begins it or goes on with it, and says what came out."""

    name: str
    act: Callable[[Path], Any]

    def __str__(self) -> str:
        return self.name


def training(folder: Path, epochs: int = 2) -> dict[str, Any]:
    """A run with its checkpoints."""
    given = {**SETTINGS, "epochs": epochs}
    gw.fit(NETWORK, DATA, folder=folder / "run", resume=True, open_test=True, **given)
    return left_by_a_run(folder / "run")


def left_by_a_run(folder: Path) -> dict[str, Any]:
    """What lies in the folder of a run, but for times."""
    files = [path for path in folder.iterdir() if path.name not in TIMED | {LOCK}]
    found: dict[str, Any] = {path.name: path.read_bytes() for path in files}
    run = gw.load_run(folder)
    found["openings.jsonl"] = [opening.metrics for opening in run.openings][-1:]
    found["history"] = [(r.epoch, r.step, r.train, r.validation, r.running) for r in run.history.epochs]
    return found


def longer_training(folder: Path) -> dict[str, Any]:
    """A run that had ended goes on for more epochs."""
    ended_once = [folder / "run" / name for name in ("result.json", "checkpoint.safetensors")]
    if not any(file.exists() for file in ended_once):
        training(folder, 1)
    return training(folder, 2)


def study(folder: Path, trials: int = 2) -> Any:
    """A study of ``trials`` configurations, two runs of one epoch each."""
    plan = settings(search={"kind": "Random", "trials": trials}, base={**settings()["base"], "epochs": 1})
    made = create_study(folder / "study", plan)
    done = sweep(made, workers=at_once())
    assert done.complete
    assert made.is_complete()
    found = without_times(made.records())
    assert found == without_times(list(done.records))
    return found


def report(folder: Path) -> bytes:
    """The page of a run."""
    return write_report([RUN], folder / "report" / "report.html").read_bytes()


def grading(folder: Path) -> bytes:
    """The grades of a class; its submissions are run in temporary folders below ``folder`` too."""
    course, temporary = folder.parent / "course", folder / "temporary"
    if not course.exists():
        course.mkdir()
        a_class(course)
    make_folder(temporary)
    names, grades = [str(course / name) for name in SUBMISSIONS], folder / "grades.json"
    with patch("tempfile.tempdir", str(temporary)):
        grade_submissions(Grading(course / "rubric.toml", names, seed=3, out=grades, resume=True))
    return json.dumps(grades_in(grades)).encode()


@contextmanager
def at_once() -> Iterator[Workers]:
    """Workers who are done before they are asked; no run is made twice here, since the disk is on trial."""

    def submit(trial: Trial) -> Future[RunRecord | None]:
        future: Future[RunRecord | None] = Future()
        if trial.id not in DONE:
            DONE[trial.id] = carry_out(trial)
        future.set_result(DONE[trial.id])
        return future

    yield Workers(submit, slots=1)


RUN = gw.fit(NETWORK, DATA, **{**SETTINGS, "epochs": 1})
TRAINING, LONGER, STUDY, REPORT, GRADING = (
    Scene(each.__name__.replace("_", " "), each)
    for each in (training, longer_training, study, report, grading)
)
STUDY_OF_20 = Scene("study of 20 runs", partial(study, trials=10))
