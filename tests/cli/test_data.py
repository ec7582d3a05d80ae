"""``gradwright data``"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradwright as gw
from gradwright.data.catalog import entries

Command = Callable[..., Any]


def test_list_names_every_set_and_where_it_will_come_from(gradwright: Command) -> None:
    outcome = gradwright("data", "list")
    assert outcome.code == 0
    for entry in entries():
        assert entry.description in outcome.out
    sources = {each["name"]: each["source"] for each in gradwright("data", "list", "--json").json}
    assert sources["peaks"] == "generated"
    assert sources["mnist"] == "gradwright data get mnist"


def test_list_says_which_file_is_taken(
    gradwright: Command, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADWRIGHT_DATA", str(real_data))
    sources = {each["name"]: each["source"] for each in gradwright("data", "list", "--json").json}
    assert sources["peaks"] == str(real_data / "PeaksData.mat")
    assert gradwright("data", "info", "peaks", "--json").json["source"] == "PeaksData.mat"


def test_info_is_the_summary_of_the_set(gradwright: Command) -> None:
    assert gradwright("data", "info", "line", "--seed", "4", "--json").json == gw.data.load(
        "line", seed=4
    ).summary() | {"classes": []}


def test_info_for_people_names_shapes_classes_and_the_ceiling(gradwright: Command) -> None:
    said = gradwright("data", "info", "peaks").out
    for part in ("25,000", "6,250", "float32", "generated (seed 0)", "the accuracy of the Bayes rule"):
        assert part in said


def test_info_for_a_regression_has_no_classes_and_no_ceiling(gradwright: Command) -> None:
    said = gradwright("data", "info", "line").out
    assert "a regression" in said
    assert "ceiling" not in said


def test_get_brings_a_set_into_the_folder_that_is_asked_for(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From a mirror on this disk."""
    content = gzip.compress(b"digits")
    (tmp_path / "mirror").write_bytes(content)
    remote = (
        gw.data.catalog.entry("mnist")
        .files[0]
        .__class__(
            "mnist/digits.gz",
            len(content),
            hashlib.sha256(content).hexdigest(),
            ((tmp_path / "mirror").as_uri(),),
        )
    )
    entry = gw.data.Entry("mnist", "digits", "files", "nobody", (remote,))
    monkeypatch.setattr("gradwright.data.download.entry", lambda _: entry)
    (tmp_path / "data").mkdir()
    outcome = gradwright("data", "get", "mnist", "--data-dir", "data", "--json")
    assert outcome.json == {"name": "mnist", "folder": "data/mnist"}
    assert Path("data/mnist/digits.gz").read_bytes() == content
    assert "data/mnist" in gradwright("data", "get", "mnist", "--data-dir", "data").out
