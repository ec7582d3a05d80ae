"""``gradwright bench``"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from gradwright.bench.checkers import run as checkers
from gradwright.bench.checkers.cases import planted_cases
from gradwright.bench.checkers.homework import scores as homework
from gradwright.bench.checkers.homework.families import families
from gradwright.bench.doctor import compare as doctors
from gradwright.bench.doctor.record import Judged
from gradwright.bench.doctor.selected import Selected
from gradwright.bench.doctor.tools import Tool
from gradwright.bench.speed import Record
from gradwright.bench.speed.suite import Plan, run
from gradwright.bench.tables import compare as tables
from gradwright.bench.tables.record import Fit

Command = Callable[..., Any]
SMALL = ("bench", "--quick", "--only", "W1", "--peers", "reference,numpy")


def test_a_quick_run_leaves_record_tables_and_page(gradwright: Command) -> None:
    outcome = gradwright(*SMALL, "--out", "found", "--json")
    assert outcome.code == 0
    measured = outcome.json["measurements"]
    assert [m["peer"] for m in measured] == ["reference", "numpy"]
    assert all(m["status"] == "measured" and m["median"] > 0 for m in measured)
    assert json.loads(Path("found/bench.json").read_text()) == outcome.json
    assert "| NumPy, a student's |" in Path("found/bench.md").read_text()


def test_what_fit_costs_is_printed_and_leaves_nothing(gradwright: Command) -> None:
    outcome = gradwright("bench", "--quick", "--only", "W1", "--measure-train", "--json")
    assert outcome.code == 0
    epochs, whole = outcome.json.values()
    ((name, *times),) = epochs["rows"]
    assert name == "W1"
    assert all(float(number) > 0 for number in times)
    assert whole["titles"][0] == "150 rows, 256 epochs, 13-64-64-3"
    names = [name.partition(",")[0] for name, _ in whole["rows"]]
    assert names == ["bare steps", "train", "bare steps", "train_many"]
    assert all(float(milliseconds) > 0 for _, milliseconds in whole["rows"])
    assert not list(Path().iterdir())


def test_the_checkers_stand_side_by_side(gradwright: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "gradwright.cli.bench.compare_checkers",
        lambda quick: checkers.compare_checkers(quick, (checkers.GRADWRIGHT,)),
    )
    monkeypatch.setattr(homework, "families", lambda _: islice(families("practice"), 1))
    monkeypatch.setattr(checkers, "QUICK_DRAWS", 1)
    monkeypatch.setattr(checkers, "planted_cases", lambda: islice(planted_cases(), 3))
    outcome = gradwright("bench", "--checkers", "--quick")
    assert outcome.code == 0
    assert "gradwright  100 %" in outcome.out
    assert "practice" in outcome.out
    record = gradwright("bench", "--checkers", "--quick", "--json").json
    assert [score["checker"] for score in record["scores"]] == ["gradwright"]
    assert [score["folder"] for score in record["homework"]] == ["practice", "kept"]


def test_a_folder_in_use_is_left_alone(gradwright: Command) -> None:
    Path("found").mkdir()
    Path("found/bench.json").write_text("mine")
    outcome = gradwright(*SMALL, "--out", "found")
    assert outcome.code == 2
    assert Path("found/bench.json").read_text() == "mine"


@pytest.mark.parametrize("flag", ["--only", "--peers", "--threads"])
def test_a_value_that_cannot_be_is_wrong_usage(gradwright: Command, flag: str) -> None:
    outcome = gradwright("bench", flag, "nonsense")
    assert outcome.code == 2
    assert flag in outcome.err
    assert "Traceback" not in outcome.err


def test_ctrl_c_keeps_what_was_measured_and_the_rest_can_follow(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(todo: Plan, before: Record | None) -> Iterator[Record]:
        records = run(todo, before)
        yield next(records)
        yield next(records)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gradwright.cli.bench.run", interrupted)
        outcome = gradwright(*SMALL, "--out", "found")
    assert outcome.code == 130
    kept = json.loads(Path("found/bench.json").read_text())
    assert (kept["status"], len(kept["measurements"])) == ("interrupted", 1)

    assert gradwright(*SMALL, "--out", "found", "--resume").code == 0
    whole = json.loads(Path("found/bench.json").read_text())
    assert (whole["status"], len(whole["measurements"])) == ("complete", 2)
    assert whole["measurements"][0] == kept["measurements"][0]  # measured once, and kept
    assert whole["limits"] == kept["limits"]


def test_a_record_that_is_cut_in_half_is_named_and_left_alone(gradwright: Command) -> None:
    Path("found").mkdir()
    Path("found/bench.json").write_text('{"environment": {}, "workl')
    outcome = gradwright(*SMALL, "--out", "found", "--resume")
    assert outcome.code == 1
    assert "bench.json: expected the record of a benchmark" in outcome.err
    assert Path("found/bench.json").read_text() == '{"environment": {}, "workl'


def test_resume_needs_the_folder(gradwright: Command) -> None:
    outcome = gradwright(*SMALL, "--resume")
    assert outcome.code == 2
    assert "--out" in outcome.err


def test_a_peer_that_disagrees_fails_the_run(gradwright: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(todo: Plan, before: Record | None) -> Iterator[Record]:
        for record in run(todo, before):
            yield replace(
                record, measurements=tuple(replace(m, status="disagrees") for m in record.measurements)
            )

    monkeypatch.setattr("gradwright.cli.bench.run", wrong)
    outcome = gradwright(*SMALL, "--out", "found")
    assert outcome.code == 1
    assert "disagrees" in outcome.out


def test_tables_are_compared_in_a_folder_that_goes_on(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")

    def measured(table: str, learner: str, division: int) -> Fit:
        return Fit(table, learner, division, error=0.5, fit=1.0, rows=100)

    monkeypatch.setattr(tables, "_measured", measured)
    command = ("bench", "--only", "tables", "--quick", "--peers", "scikit-learn", "--out", "found")
    outcome = gradwright(*command)
    assert outcome.code == 0
    assert "0.5000" in outcome.out
    again = gradwright(*command)
    assert again.code == 2
    assert "--resume" in again.err
    resumed = gradwright(*command, "--resume")
    assert resumed.code == 0
    assert "1 of" not in resumed.err  # nothing is left to do


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The halves of the cases that doctors are asked about; two of each, in which nobody sees anything."""
    halves: list[str] = []

    def judge(case: Selected, tool: Tool) -> Judged:
        halves.append(case.case.half)
        return Judged(case.case.name, tool.name)

    whole = doctors.sample
    monkeypatch.setattr(doctors, "judge", judge)
    monkeypatch.setattr(
        doctors, "sample", lambda *given: [each for each in whole(*given) if "blob" in each.case.name][:2]
    )
    return halves


