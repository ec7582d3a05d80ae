"""A file that is missing, or that is no TOML, is told in one sentence with what is probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright.errors import ConfigError
from gradwright.toml import read_toml


def message(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_toml(path, "a config")
    assert "\n" not in str(caught.value)
    assert "Errno" not in str(caught.value)
    return str(caught.value)


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("epochs = 3\n[data]\nname = 'peaks'")
    assert read_toml(tmp_path / "a.toml", "a config") == {"epochs": 3, "data": {"name": "peaks"}}


def test_of_a_missing_file_the_nearest_is_told(tmp_path: Path) -> None:
    (tmp_path / "peaks.toml").touch()
    assert f"no such file; did you mean {str(tmp_path / 'peaks.toml')!r}?" in message(tmp_path / "peeks.toml")
    assert message(tmp_path / "quite-another").endswith("found: no such file")


def test_a_folder_is_told_and_a_run_s_config_in_it(tmp_path: Path) -> None:
    assert message(tmp_path).endswith("found: a folder")
    (tmp_path / "config.toml").touch()
    assert f"the config of the run in it is {tmp_path / 'config.toml'}" in message(tmp_path)


@pytest.mark.parametrize("line", ["rate = None", "flag = True", "optimizer = SGD(momentum=0.9)"])
def test_a_line_of_python_is_shown_with_what_toml_writes(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.toml").write_text(f"epochs = 3\n{line}\n")
    said = message(tmp_path / "a.toml")
    assert "line 2, " in said
    assert f": {line}; TOML has true and false" in said


def test_another_slip_is_shown_without_advice(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("epochs : 3\n")
    assert message(tmp_path / "a.toml").endswith("epochs : 3")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = " + b"[" * 5000])
def test_what_is_no_text_or_too_deep_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    assert "a.toml: expected a config in TOML, found" in message(tmp_path / "a.toml")
