"""Each script of the gallery runs as it stands, and makes the picture that the site shows."""

from __future__ import annotations

import contextlib
import io
import runpy
from pathlib import Path

import pytest
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "examples" / "gallery").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_of_the_gallery_draws_a_figure_with_named_axes(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    names = runpy.run_path(str(script))
    drawn = [value for value in names.values() if isinstance(value, Figure)]
    assert drawn
    assert all(axes.get_xlabel() or axes.get_ylabel() for figure in drawn for axes in figure.axes)


def test_the_readme_tells_what_the_checker_says_of_the_layer_that_it_shows(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    layers = tmp_path / "layers.py"
    layers.write_text(readme.partition("```python\n")[2].partition("```")[0], encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(layers))
    said = printed.getvalue().replace(f"{tmp_path}/", "")
    first, last = readme.partition("```text\n")[2].partition("```")[0].split("\n...\n")
    assert first in said
    assert " ".join(last.split()) in " ".join(said.split())
