"""The examples of the documentation run as they stand; those of an optional package where it is installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WRITTEN = [path for path in (ROOT / "docs").rglob("*.md") if "made" not in path.parts]
PAGES = [path for path in WRITTEN if "```python" in path.read_text(encoding="utf-8")]
OPTIONAL = {"torch": "checking.md", "jax": "checking.md", "pandas": "data.md"}  # and the page that shows it


def examples(page: Path, needs: str | None = None) -> str:
    """The blocks of a page that import this one of the optional packages, or none of them."""
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return "\n".join(block for block in blocks if _needed_by(block) == needs)


def _needed_by(block: str) -> str | None:
    return next((name for name in OPTIONAL if re.search(rf"^import {name}\b", block, re.MULTILINE)), None)


def run(code: str, page: Path) -> None:
    assert code
    exec(compile(code, str(page), "exec", dont_inherit=True), {"__name__": page.stem})


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_in_order(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(examples(page), page)


@pytest.mark.parametrize(("package", "page"), OPTIONAL.items())
def test_the_examples_for_an_optional_package_run_where_it_is_installed(package: str, page: str) -> None:
    pytest.importorskip(package, reason=f"needs {package}")
    path = ROOT / "docs" / page
    run("import numpy as np\n" + examples(path, needs=package), path)


def test_the_first_example_of_the_readme_is_one_whose_types_are_checked() -> None:
    first = (ROOT / "examples" / "first.py").read_text(encoding="utf-8")  # mypy --strict reads it
    assert f"```python\n{first}```" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_page_that_is_named_exists() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *WRITTEN]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            if not target.startswith("made/"):  # by `make site`
                assert (page.parent / target).exists(), f"{page} names {target}"


def test_contributing_names_every_table_that_wants_a_row_for_a_new_layer() -> None:
    """The tests with a table of layers, some of which ask that it holds every kind."""
    tables = [
        path for path in (ROOT / "tests").rglob("test_*.py") if "\nLAYER_TABLE" in path.read_text("utf-8")
    ]
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert tables
    assert [str(path) for path in tables if path.relative_to(ROOT).as_posix() not in contributing] == []