def test_doctors_are_asked_in_a_folder_that_goes_on(gradwright: Command, judged: list[str]) -> None:
    command = ("bench", "--only", "doctor", "--peers", "umlaut", "--out", "found")
    outcome = gradwright(*command)
    assert outcome.code == 0
    assert "UMLAUT" in outcome.out
    assert judged == ["development"] * 2
    assert "## The doctors, development" in Path("found/doctor.md").read_text()
    assert gradwright(*command).code == 2
    assert gradwright(*command, "--resume").code == 0
    assert len(judged) == 2  # nothing was left to do


def test_cases_that_are_kept_apart_are_opened_by_their_name(gradwright: Command, judged: list[str]) -> None:
    outcome = gradwright(
        "bench", "--only", "doctor,kept-apart", "--peers", "umlaut", "--out", "found", "--json"
    )
    assert outcome.code == 0
    assert judged == ["kept apart"] * 2
    assert [each["tool"] for each in outcome.json["answers"]] == ["umlaut"] * 2


def test_the_doctors_are_no_workload(gradwright: Command) -> None:
    outcome = gradwright("bench", "--only", "doctor,W1")
    assert outcome.code == 2
    assert "expected doctor, or doctor,kept-apart, found doctor,W1" in outcome.err


def test_ctrl_c_keeps_what_doctors_said(
    gradwright: Command, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = doctors.judge

    def stopped(case: Selected, tool: Tool) -> Judged:
        if judged:
            raise KeyboardInterrupt
        return answer(case, tool)

    monkeypatch.setattr(doctors, "judge", stopped)
    outcome = gradwright("bench", "--only", "doctor", "--peers", "umlaut", "--out", "found")
    assert outcome.code == 130
    assert "--resume" in outcome.err
    assert len(Path("found/doctor.jsonl").read_text().splitlines()) == 1
