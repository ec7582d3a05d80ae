"""The comparison of doctors: who is asked what, what is kept, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gradwright.bench.doctor import compare
from gradwright.bench.doctor.compare import (
    QUICK,
    are_the_same_rows,
    compare_doctors,
    cured_error,
    judge,
    sample,
)
from gradwright.bench.doctor.figure import found_against_alarms
from gradwright.bench.doctor.page import page_of, write_doctors, write_figures
from gradwright.bench.doctor.record import Judged, keep, read
from gradwright.bench.doctor.scores import Score, Share, missed, named, placed, score, tables_of
from gradwright.bench.doctor.selected import Selected, everything, selected
from gradwright.bench.doctor.tools import OURS, TOOLS, Answer, Tool
from gradwright.bench.doctor.trial import Training
from gradwright.errors import ConfigError, RecordError

CASES = {each.case.name: each for each in (*selected("development", True), *selected("development", False))}


def perfect(case: Selected) -> Judged:
    """What somebody says who knows the case."""
    fault = case.case.fault
    if fault is None:
        return Judged(case.case.name, OURS)
    places = tuple(case.case.layers()) if fault.where == "layers" else ()
    return Judged(case.case.name, OURS, healthy=False, causes=(fault.kind,), places=places, cured=case.sound)


def counted(answers: list[Judged]) -> Score:
    return score(OURS, answers, CASES)


def rate(share: Share) -> float:
    return share.hits / share.of


def test_who_knows_everything_scores_1_and_never_alarms() -> None:
    found = counted([perfect(case) for case in CASES.values()])
    shares = (found.detected, found.first, found.among, found.placed, found.cured)
    assert [rate(share) for share in shares] == [1.0] * 5
    assert rate(found.alarms) == 0.0
    assert list(missed([perfect(case) for case in CASES.values()])) == []


def test_who_always_alarms_detects_all_and_has_only_false_alarms() -> None:
    found = counted([Judged(name, OURS, healthy=False) for name in CASES])
    assert (rate(found.detected), rate(found.alarms)) == (1.0, 1.0)
    assert (rate(found.first), rate(found.cured), rate(found.placed)) == (0.0, 0.0, 0.0)


def test_who_fails_or_says_nothing_detects_nothing() -> None:
    failures = [Judged(name, OURS, failed="ValueError: no") for name in CASES]
    found = counted(failures)
    assert (rate(found.detected), rate(found.alarms), found.failed) == (0.0, 0.0, len(CASES))


def test_a_cause_is_right_where_its_simple_change_cures() -> None:
    case = next(each for each in CASES.values() if each.case.group == "rate too low" and "Adam" in each.cures)
    assert named(case, ("rate too low",))
    assert named(case, ("too few epochs",))
    assert named(case, ("optimizer settings",))
    assert not named(case, ("rate too high",))
    assert named(case, ("rate too high/rate too low",))  # one rule that stands for both
    assert not named(case, ())


def test_the_first_cause_counts_for_itself() -> None:
    case = next(each for each in CASES.values() if each.case.group == "dead units")
    found = counted([Judged(case.case.name, OURS, healthy=False, causes=("wrong sign", "dead units"))])
    assert (found.first.hits, found.among.hits) == (0, 1)


def test_a_cause_counts_only_of_what_is_called_sick() -> None:
    case = next(each for each in CASES.values() if each.case.group == "dead units")
    found = counted([Judged(case.case.name, OURS, healthy=True, causes=("dead units",))])
    assert (found.detected.hits, found.first.hits, found.among.hits) == (0, 0, 0)


def test_a_cure_closes_nine_tenths_of_the_gap() -> None:
    case = next(each for each in CASES.values() if each.is_curable)
    gap = case.error - case.sound
    for left, hits in ((0.05, 1), (0.2, 0)):
        answer = replace(perfect(case), cured=case.sound + left * gap)
        assert counted([answer]).cured == Share(hits, 1)


def test_a_place_is_right_where_it_is_the_data() -> None:
    case = next(each for each in CASES.values() if each.case.group == "inputs not scaled")
    assert placed(case, perfect(case)) is True
    assert placed(case, Judged(case.case.name, OURS, healthy=False, causes=("rate too high",))) is False
    elsewhere = next(each for each in CASES.values() if each.case.group == "rate too low")
    assert placed(elsewhere, perfect(elsewhere)) is None


def test_intervals_are_wilsons() -> None:
    assert str(Share(20, 20)) == "100.0% (83.9% to 100.0%)"
    assert str(Share(0, 0)) == "-"


def test_tables_and_page_say_both_halves_apart(tmp_path: Path) -> None:
    answers = [perfect(case) for case in everything()]
    headings = list(tables_of(answers))
    assert "The doctors, development" in headings
    assert "The doctors, kept apart" in headings
    write_doctors(answers, tmp_path)
    text = (tmp_path / "doctor.md").read_text()
    assert text == page_of(answers)
    assert "gradwright by kind of fault, development" in text
    assert "What is refused in words" in text


def test_figures_are_drawn_of_who_was_asked_about_both(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs Matplotlib")
    write_figures([perfect(case) for case in CASES.values()], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["development.svg"]
    assert found_against_alarms([], "development") is None


def test_what_is_missed_is_told_of_the_cases_for_development_alone() -> None:
    apart = selected("kept apart", True)[0]
    assert list(missed([Judged(apart.case.name, OURS)])) == []
    case = selected("development", True)[0]
    assert list(missed([Judged(case.case.name, OURS)])) == [f"not detected: {case.case.name}: healthy"]


def test_a_quick_look_has_as_many_sick_as_healthy_and_all_kinds() -> None:
    quick = sample("development", True)
    sick = [each for each in quick if each.case.fault is not None]
    assert 2 * len(sick) == len(quick) == QUICK
    kinds = {each.case.group for each in selected("development", True)}
    assert {each.case.group for each in sick} == kinds


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cases that one tool is asked about, which sees nothing."""
    seen: list[str] = []

    def judged(case: Selected, tool: Tool) -> Judged:
        seen.append(case.case.name)
        return Judged(case.case.name, tool.name)

    monkeypatch.setattr(compare, "judge", judged)
    monkeypatch.setattr(
        compare, "sample", lambda *_: [each for each in CASES.values() if "blob" in each.case.name][:3]
    )
    return seen


