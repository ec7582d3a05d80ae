"""A record whose bulk stays on disk is the same record."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from gradwright.errors import RecordError
from gradwright.studies import RunRecord, Study
from gradwright.studies.summary import from_summary

Make = Callable[..., RunRecord]


def test_config_and_curves_come_from_the_file_when_they_are_asked_for(study: Study, record: Make) -> None:
    whole = record("a0", history={"running": [1.0, 0.5]})
    study.add(whole)
    (slim,) = study.records()
    assert slim == whole
    assert slim.to_json() == whole.to_json()
    assert (list(slim.config), len(slim.history)) == (["batch_size"], 1)
    assert pickle.loads(pickle.dumps(study.records()))[0].config["batch_size"] == 16


def test_a_comparison_needs_the_files_of_few(study: Study, record: Make) -> None:
    study.add(record("a0"))
    study.records()  # now it is listed
    study.file("a0").write_text("cut in ha")
    (slim,) = study.records()
    assert slim.metric("validation.loss") == 0.5
    with pytest.raises(RecordError, match=r"a0\.json: expected the record of a run in JSON"):
        slim.config["batch_size"]


@pytest.mark.parametrize("text", ["{", "[]", '{"id": "a0"}'])
def test_a_line_of_the_index_that_is_no_summary_is_named(study: Study, text: str) -> None:
    with pytest.raises(RecordError, match="a0: its summary in the index: "):
        from_summary("a0", text, study.path)
