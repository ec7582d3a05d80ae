"""Each script of the gallery runs as it stands, and makes the picture that the site shows."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from matplotlib.figure import Figure

SCRIPTS = sorted((Path(__file__).parents[1] / "examples" / "gallery").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_of_the_gallery_draws_a_figure_with_named_axes(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    names = runpy.run_path(str(script))
    drawn = [value for value in names.values() if isinstance(value, Figure)]
    assert drawn
    assert all(axes.get_xlabel() or axes.get_ylabel() for figure in drawn for axes in figure.axes)
