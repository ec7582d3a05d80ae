"""The examples of the documentation run as they stand; those of an optional package where it is installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [path for path in (ROOT / "docs").glob("*.md") if "```python" in path.read_text(encoding="utf-8")]


OPTIONAL = ("torch", "jax")


def examples(page: Path, needs: str | None) -> str:
    """The blocks of a page that import this one of the optional packages, or none of them."""
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return "\n".join(block for block in blocks if _needed_by(block) == needs)


def _needed_by(block: str) -> str | None:
    return next((name for name in OPTIONAL if f"import {name}\n" in block), None)


def run(code: str, page: Path) -> None:
    assert code
    exec(compile(code, str(page), "exec"), {"__name__": page.stem})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run_in_order(page: Path) -> None:
    run(examples(page, needs=None), page)


@pytest.mark.parametrize("package", OPTIONAL)
def test_the_examples_for_an_optional_package_run_where_it_is_installed(package: str) -> None:
    pytest.importorskip(package, reason=f"needs {package}")
    page = ROOT / "docs" / "checking.md"
    run("import numpy as np\n" + examples(page, needs=package), page)


def test_every_page_that_is_named_exists() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} names {target}"
