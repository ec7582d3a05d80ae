"""The commands that are killed: what lies in their folder before, and what must come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from gradwright.studies import Study
from tests.hostile.course import SUBMISSIONS, a_class, grades_in
from tests.hostile.scenes import left_by_a_run
from tests.studies.conftest import settings, without_times

SMALL = {"name": "swiss-roll", "rows": 400}
CONFIG = {
    "name": "killed",
    "epochs": 12,
    "batch_size": 100,
    "keep": "best",
    "record_steps": True,
    "data": SMALL,
    "network": {
        "kind": "Sequential",
        "layers": [
            {"kind": "Linear", "in_features": 2, "out_features": 8},
            "Tanh",
            {"kind": "Dropout", "rate": 0.1},
            {"kind": "Linear", "in_features": 8, "out_features": 2},
        ],
    },
    "optimizer": "Adam",
}
TRAIN = ("train", "run.toml", "--out", "run", "--resume")
SWEEP = ("sweep", "study.toml", "--out", "study")
GRADES, PAGE = "grades.json", "report.html"


@dataclass(frozen=True)
class Work:
    """A command of gradwright that can be begun again, and its share of all kills.

    ``prepare`` puts into its folder what it needs, and ``before`` is carried out there first.
    """

    name: str
    share: float
    command: tuple[str, ...]
    left: Callable[[Path], Any]  # what lies in its folder afterwards, but for times
    prepare: Callable[[Path], None]
    before: tuple[str, ...] = ()
    workers: bool = False  # has processes for workers, which may be killed too
    at_once: str | None = None  # a file that is there whole or not at all, whenever one looks


def a_config(folder: Path) -> None:
    (folder / "run.toml").write_text(tomli_w.dumps(CONFIG))


def a_plan(folder: Path) -> None:
    plan = settings(search={"kind": "Random", "trials": 3})
    plan["base"]["data"] = SMALL
    (folder / "study.toml").write_text(tomli_w.dumps(plan))


def the_run(folder: Path) -> Any:
    return left_by_a_run(folder / "run")


def the_records(folder: Path) -> Any:
    """By the index and by the files alone."""
    study = Study.open(folder / "study")
    assert study.is_complete()
    by_index = without_times(study.records())
    assert without_times(list(study.read(study.ids()).values())) == by_index
    return by_index


def the_page(folder: Path) -> bytes:
    return (folder / PAGE).read_bytes()


def the_grades(folder: Path) -> Any:
    return grades_in(folder / GRADES)


GRADE = ("check", "--grade", "rubric.toml", *SUBMISSIONS, "--seed", "3", "--out", GRADES, "--resume")
WORKS = (
    Work("training", 0.3, TRAIN, the_run, a_config),
    Work("resume", 0.25, TRAIN, the_run, a_config, before=(*TRAIN, "--epochs", "4")),
    Work("sweep", 0.25, SWEEP, the_records, a_plan),
    Work("workers", 0.06, (*SWEEP, "--workers", "2"), the_records, a_plan, workers=True),
    Work("report", 0.06, ("report", "run", "--out", PAGE), the_page, a_config, before=TRAIN, at_once=PAGE),
    Work("grading", 0.08, GRADE, the_grades, a_class),
)
