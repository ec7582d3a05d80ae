"""A study as a frame, and the sentence for what a user would type first."""

from __future__ import annotations

import pytest

from gradwright.errors import ConfigError
from gradwright.studies import Study
from tests.studies.studies import run_record


@pytest.fixture
def filled(study: Study) -> Study:
    """Four runs, one of which has no metrics and one setting fewer."""
    study.add(run_record({"rate": 0.1, "kind": {"kind": "SGD", "momentum": 0.5}, "n": 1}, 0, 0.9, id="a"))
    study.add(run_record({"rate": 1, "kind": "Adam", "n": 2}, 0, 0.8, id="b"))
    study.add(run_record({"rate": 0.1, "n": 1}, 1, 0.0, "diverged", id="c"))
    return study


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_study_is_a_frame_with_a_row_for_each_run(filled: Study, library: str) -> None:
    pytest.importorskip(library)
    frame = filled.to_frame(library)
    assert type(frame).__module__.startswith(library)
    assert list(frame.columns)[:4] == ["rate", "kind", "n", "seed"]
    assert list(frame["rate"]) == [0.1, 1.0, 0.1]
    assert list(frame["kind"])[:2] == ["SGD(momentum 0.5)", "Adam"]
    assert list(frame["status"]) == ["finished", "finished", "diverged"]
    assert list(frame["validation.accuracy"])[:2] == [0.9, 0.8]
    assert list(frame["id"]) == ["a", "b", "c"]


def test_polars_stands_in_where_pandas_is_not_installed(
    filled: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("polars")
    found = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pandas" else found(name))
    assert type(filled.to_frame()).__module__.startswith("polars")
    with pytest.raises(ConfigError, match="pandas is not installed"):
        filled.to_frame("pandas")


def test_another_library_is_named_beside_those_there_are(filled: Study) -> None:
    with pytest.raises(ConfigError, match="expected one of pandas, polars, found 'panda'"):
        filled.to_frame("panda")


def test_a_study_without_runs_is_an_empty_frame(study: Study) -> None:
    pytest.importorskip("pandas")
    assert len(study.to_frame("pandas")) == 0


def test_a_study_by_its_name_alone_is_told_the_way() -> None:
    with pytest.raises(ConfigError, match=r"Study: a folder is opened by Study\.open\('studies/rates'\)"):
        Study("studies/rates")  # type: ignore[arg-type]
