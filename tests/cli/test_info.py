"""``gradwright info``"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]


def test_versions_engines_threads_and_folders_are_named(gradwright: Command) -> None:
    known = gradwright("info", "--json").json
    assert known["gradwright"] == version("gradwright")
    assert known["numpy"] == np.__version__
    assert [line.split()[0].strip(",") for line in known["engines"]] == ["reference", "native"]
    assert known["data_found"] == {}
    assert any("threads" in pool for pool in known["blas"])
    said = gradwright("info").out
    for part in ("gradwright", version("gradwright"), "threads", "reference", "data folders"):
        assert part in said


def test_an_engine_that_could_be_better_is_said_to_be(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.cli.info.missing", lambda: "this processor could also run avx512")
    assert "this processor could also run avx512" in gradwright("info").out


def test_the_data_folders_are_in_the_order_in_which_they_are_searched(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("asked-for", "from-environment"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("GRADWRIGHT_DATA", "from-environment")
    folders = gradwright("info", "--data-dir", "asked-for", "--json").json["data_folders"]
    assert folders[:2] == ["asked-for", "from-environment"]
    assert len(folders) == 3


def test_what_is_found_is_said(gradwright: Command, real_data: Path) -> None:
    found = gradwright("info", "--data-dir", real_data, "--json").json["data_found"]
    assert found["peaks"] == str(real_data / "PeaksData.mat")


def test_an_extra_that_is_missing_is_said_to_be(gradwright: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr("gradwright.cli.info.version", missing)
    assert "matplotlib is not installed" in gradwright("info").out
