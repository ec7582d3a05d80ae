"""Names in files, and what is said where one does not stand for anything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradwright.check.conventions.calls import require_arguments, takes
from gradwright.errors import ConfigError
from gradwright.usercode.names import Name

Write = Callable[..., None]


def message(name: str) -> str:
    with pytest.raises(ConfigError) as caught:
        Name.parse(name).load()
    return str(caught.value)


def test_a_name_is_looked_up_in_its_file(write: Write) -> None:
    write("three = 3")
    assert Name.parse("my.py:three").load() == 3


def test_a_dotted_name_reaches_into_an_object(write: Write) -> None:
    write("class Model:\n    class Loss:\n        scale = 7")
    assert Name.parse("my.py:Model.Loss.scale").load() == 7


@pytest.mark.parametrize("spelling", ["my.py", "my.py:", ":loss", "my.ipynb:loss", "loss", ""])
def test_another_spelling_is_answered_with_the_right_one(spelling: str) -> None:
    with pytest.raises(ConfigError, match=r"expected FILE\.py:NAME, such as my_homework\.py:loss_and_grad"):
        Name.parse(spelling)


def test_a_file_is_run_once_for_all_its_names(write: Write) -> None:
    write("seen = []\nother = seen")
    assert Name.parse("my.py:seen").load() is Name.parse("my.py:other").load()


def test_files_beside_it_are_found(write: Write) -> None:
    Path("homework").mkdir()
    write("value = 5", "homework/helper.py")
    write("from helper import value", "homework/my.py")
    assert Name.parse("homework/my.py:value").load() == 5


def test_a_file_may_be_called_like_a_module_that_is_in_use(write: Write) -> None:
    used = sys.modules["json"]
    write("value = 5", "json.py")
    assert Name.parse("json.py:value").load() == 5
    assert sys.modules["json"] is used


def test_a_dataclass_in_the_file_knows_its_module(write: Write) -> None:
    write(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Layer:\n    size: int = 3\nsize = Layer().size",
        "my.py",
    )
    text = Path("my.py").read_text().replace("import numpy as np\nrng = np.random.default_rng(0)\n", "")
    Path("my.py").write_text(text)
    assert Name.parse("my.py:size").load() == 3


def test_a_main_guard_keeps_what_is_below_it_from_running(write: Write) -> None:
    write("value = 1\nif __name__ == '__main__':\n    value = 2")
    assert Name.parse("my.py:value").load() == 1


def test_a_file_that_is_not_there_is_named() -> None:
    Path("folder.py").mkdir()
    assert message("no.py:f").endswith("no.py: expected a Python file, found none")
    assert message("folder.py:f").endswith("folder.py: expected a Python file, found a folder")


def test_a_name_that_is_not_there_gets_the_nearest_one(write: Write) -> None:
    write("def loss_and_grad(x): ...")
    assert message("my.py:loss_and_grads").endswith("has no 'loss_and_grads'; did you mean 'loss_and_grad'?")


def test_a_name_like_no_other_gets_all_of_them_but_no_modules(write: Write) -> None:
    write("def loss(x): ...\ndef grad(x): ...\n_hidden = 1")
    assert message("my.py:zzz").endswith("choose from grad, loss, rng")


BROKEN = {
    "a slip in the syntax": ("def f(x)\n    return x", "SyntaxError: expected ':'", "my.py:3", "def f(x)"),
    "a missing package": ("import nowhere", "ModuleNotFoundError: No module", "my.py:3", "import nowhere"),
    "an exception": ("def f():\n    return 1 / 0\nf()", "ZeroDivisionError", "my.py:4, in f", "return 1 / 0"),
    "a script that leaves": ("import sys\nsys.exit(0)", "SystemExit: 0", "my.py:4", "sys.exit(0)"),
    "a relative import": ("from . import helper", "ImportError", "my.py:3", "from . import helper"),
    "the wrong indentation": ("if True:\nx = 1", "IndentationError", "my.py:4", "x = 1"),
}


@pytest.mark.parametrize(("text", "error", "place", "line"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_does_not_import_is_shown_with_its_own_line(
    write: Write, text: str, error: str, place: str, line: str
) -> None:
    write("")
    Path("my.py").write_text(Path("my.py").read_text() + text)
    first, second, third = message("my.py:f").splitlines()
    assert first.startswith("my.py could not be imported: ")
    assert error in first
    assert second.strip().startswith(place)
    assert third.strip() == line


def test_a_file_that_is_not_text_is_told_in_words() -> None:
    Path("my.py").write_bytes(b"x = '\xff'")
    assert "my.py could not be imported: SyntaxError" in message("my.py:x")


def test_a_function_with_another_signature_is_shown_with_its_line(write: Write) -> None:
    write("def loss(W, b):\n    return W + b")
    with pytest.raises(ConfigError) as caught:
        require_arguments(Name.parse("my.py:loss").load(), "my.py:loss", "point")
    assert str(caught.value).splitlines() == [
        "my.py:loss: expected a function that can be called as loss(point), found loss(W, b)",
        "  my.py:3",
        "    def loss(W, b):",
    ]


def test_what_does_not_tell_its_signature_is_believed() -> None:
    assert takes(min, 3)
    assert not takes(lambda: 0, 1)
    assert takes(lambda x, y=2: x + y, 1)
