"""``gradwright check --grade RUBRIC.toml SUBMISSION ...``: what submissions earn by a rubric."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.progress import MofNCompleteColumn

from gradwright.cli.codes import FINE, INTERRUPTED
from gradwright.cli.folders import resume_command
from gradwright.cli.output import note, say
from gradwright.cli.progress import progress
from gradwright.errors import ConfigError
from gradwright.fields import Count, Whole, require
from gradwright.grading import gradebook, not_kept_from, read_rubric
from gradwright.grading.course import submissions_in
from gradwright.grading.formats import Format, require_fits
from gradwright.grading.gradebook import Gradebook
from gradwright.grading.handed_in import digest, require_apart, require_submission
from gradwright.grading.jobs import graded
from gradwright.grading.rubric import Rubric
from gradwright.grading.summary import summary
from gradwright.locks import writing_file
from gradwright.outputs import require_place
from gradwright.specs import suggestion
from gradwright.writing import remove_unfinished, write_atomically

OPTIONS = ("--seed", "--jobs", "--out", "--format", "--summary", "--overwrite", "--resume", "--json")


@dataclass(frozen=True)
class Grading:
    """What is asked for: the submissions as they were named, how they are graded, and what is written."""

    rubric: Path
    names: Sequence[str]
    seed: int | None = None
    jobs: int = 1
    out: Path | None = None
    layout: Format = "gradescope"
    table: Path | None = None
    overwrite: bool = False
    resume: bool = False
    as_json: bool = False


def grade_submissions(asked: Grading) -> int:
    """Print what each submission earned: one in full, several with a line each. No grade is a failure.

    All submissions are asked at the same points, drawn from the seed, or from a new one. ``out`` and the
    table are whole after each of them; with ``resume``, those that ``out`` has are not graded again.
    """
    _require_sense(asked)
    with nullcontext() if asked.out is None else writing_file(asked.out):  # while nobody else writes it
        for path in (asked.out, asked.table):
            if path is not None and not asked.resume:
                require_place(path, overwrite=asked.overwrite, or_else=", --resume goes on with it")
        rubric = read_rubric(asked.rubric)
        names = _submissions(asked, rubric)
        book = _begun(asked, rubric)
        digests = {name: digest(Path(name)) for name in names}
        left = [name for name in digests if not book.has(name, digests[name])]
        if len(left) < len(digests):
            note(f"{len(digests) - len(left)} of {len(digests)} were graded before.")
        for missing in not_kept_from(rubric.limits) if left else ():
            note(f"This system does not keep submissions from: {missing}.")
        try:
            book = _graded(asked, rubric, book, digests, left)
        except KeyboardInterrupt:
            if asked.out is None:
                raise
            note(f"Interrupted; the grades that were given are safe. To go on: {_again(asked)}")
            return INTERRUPTED
        if asked.as_json:
            print(gradebook.text(book, asked.layout, of_a_class=len(names) > 1), end="")
        return FINE


def _submissions(asked: Grading, rubric: Rubric) -> list[str]:
    """The names of all submissions; what lies beside them is said."""
    names, others = submissions_in(asked.names, rubric)
    if others:
        note(f"Not graded, neither Python nor notebook nor folder: {', '.join(others)}.")
    require_fits(asked.layout, len(names))
    paths = [Path(name) for name in names]
    for path in paths:
        require_submission(path)
    written = [path for path in (asked.out, asked.table) if path]
    require_apart(paths, [*paths, asked.rubric, rubric.folder / rubric.reference, *written])
    return names


def _begun(asked: Grading, rubric: Rubric) -> Gradebook:
    if asked.resume and asked.out is not None and asked.out.exists():
        return gradebook.read(asked.out, rubric, asked.seed)
    return gradebook.begin(rubric, secrets.randbelow(2**32) if asked.seed is None else asked.seed)


def _graded(
    asked: Grading, rubric: Rubric, book: Gradebook, digests: Mapping[str, str], left: Sequence[str]
) -> Gradebook:
    """The book with the grades of those that are left; each is told and written as it comes."""
    several = len(digests) > 1
    with (
        progress("graded", len(left), MofNCompleteColumn()) as bar,
        closing(graded(rubric, left, seed=book.seed, jobs=asked.jobs)) as grades,
    ):
        for given in grades:
            book = book.with_grade(given, digests[given.submission]).in_order(digests)
            _write(asked, book, several)
            if not asked.as_json:
                say(given.line if several else str(given))
            bar.advance(bar.task_ids[0])
    if not left:  # nothing has changed, and the table may be new
        _write(asked, book, several)
    return book


def _write(asked: Grading, book: Gradebook, several: bool) -> None:
    if asked.out is not None:
        gradebook.write(book, asked.out, asked.layout, of_a_class=several)
    if asked.table is not None:
        remove_unfinished(asked.table)
        write_atomically(asked.table, summary(book.grades))


def _again(asked: Grading) -> str:
    """The command that goes on."""
    jobs = None if asked.jobs == 1 else asked.jobs
    options = {"grade": asked.rubric, "seed": asked.seed, "jobs": jobs, "out": asked.out}
    return resume_command("check", *asked.names, **options, summary=asked.table)


def _require_sense(asked: Grading) -> None:
    """Raise ``ConfigError`` for what cannot be meant, before anything is graded."""
    for name in asked.names:
        if name.startswith("-"):
            raise ConfigError(f"{name} is no option of --grade{suggestion(name, dict.fromkeys(OPTIONS))}")
    if not asked.names:
        raise ConfigError(
            "--grade: expected submissions, such as homework.py, or a folder of them, found none"
        )
    require("--jobs", asked.jobs, Count)
    if asked.seed is not None:
        require("--seed", asked.seed, Whole)
    if asked.resume and (asked.out is None or asked.overwrite):
        raise ConfigError(
            "--resume: expected --out FILE to go on with, and no --overwrite, which replaces it"
        )
    if asked.resume and asked.layout != "gradescope":
        raise ConfigError(f"--resume: expected grades in Gradescope's layout, found --format {asked.layout}")
    if asked.as_json and asked.layout == "junit":
        raise ConfigError("--json: expected another --format than junit, which is XML")
    for flag, path in (("--out", asked.out), ("--summary", asked.table)):
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            found = "a folder" if path.is_dir() else f"no folder {path.parent}"
            raise ConfigError(f"{flag} {path}: expected a file in a folder that is there, found {found}")
