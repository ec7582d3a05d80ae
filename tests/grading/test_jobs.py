"""A class of two dozen, most of them broken somehow: each is one submission, whoever is graded beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradwright.grading import Grade, Rubric, read_rubric
from gradwright.grading.folder import PREFIX
from gradwright.grading.formats import gradescope, written
from gradwright.grading.jobs import graded
from gradwright.grading.summary import summary
from tests.grading.conftest import SOON
from tests.hostile.course import a_class

if sys.platform == "win32":
    pytest.skip("a process can be limited on Linux and macOS alone", allow_module_level=True)

RIGHT = "def f(x): return (x * x).sum()\ndef g(x): return 2 * x\n"
RIGHT_ONES = {f"right_{i}.py": f"# {i}\n{RIGHT}" for i in range(3)}
BROKEN: dict[str, str | bytes] = {
    "empty.py": "",
    "no_python.py": "def f(:\n",
    "no_text.py": b"\xff\xfe\x00",
    "a_zero_byte.py": "x = '\0'",
    "deep.py": "(" * 10_000,
    "other_names.py": "def loss(x): return 1.0\n",
    "no_functions.py": "f = g = 3\n",
    "leaves.py": "import sys; sys.exit(0)\n",
    "ends.py": "import os; os._exit(0)\n",
    "crashes.py": "import os; os.abort()\n",
    "raises.py": "raise BaseException\n",
    "fills_memory.py": "x = bytearray(10**12)\n",
    "hangs.py": "while True: pass\n",
    "prints.py": "print('a' * 10**6)\ndef f(x): print(x); return None\ng = f\n",
    "not_a_number.py": "def f(x): return float('nan')\ndef g(x): return x * float('nan')\n",
    "another_shape.py": "def f(x): return x\ndef g(x): return x.sum()\n",
    "lists.py": "def f(x): return (x * x).sum()\ndef g(x): return (2 * x).tolist()\n",
    "broken.ipynb": '{"cells": [',
    "empty.ipynb": '{"cells": []}',
    "line\nbreak, <b>\x1b[31m.py": "raise SystemExit\n",
    '"=1+1".py': "raise KeyError('\x1b[2J')\n",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    a_class(folder)
    (folder / "class").mkdir()
    for name, text in (RIGHT_ONES | BROKEN).items():
        (folder / "class" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.fixture(scope="module")
def rubric(course: Path) -> Rubric:
    given = read_rubric(course / "rubric.toml")
    item = given.items[0].model_copy(update={"trials": 1})
    limits = given.limits.model_copy(update={"item_seconds": SOON})
    return given.model_copy(update={"limits": limits, "items": [item]})


@pytest.fixture(scope="module")
def grades(course: Path, rubric: Rubric) -> list[Grade]:
    return list(graded(rubric, sorted((course / "class").iterdir()), seed=0, jobs=2))


def test_two_dozen_submissions_are_two_dozen_grades(grades: list[Grade]) -> None:
    scores = {Path(grade.submission).name: grade.score for grade in grades}
    assert len(scores) == 24
    right = {name for name, score in scores.items() if score == 2}
    assert right == set(RIGHT_ONES)
    assert {name for name, score in scores.items() if score == 1} == {"lists.py"}


def test_each_broken_one_is_told_why(grades: list[Grade]) -> None:
    for grade in grades:
        assert all(mark.output for mark in grade.marks)
        assert grade.not_loaded or any(mark.score for mark in grade.marks) or len(grade.marks) == 2
    told = {Path(grade.submission).name: grade.marks[0].output for grade in grades}
    assert "SyntaxError" in told["no_python.py"]
    assert "your loss is NaN" in told["not_a_number.py"]
    assert f"was not done after {SOON:g} s" in told["hangs.py"]
    assert "expected f in the file, found nothing of that name" in told["empty.ipynb"]


def test_they_fit_in_every_table(grades: list[Grade]) -> None:
    lines = summary(grades).splitlines()
    assert len(lines) == 25
    assert not any("\x1b" in line for line in lines)
    assert written(grades, "junit").count("<testsuite ") == 24
    assert all(gradescope.from_dict(gradescope.to_dict(grade, {})) == grade for grade in grades)


def test_nothing_of_them_is_left_where_a_grading_ends_in_the_middle(
    course: Path, rubric: Rubric, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = [str(course / "class" / name) for name in (*RIGHT_ONES, "hangs.py")]
    grading: Iterator[Grade] = graded(rubric, names, seed=0, jobs=2)
    first = next(grading)
    grading.close()  # type: ignore[attr-defined]
    assert first.score == 2
    assert not list(tmp_path.glob(f"{PREFIX}*"))
