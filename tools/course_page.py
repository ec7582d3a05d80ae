"""The example course's page, from the grader itself: ``make docs`` writes it, and a test compares it.

It says what each submission earns and is told; a change of the checker's words changes it.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

from gradwright.grading import Grade, Mark, Rubric, grade, read_rubric

COURSE = Path(__file__).parents[1] / "examples" / "grading" / "two_layer_net"
PAGE = COURSE / "README.md"
PATHS = sorted((COURSE / "submissions").iterdir())
SEED = 1
PLENTY = 600.0  # seconds

HEAD = """# An example course: the two-layer net

<!-- `make docs` writes this page: it is what the grader says -->

A rubric ([rubric.toml](rubric.toml)), the teacher's loss ([reference.py](reference.py)), and thirteen
submissions: one that is right, and twelve with mistakes that students make. All of them are graded by

    gradwright check --grade rubric.toml submissions --jobs 2 --summary grades.csv --out results.json --seed 1

and this is what each earns and is told. The item *large scores* is hidden from students.
"""


def page(rubric: Rubric) -> str:
    """The page; it grades all submissions."""
    return "\n".join(
        [HEAD, *(section(path, grade(unhurried(rubric, path), path, seed=SEED)) for path in PATHS)]
    )


def unhurried(rubric: Rubric, path: Path) -> Rubric:
    """The rubric with time to spare, but for the submission that sleeps: a busy machine costs no points."""
    limits = {} if path.stem == "sleeps" else {"item_seconds": PLENTY, "total_seconds": PLENTY}
    return rubric.model_copy(update={"limits": rubric.limits.model_copy(update=limits)})


def section(path: Path, given: Grade) -> str:
    """What a submission is, earns and is told; what is told several times, but for gradients, stands once."""
    told: dict[tuple[str, str], list[Mark]] = {}
    for mark in given.marks:
        if mark.verdict != "right" or ";" in mark.output:
            of_a_gradient = mark.output.startswith("your gradient is wrong")
            told.setdefault((mark.output, mark.name if of_a_gradient else ""), []).append(mark)
    lines = [f"## {path.name}: {given.score:g} of {given.max_score:g}\n", f"{mistake(path)}\n"]
    for (output, _), marks in told.items():
        names = ", ".join(mark.name for mark in marks)
        points = f"{sum(m.score for m in marks):g} of {sum(m.max_score for m in marks):g}"
        lines += [f"- **{names}** ({points})", *(f"  > {line.strip()}" for line in output.splitlines())]
    return "\n".join(lines) + ("\n" if told else "")


def mistake(path: Path) -> str:
    """What a submission says of itself: its docstring, or the first cell of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return str(json.loads(text)["cells"][0]["source"][-1]).strip()
    return ast.get_docstring(ast.parse(text)) or ""


if __name__ == "__main__":
    PAGE.write_text(page(read_rubric(COURSE / "rubric.toml")))
