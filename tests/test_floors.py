"""The house keeps its floors: an import points to its own room or to a lower floor, and never in a circle.

``nn``, ``optim``, ``check`` and ``data`` stand side by side on the ground; only ``check`` looks into ``nn``.
``show`` never trains, training never plots, and an extra is imported only by the function that needs it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import gradwright

HOUSE = Path(gradwright.__file__).parent

FLOORS = {
    "errors": 0,
    "fields": 0,
    "inputs": 0,
    "printable": 0,
    "specs": 0,
    "drawing": 0,
    "dataframes": 0,
    "notebook": 0,
    "ondemand": 0,
    "console": 0,
    "strict": 0,
    "tables": 0,
    "toml": 0,
    "writing": 0,
    "outputs": 0,
    "locks": 0,
    "pools": 0,
    "audit": 1,
    "nn": 1,
    "optim": 1,
    "check": 1,
    "data": 1,
    "engine": 2,
    "usercode": 2,
    "training": 3,
    "grading": 4,
    "interchange": 4,
    "show": 4,
    "studies": 4,
    "diagnosis": 4,
    "recipes": 4,
    "bench": 5,
    "reproductions": 5,
    "sklearn": 5,
    "cli": 6,
    "__init__": 7,
    "__main__": 7,
}
SIDEWAYS = {
    ("show", "studies"),
    ("diagnosis", "show"),
    ("recipes", "show"),
    ("check", "nn"),
    ("specs", "errors"),
    ("specs", "fields"),
    ("fields", "errors"),
    ("drawing", "errors"),
    ("drawing", "printable"),
    ("toml", "errors"),
    ("writing", "errors"),
    ("locks", "errors"),
    ("locks", "writing"),
    ("outputs", "errors"),
    ("outputs", "inputs"),
    ("outputs", "writing"),
    ("toml", "inputs"),
    ("inputs", "errors"),
    ("tables", "printable"),
    ("console", "printable"),
    ("strict", "errors"),
    ("strict", "fields"),
    ("strict", "specs"),
    ("dataframes", "errors"),
}
PLOTTING = {"matplotlib", "jinja2"}
EXTRAS = {
    *("scipy", "h5py", "torch", "jax", "sklearn", "optuna", "distributed", "pandas", "polars"),
    *("tensorboard", "mlflow", "onnx", "onnxruntime"),
    *PLOTTING,
}
OF_A_ROOM = {"sklearn": {"sklearn", "scipy"}}  # extras that a room is made of: no other imports it
THIRD_PARTY = {  # the rooms that promise to need little
    "errors": set[str](),
    "fields": {"numpy", "pydantic_core"},
    "inputs": set[str](),
    "specs": set[str](),
    "drawing": {"matplotlib"},
    "console": {"rich"},
    "toml": set[str](),
    "writing": {"_typeshed"},
    "locks": set[str](),
    "outputs": set[str](),
    "nn": {"numpy"},
    "optim": {"numpy"},
    "engine": {"numpy"},
    "data": {"numpy", "platformdirs", "rich", "scipy", "h5py"},
}
TRAINERS = {"gradwright.training.fit", "gradwright.training.train"}


@dataclass(frozen=True)
class Import:
    """One imported name in full, such as ``gradwright.nn.Linear``, and when it happens."""

    name: str
    line: int
    on_load: bool  # when the module is loaded, not inside a function and not for type checkers alone

    @property
    def top(self) -> str:
        return self.name.split(".")[0]


def imports(node: ast.AST, on_load: bool = True) -> Iterator[Import]:
    """Every import below ``node``, wherever it hides."""
    match node:
        case ast.Import():
            yield from (Import(alias.name, node.lineno, on_load) for alias in node.names)
        case ast.ImportFrom():
            start = "." * node.level + (node.module or "")
            yield from (Import(f"{start}.{alias.name}", node.lineno, on_load) for alias in node.names)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            on_load = False
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            on_load = False
    for child in ast.iter_child_nodes(node):
        yield from imports(child, on_load)


@cache
def imports_in(text: str) -> tuple[Import, ...]:
    """Every import in the text of a file."""
    return tuple(imports(ast.parse(text)))


def room_of(name: str, rooms: set[str]) -> str:
    """The room that a name such as ``gradwright.nn.Linear`` or ``gradwright.fit`` comes from."""
    inner = f"{name}.".split(".")[1]
    return inner if inner in rooms | FLOORS.keys() else "__init__"


def fault(room: str, imported: Import, rooms: set[str]) -> str | None:
    """What is wrong with an import in a file of ``room``; None where all is well."""
    if imported.name.startswith("."):
        return "a relative import; write the name in full"
    if imported.top == "gradwright":
        other = room_of(imported.name, rooms)
        if room == "show" and any(f"{imported.name}.".startswith(f"{name}.") for name in TRAINERS):
            return f"show never trains, but imports {imported.name}"
        if other not in FLOORS:
            return f"{other} has no floor"
        if other != room and FLOORS[other] >= FLOORS[room] and (room, other) not in SIDEWAYS:
            return f"{room} (floor {FLOORS[room]}) imports {other} (floor {FLOORS[other]})"
        return None
    if imported.top in sys.stdlib_module_names:
        return None
    if imported.top in EXTRAS - OF_A_ROOM.get(room, set()) and imported.on_load:
        return f"the extra {imported.top} is imported outside of a function"
    if imported.top in PLOTTING and room == "training":
        return f"training never plots, but imports {imported.top}"
    if imported.top not in THIRD_PARTY.get(room, {imported.top}):
        return f"{room} does without {imported.top}"
    return None


def faults(house: Path) -> list[str]:
    """One line for each import under ``house`` that breaks a rule, and for each room without a floor."""
    rooms = {entry.stem for entry in house.iterdir() if entry.suffix == ".py" or any(entry.glob("*.py"))}
    found = [f"{room}: has no floor" for room in sorted(rooms - FLOORS.keys())]
    for path in sorted(house.rglob("*.py")):
        place = path.relative_to(house)
        room = Path(place.parts[0]).stem
        if room not in FLOORS:
            continue
        for imported in imports_in(path.read_text(encoding="utf-8")):
            wrong = fault(room, imported, rooms)
            if wrong:
                found.append(f"{place.as_posix()}:{imported.line}: {wrong}")
    return found


def test_every_import_points_downwards() -> None:
    assert faults(HOUSE) == []


def circles(house: Path) -> set[str]:
    """The files in circles of imports, and what lies between them, wherever in a file the imports stand."""
    files = {
        ".".join(("gradwright", *path.relative_to(house).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in house.rglob("*.py")
    }

    def imported_by(name: str) -> Iterator[str]:
        for imported in imports_in(files[name].read_text(encoding="utf-8")):
            module = imported.name if imported.name in files else imported.name.rpartition(".")[0]
            if module in files and module != name:
                yield module

    below = {name: set(imported_by(name)) for name in files}
    while True:  # take away what imports nothing that is left, and what nothing that is left imports
        ends = {name for name in below if not below[name] & below.keys()}
        ends |= below.keys() - set[str]().union(*below.values())
        if not ends:
            return set(below)
        below = {name: imported for name, imported in below.items() if name not in ends}


def test_no_file_imports_in_a_circle() -> None:
    assert circles(HOUSE) == set()


def test_every_floor_and_every_permission_is_of_a_room_that_there_is() -> None:
    rooms = {path.stem for path in HOUSE.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    named = {*FLOORS, *THIRD_PARTY, *(room for pair in SIDEWAYS for room in pair)}
    assert named - rooms == set()


def test_every_package_that_a_room_may_need_is_imported() -> None:
    imported = {
        found.top for path in HOUSE.rglob("*.py") for found in imports_in(path.read_text(encoding="utf-8"))
    }
    assert set[str]().union(*THIRD_PARTY.values()) <= imported


# The test itself is tested: a small house in order, and one fault planted in it at a time


@pytest.fixture
def house(tmp_path: Path) -> Path:
    sound = {
        "__init__.py": "from gradwright import nn\nfrom gradwright.training import fit",
        "errors.py": "",
        "specs.py": "from gradwright.errors import ConfigError",
        "nn/__init__.py": "from gradwright.nn.linear import Linear",
        "nn/linear.py": "import math\nimport numpy as np\nfrom gradwright import errors",
        "optim/__init__.py": "import numpy.linalg",
        "check/__init__.py": "from gradwright.nn import Linear",
        "data/__init__.py": "def load():\n    import scipy.io",
        "engine/__init__.py": "from gradwright import data, nn, optim",
        "training/__init__.py": "from gradwright.training.fit import fit\nimport tomli_w",
        "training/fit.py": "import gradwright.engine",
        "show/__init__.py": "from gradwright.training import load_run\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from matplotlib.figure import Figure",
        "cli/__init__.py": "def main():\n    import gradwright.training.fit\n    import gradwright.show",
    }
    for name, text in sound.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_house_in_order_has_no_faults(house: Path) -> None:
    assert faults(house) == []


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("nn/a.py", "from gradwright.engine import x", "nn (floor 1) imports engine (floor 2)"),
        ("nn/a.py", "import gradwright.optim", "nn (floor 1) imports optim (floor 1)"),
        ("nn/a.py", "from gradwright import data", "nn (floor 1) imports data (floor 1)"),
        ("nn/a.py", "from gradwright import Linear", "nn (floor 1) imports __init__ (floor 7)"),
        ("nn/a.py", "def f():\n    import rich", "nn does without rich"),
        ("optim/a.py", "from gradwright.nn import Linear", "optim (floor 1) imports nn (floor 1)"),
        ("data/a.py", "from gradwright.optim import SGD", "data (floor 1) imports optim (floor 1)"),
        ("data/a.py", "import pydantic", "data does without pydantic"),
        ("check/a.py", "import gradwright.data", "check (floor 1) imports data (floor 1)"),
        ("engine/a.py", "import gradwright.training.fit", "engine (floor 2) imports training (floor 3)"),
        ("training/a.py", "import gradwright.show", "training (floor 3) imports show (floor 4)"),
        ("training/a.py", "def f():\n    import jinja2", "training never plots, but imports jinja2"),
        (
            "show/a.py",
            "def f():\n    from gradwright.training import fit",
            "show never trains, but imports gradwright.training.fit",
        ),
        (
            "show/a.py",
            "from gradwright.training.fit import Job",
            "show never trains, but imports gradwright.training.fit.Job",
        ),
        ("bench/a.py", "import sklearn.base", "the extra sklearn is imported outside of a function"),
        ("show/a.py", "import matplotlib.pyplot", "the extra matplotlib is imported outside of a function"),
        (
            "show/a.py",
            "class A:\n    from scipy import io",
            "the extra scipy is imported outside of a function",
        ),
        (
            "data/a.py",
            "try:\n    import h5py\nexcept ImportError: pass",
            "the extra h5py is imported outside",
        ),
        ("cli/a.py", "import gradwright", "cli (floor 6) imports __init__ (floor 7)"),
        ("studies/a.py", "import gradwright.cli", "studies (floor 4) imports cli (floor 6)"),
        ("errors.py", "import gradwright.nn", "errors (floor 0) imports nn (floor 1)"),
        ("specs.py", "import numpy", "specs does without numpy"),
        (
            "nn/a.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gradwright.cli import main",
            "nn (floor 1) imports cli (floor 6)",
        ),
        ("nn/a.py", "from ..engine import x", "a relative import"),
        ("cellar/__init__.py", "", "cellar: has no floor"),
    ],
)
def test_a_planted_fault_is_caught_and_named(house: Path, file: str, text: str, message: str) -> None:
    path = house / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (found,) = faults(house)
    assert message in found
    assert found.startswith(file.split("/")[0])


@pytest.mark.parametrize(
    "text",
    [
        "from gradwright.nn.linear import Linear",
        "def f():\n    from gradwright.nn.linear import Linear",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gradwright.nn.linear import Linear",
    ],
)
def test_a_planted_circle_is_caught(house: Path, text: str) -> None:
    assert circles(house) == set()
    (house / "nn/layer.py").write_text(text, encoding="utf-8")
    linear = house / "nn/linear.py"
    linear.write_text(f"{linear.read_text()}\nfrom gradwright.nn.layer import Layer", encoding="utf-8")
    assert circles(house) == {"gradwright.nn.layer", "gradwright.nn.linear"}
