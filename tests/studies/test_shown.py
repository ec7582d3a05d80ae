"""A study at a prompt and in a notebook."""

from __future__ import annotations

from collections.abc import Callable

from gradwright.studies import RunRecord, Study

Make = Callable[..., RunRecord]


def test_a_study_without_runs_says_how_many_there_may_be(study: Study) -> None:
    assert str(study).splitlines() == [
        f"Study 'small' in {study.path}",
        "  0 of at most 8 runs on record",
    ]
    assert "<table" not in study._repr_html_()


def test_the_best_so_far_is_said_to_be_so_by_luck_or_not(study: Study, record: Make) -> None:
    study.add(record("a0"))
    study.add(record("b1", point={"batch_size": 8}, status="diverged", metrics={}))
    _, second, third = str(study).splitlines()
    assert second == "  2 of at most 8 runs on record, 1 diverged, 1 finished"
    assert third.startswith("  best mean validation.loss so far 0.")
    assert third.endswith("(by luck or not: gradwright compare tells)")
    html = study._repr_html_()
    assert "by luck or not" in html
    assert html.count("<tr>") == 2
