"""The documentation site has a page for every piece of mathematics, and its API lists every package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradwright.nn import LOSSES, PENALTIES
from gradwright.nn.spec import LAYERS
from gradwright.optim import OPTIMIZER_KINDS
from tests.test_public_names import ROOMS

ROOT = Path(__file__).parents[1]
DERIVATIONS = ROOT / "docs" / "derivations"
DERIVED = [*LAYERS, *LOSSES, *PENALTIES, *OPTIMIZER_KINDS.values()]
PROGRAMS = ("cli", "bench", "reproductions", "check.battery")  # what is run, not called
HOW = (
    "write docs/derivations/{name}.md as Huber.md there is written (formula and shapes, Derivation, "
    "The code, The check), and name it in index.md beside it"
)


@pytest.mark.parametrize("cls", DERIVED, ids=lambda cls: cls.__name__)
def test_every_layer_loss_penalty_and_optimizer_is_derived_beside_its_code_and_its_check(cls: type) -> None:
    page = DERIVATIONS / f"{cls.__name__}.md"
    assert page.exists(), HOW.format(name=cls.__name__)
    text = page.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    assert titles[:4] == [cls.__name__, "Derivation", "The code", "The check"]
    assert f"```{{source}} gradwright.{cls.__name__}\n```" in text
    assert f"gw.{cls.__name__}(" in text.partition("## The check")[2]


def test_every_derivation_is_of_something_that_is_there() -> None:
    pages = {path.stem for path in DERIVATIONS.glob("*.md")} - {"index"}
    assert pages == {cls.__name__ for cls in DERIVED}


def test_the_api_lists_every_package_that_is_called() -> None:
    listed = set(
        re.findall(r"^   gradwright\.(\S+)$", (ROOT / "docs" / "api.md").read_text("utf-8"), re.MULTILINE)
    )
    called = {room for room in ROOMS if not room.startswith(PROGRAMS)}
    assert listed == called | {"nn.initializers"}


def test_what_turns_pages_into_the_site_does_what_its_examples_say() -> None:
    pytest.importorskip("sphinx", reason="needs Sphinx")
    files = sorted((ROOT / "tools" / "site").glob("*.py"))
    command = [sys.executable, "-m", "doctest", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
