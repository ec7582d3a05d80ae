"""A notebook as a submission: its code cells in their order, without what only IPython understands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gradwright.grading import Grade, Rubric, grade
from gradwright.grading.handed_in import MOST_TEXT, source
from gradwright.grading.notebook import cells, without_ipython
from gradwright.grading.process import GoneError
from tests.grading.conftest import EXAMPLES, why


def notebook(*sources: str | tuple[str, str], version: int = 4) -> bytes:
    """A notebook of code cells, and of others that are given as (kind, text)."""
    pairs = [each if isinstance(each, tuple) else ("code", each) for each in sources]
    listed = [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in pairs]
    return json.dumps({"cells": listed, "nbformat": version}).encode()


LINES = {
    "%matplotlib inline": "pass",
    "!pip install numpy": "pass",
    "files = !ls": "pass",
    "x = %time f()": "pass",
    "f?": "pass",
    "?f": "pass",
    "for i in range(3):\n    %time g()": "for i in range(3):\n    pass",
    "%%bash\nls\nrm -r data": "\n\n",
    "%%time\nx = 1": "pass\nx = 1",
    "x = 7 % 3": "x = 7 % 3",
    "y = (7\n     % 3)": "y = (7\n     % 3)",
    "z = (a\n     != b)": "z = (a\n     != b)",
    "why = 'what?'": "why = 'what?'",
}


@pytest.mark.parametrize(("text", "python"), LINES.items())
def test_what_only_ipython_understands_is_left_out(text: str, python: str) -> None:
    assert without_ipython(text) == python


def test_the_cells_before_the_marker_are_run_in_their_order() -> None:
    content = notebook(("markdown", "# Home"), "a = 1", "%pylab\nb = 2", ("markdown", "## Train it"), "c = 3")
    parts, notes = cells(content, "hw.ipynb", "Train it")
    assert [part.text for part in parts] == ["a = 1", "pass\nb = 2"]
    assert parts[1].name == "hw.ipynb, cell 2"
    assert notes == ["Lines for IPython (magics, shell commands) were left out of cell 2."]
    parts, notes = cells(content, "hw.ipynb", "Test it")
    assert len(parts) == 3
    assert "No cell of the notebook holds 'Test it': all of them were run." in notes


BAD: dict[str, Any] = {
    "no JSON": b"{",
    "a list": b"[]",
    "no cells": b"{}",
    "version 3": json.dumps({"worksheets": [{"cells": []}]}).encode(),
    "a cell that is none": b'{"cells": [3]}',
    "a cell without a source": b'{"cells": [{"cell_type": "code"}]}',
    "a source of numbers": b'{"cells": [{"cell_type": "code", "source": [1]}]}',
    "nested too deeply": b'{"cells": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_is_no_notebook_is_told(content: bytes) -> None:
    with pytest.raises(GoneError, match=r"^hw.ipynb: expected a notebook"):
        cells(content, "hw.ipynb", None)


@pytest.mark.parametrize("sources", [["x" * MOST_TEXT], [""] * 100_000], ids=["long", "many"])
def test_the_code_of_a_notebook_is_bounded(rubric: Rubric, tmp_path: Path, sources: list[str]) -> None:
    path = tmp_path / "hw.ipynb"
    path.write_bytes(notebook(*sources))
    with pytest.raises(GoneError, match=r"could not be loaded: hw\.ipynb: expected at most"):
        source(path, rubric)


@pytest.fixture
def right() -> str:
    return (EXAMPLES / "right.py").read_text()


def _graded(rubric: Rubric, path: Path, content: bytes) -> Grade:
    path.write_bytes(content)
    return grade(rubric, path, seed=0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")
def test_a_notebook_is_graded_although_a_cell_of_it_fails(
    one_item: Rubric, tmp_path: Path, right: str
) -> None:
    content = notebook("!pip install x", "X = open('images.npy')", right, "X.mean()")
    given = _graded(one_item, tmp_path / "homework.ipynb", content)
    assert given.score == given.max_score
    assert "homework.ipynb, cell 2 could not be run: FileNotFoundError" in given.printed
    assert "were left out of cell 1" in given.notes[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")
def test_a_function_that_a_failing_cell_would_define_is_missed_with_the_reason(
    one_item: Rubric, tmp_path: Path
) -> None:
    given = _graded(one_item, tmp_path / "hw.ipynb", notebook("import numpy", "def loss_and_grad(:"))
    assert given.score == 0
    assert given.not_loaded.startswith("could not be loaded: LookupError: expected loss_and_grad in the file")
    assert "hw.ipynb, cell 2 could not be run: SyntaxError" in given.not_loaded
    assert len(why(given)) == 1
