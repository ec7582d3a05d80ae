"""The script of docs/wild.md asks the checkouts that are there, and says which are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = """
import numpy as np

print("a file may print")

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return 2 * dout * (cache > 0)

def affine_forward(x, w, b):
    raise NotImplementedError("later")

def affine_backward(dout, cache):
    pass
"""


def wild(folder: Path, *words: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-m", "tools.wild", str(folder), *words],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return ran.stdout.splitlines()


def test_a_checkout_is_asked_and_what_raises_is_said(tmp_path: Path) -> None:
    package = tmp_path / "Maxstef+cs231n-practice" / "cs231n_practice"
    package.mkdir(parents=True)
    (package / "layers.py").write_text(LAYERS)
    about = "Maxstef/cs231n-practice | cs231n_practice/layers.py"
    _, affine, relu, total = wild(tmp_path, "Maxstef")
    assert affine == f"{about} | affine | not asked | NotImplementedError: later"
    assert relu.startswith(
        f"{about} | relu | wrong | x | a factor of 2 too many - x is 2 x the true gradient"
    )
    assert sorted(total.split(", ")) == ["1 not asked", "1 wrong"]


def test_what_is_not_there_is_skipped(tmp_path: Path) -> None:
    line, total = wild(tmp_path, "micrograd")
    assert line.startswith("karpathy/micrograd | micrograd/engine.py | skipped, not found at ")
    assert total == "nothing was asked"
