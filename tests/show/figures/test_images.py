"""Figures as files and as parts of a page."""

from __future__ import annotations

import builtins
import re
from pathlib import Path
from typing import Any

import matplotlib
import pytest

import gradwright as gw
from gradwright.errors import ConfigError, RecordError
from gradwright.show import learning_curves, save_figure
from gradwright.show.figures import inline_svg, png_uri


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_equal_runs_give_equal_files(run: gw.Run, tmp_path: Path, suffix: str) -> None:
    paths = [save_figure(learning_curves([run]), tmp_path / f"{name}{suffix}") for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_users_own_settings_of_matplotlib_change_nothing(run: gw.Run) -> None:
    plain = inline_svg(learning_curves([run]), "a", "")
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "none"}):
        assert inline_svg(learning_curves([run]), "a", "") == plain
    assert dict(matplotlib.rcParams) == before


def test_a_figure_does_not_replace_a_file_unless_asked(run: gw.Run, tmp_path: Path) -> None:
    path = tmp_path / "curves.svg"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"curves\.svg: expected a new file"):
        save_figure(learning_curves([run]), path)
    assert path.read_text(encoding="utf-8") == "precious"
    save_figure(learning_curves([run]), path, overwrite=True)
    assert "<svg" in path.read_text(encoding="utf-8")


def test_a_figure_in_another_format_is_refused(run: gw.Run, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.svg or \.png, found '\.pdf'"):
        save_figure(learning_curves([run]), tmp_path / "curves.pdf")


def test_a_figure_makes_its_folder_and_names_one_that_cannot_be_made(run: gw.Run, tmp_path: Path) -> None:
    assert save_figure(learning_curves([run]), tmp_path / "new" / "curves.png").exists()
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="file: could not be written"):
        save_figure(learning_curves([run]), tmp_path / "file" / "curves.png")


def test_an_inline_figure_keeps_its_identifiers_apart_and_finds_them(run: gw.Run) -> None:
    first, second = (inline_svg(learning_curves([run]), prefix, "") for prefix in ("one", "two"))
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (first, second)]
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', first))
    assert not ids[0] & ids[1]
    assert used
    assert {a or b for a, b in used} <= ids[0]


def test_an_inline_figure_is_named_for_a_screen_reader_and_points_nowhere(run: gw.Run) -> None:
    text = inline_svg(learning_curves([run]), "a", 'a "loss" & <more>')
    assert text.startswith('<svg role="img" aria-label="a &quot;loss&quot; &amp; &lt;more&gt;"')
    assert "://" not in text
    assert "<!--" not in text


def test_a_png_travels_in_its_address(run: gw.Run) -> None:
    assert png_uri(learning_curves([run])).startswith("data:image/png;base64,iVBOR")


def test_without_matplotlib_the_message_says_what_to_install(
    run: gw.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return whole(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r'pip install "gradwright\[report\]"'):
        learning_curves([run])