def test_what_was_answered_is_not_asked_again(tmp_path: Path, asked: list[str]) -> None:
    first = compare_doctors(tmp_path, peers=[OURS])
    assert len(asked) == 3
    again = compare_doctors(tmp_path, peers=[OURS, "umlaut"])
    assert len(asked) == 6
    assert again[:3] == first
    assert read(tmp_path) == again


def test_time_left_is_told(tmp_path: Path, asked: list[str]) -> None:
    said: list[str] = []
    compare_doctors(tmp_path, peers=[OURS], tell=said.append)
    assert said[0].startswith("1 of 3: ")
    assert "min left" in said[2]
    assert len(asked) == 3


def test_a_tool_typed_wrong_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no 'autotrain'; did you mean 'autotrainer'"):
        compare_doctors(tmp_path, peers=["autotrain"])


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"case": "x", "tool": "somebody"}', '{"case": 1, "tool": "umlaut"}']
)
def test_a_record_of_something_else_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    keep(Judged("x", OURS), tmp_path)
    with (tmp_path / "doctor.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(RecordError, match=r"doctor\.jsonl: line 2"):
        read(tmp_path)


def blob() -> Selected:
    return next(
        each for each in CASES.values() if each.case.base.name == "blob-mlp" and each.case.fault is not None
    )


def test_a_tool_that_breaks_has_no_answer_and_ends_nothing() -> None:
    def broken(_: Training) -> Answer:
        raise ValueError("no")

    found = judge(blob(), Tool("x", "x", broken))
    assert (found.failed, found.healthy) == ("ValueError: no", True)


def test_a_cure_is_measured_on_the_very_test_rows() -> None:
    twin = blob().case.base.training()
    error = cured_error(twin, twin)
    assert error is not None
    assert error < 0.2
    swapped = Training(twin.config, replace(twin.data, test=twin.data.validation))
    assert not are_the_same_rows(twin, swapped)
    assert cured_error(twin, Training(twin.config, replace(twin.data, test=None))) is None


def test_every_tool_answers() -> None:
    for tool in TOOLS.values():
        if tool.name != OURS:
            assert judge(blob(), tool).failed == ""
