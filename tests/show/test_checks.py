"""The gradient check beside a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradwright.check import NetworkCheck
from gradwright.errors import RecordError
from gradwright.show import GRADIENT_CHECK, read_check


def test_a_check_is_read_as_it_was_written(check: NetworkCheck, tmp_path: Path) -> None:
    (tmp_path / GRADIENT_CHECK).write_text(json.dumps(check.to_dict()), encoding="utf-8")
    assert read_check(tmp_path) == check


def test_a_run_without_a_check_has_none(tmp_path: Path) -> None:
    assert read_check(tmp_path) is None


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"gradient": 3, "invariants": null}', "\x00"])
def test_a_damaged_check_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / GRADIENT_CHECK).write_text(content, encoding="utf-8")
    with pytest.raises(RecordError, match=f"{GRADIENT_CHECK}: expected the record of a gradient check"):
        read_check(tmp_path)


@pytest.mark.parametrize(("part", "key"), [("gradient", "window"), ("invariants", "subject")])
def test_a_check_with_a_damaged_part_is_named(
    check: NetworkCheck, part: str, key: str, tmp_path: Path
) -> None:
    record = check.to_dict()
    del record[part][key]
    (tmp_path / GRADIENT_CHECK).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(RecordError, match=key):
        read_check(tmp_path)
