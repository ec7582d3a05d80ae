"""A submission is a file or a folder: what it may load and may not see, and when it has changed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.grading import Grade, Rubric, grade
from gradwright.grading.confine import python_places
from gradwright.grading.handed_in import digest, require_hidden
from tests.grading.conftest import EXAMPLES, why


@pytest.fixture
def ann(tmp_path: Path) -> Path:
    """The right submission as a folder of two files, with a neighbour and the teacher's folder beside it."""
    ann, ben = tmp_path / "class" / "ann", tmp_path / "class" / "ben"
    for folder in (ann, ben, tmp_path / "teacher"):
        folder.mkdir(parents=True)
    (ann / "helper.py").write_text((EXAMPLES / "right.py").read_text())
    (ann / "homework.py").write_text("from helper import loss_and_grad\n")
    (ben / "bens_work.py").write_text((EXAMPLES / "right.py").read_text())
    (tmp_path / "teacher" / "reference.py").write_text((EXAMPLES / "reference.py").read_text())
    return ann


@pytest.fixture
def graded(one_item: Rubric, ann: Path) -> Grade:
    return _graded(one_item, ann)


def _graded(rubric: Rubric, path: Path) -> Grade:
    teacher = path.parents[1] / "teacher"
    return grade(rubric.model_copy(update={"entry": "homework.py", "folder": teacher}), path, seed=0)


def test_a_folder_may_import_what_is_in_it(graded: Grade) -> None:
    assert graded.score == 10


NEIGHBOURS = {
    "by name": "import bens_work",
    "by a path": "import sys; sys.path.append(PLACE); import bens_work",
    "by another path": "import sys; sys.path.append(HERE + '/../ben'); import bens_work",
    "by the folder above": "import sys; sys.path.append(HERE + '/..'); from ben import bens_work",
    "as text": "exec(open(PLACE + '/bens_work.py').read())",
    "by a link that was handed in": "from linked import loss_and_grad",
    "by a linked folder": "from linked_folder.bens_work import loss_and_grad",
    "the reference by name": "import reference",
    "the reference by its path": "exec(open(HERE + '/../../teacher/reference.py').read())",
    "the reference by a link": "import solution",
    "the folder of the class": "import os; print(os.listdir(HERE + '/..'))",
}


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_a_folder_sees_neither_its_neighbours_nor_the_reference(one_item: Rubric, ann: Path) -> None:
    ben, teacher = ann.parent / "ben", ann.parents[1] / "teacher"
    (ann / "linked.py").symlink_to(ben / "bens_work.py")
    (ann / "linked_folder").symlink_to(ben)
    (ann / "solution.py").symlink_to(teacher / "reference.py")
    lines = [f"HERE, PLACE = {str(ann)!r}, {str(ben)!r}"]
    for name, attempt in NEIGHBOURS.items():
        lines += ["try:", f"    {attempt}", f"    print({name!r})", "except (ImportError, OSError): pass"]
    (ann / "homework.py").write_text("\n".join([*lines, "from helper import loss_and_grad\n"]))
    given = _graded(one_item, ann)
    if any("reading files" in note for note in given.notes):
        pytest.skip("this kernel has no Landlock")
    assert (given.score, given.printed) == (10, "")


@pytest.mark.parametrize("linked", ["homework.py", "."], ids=["the file", "the folder"])
def test_a_link_to_anothers_work_is_not_graded(one_item: Rubric, ann: Path, linked: str) -> None:
    cat = ann.with_name("cat")
    if linked == ".":
        cat.symlink_to(ann)
    else:
        cat.mkdir()
        (cat / linked).symlink_to(ann / linked)
    given = _graded(one_item, cat)
    assert given.score == 0
    assert any("found: a link, which is not followed here" in text for text in why(given))


@pytest.mark.parametrize("kind", ["a file that is a link", "a pipe", "a link to nothing"])
def test_what_is_no_file_costs_its_author_the_points_and_stops_nobody(
    one_item: Rubric, ann: Path, kind: str
) -> None:
    path = ann.with_name("cat.py")
    if kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(ann / "helper.py" if kind == "a file that is a link" else "nowhere")
    given = _graded(one_item, path)
    assert given.score == 0
    assert all(text.startswith("could not be loaded: ") for text in why(given))


def test_a_reference_that_a_submission_could_read_is_refused(one_item: Rubric, ann: Path) -> None:
    inside = one_item.model_copy(update={"entry": "homework.py", "folder": ann})
    (ann / "reference.py").write_text((EXAMPLES / "reference.py").read_text())
    with pytest.raises(ConfigError, match="expected a reference that submissions cannot read"):
        grade(inside, ann, seed=0)
    with pytest.raises(ConfigError, match="expected a reference that submissions cannot read"):
        require_hidden(Path(np.__file__), python_places())  # as in an editable install


def test_a_folder_counts_as_changed_where_any_file_in_it_has_another_name_or_content(ann: Path) -> None:
    seen = {digest(ann)}
    deep = ann / "deep"
    deep.mkdir()
    for change in (
        lambda: (ann / "helper.py").write_text("f = None"),
        lambda: (ann / "helper.py").rename(ann / "other.py"),
        lambda: (deep / "data.txt").write_text("1"),
        lambda: (deep / "data.txt").write_text("2"),
        lambda: (ann / "link").symlink_to("nowhere"),
        lambda: os.mkfifo(ann / "pipe"),
    ):
        change()
        assert digest(ann) not in seen
        seen.add(digest(ann))
