"""``gradwright check --grade RUBRIC.toml SUBMISSION.py ...``: what submissions earn by a rubric."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from gradwright.cli.codes import FINE, INTERRUPTED
from gradwright.cli.folders import resume_command
from gradwright.cli.output import note, say, say_json
from gradwright.errors import ConfigError
from gradwright.grading import grade, gradebook, not_kept_from, read_rubric
from gradwright.grading.handed_in import digest, require_apart, require_submission
from gradwright.locks import writing_file
from gradwright.outputs import require_place
from gradwright.specs import suggestion

OPTIONS = ("--seed", "--out", "--overwrite", "--resume", "--json")


def grade_submissions(
    rubric_file: Path,
    names: Sequence[str],
    *,
    seed: int | None,
    out: Path | None,
    overwrite: bool,
    resume: bool,
    as_json: bool,
) -> int:
    """Print what each submission earned: one in full, several with a line each. No grade is a failure.

    All submissions are asked at the same points, drawn from ``seed``, or from a new one. ``out`` is whole
    after each of them; with ``resume``, those that it has are not graded again.
    """
    _require_sense(names, seed, out, overwrite, resume)
    with nullcontext() if out is None else writing_file(out):  # while nobody else writes it
        if out is not None and not resume:
            require_place(out, overwrite=overwrite, or_else=", --resume goes on with it")
        rubric = read_rubric(rubric_file)
        submissions = [Path(name) for name in names]
        for submission in submissions:
            require_submission(submission, rubric)
        teachers = [rubric_file, rubric.folder / rubric.reference, *([out] if out else [])]
        require_apart(submissions, [*submissions, *teachers])
        if resume and out is not None and out.exists():
            book = gradebook.read(out, rubric, seed)
        else:
            book = gradebook.begin(rubric, secrets.randbelow(2**32) if seed is None else seed)
        digests = {name: digest(Path(name)) for name in names}
        left = [name for name in digests if not book.has(name, digests[name])]
        if len(left) < len(digests):
            note(f"{len(digests) - len(left)} of {len(digests)} were graded before.")
        for missing in not_kept_from(rubric.limits) if left else ():
            note(f"This system does not keep submissions from: {missing}.")

        several = len(names) > 1
        try:
            for name in left:
                given = grade(rubric, name, seed=book.seed)
                book = book.with_grade(given, digests[name])
                if out is not None:
                    gradebook.write(book, out, of_a_class=several)
                if not as_json:
                    say(given.line if several else str(given))
        except KeyboardInterrupt:
            if out is None:
                raise
            again = resume_command("check", *names, grade=rubric_file, seed=seed, out=out)
            note(f"Interrupted; the grades that were given are safe. To go on: {again}")
            return INTERRUPTED
        if as_json:
            say_json(book.to_dict(of_a_class=several))
        return FINE


def _require_sense(
    names: Sequence[str], seed: int | None, out: Path | None, overwrite: bool, resume: bool
) -> None:
    """Raise ``ConfigError`` for what cannot be meant, before anything is graded."""
    for name in names:
        if name.startswith("-"):
            raise ConfigError(f"{name} is no option of --grade{suggestion(name, dict.fromkeys(OPTIONS))}")
    if not names:
        raise ConfigError("--grade: expected submissions, such as homework.py, found none")
    if seed is not None and seed < 0:
        raise ConfigError(f"--seed: expected 0 or more, found {seed}")
    if resume and (out is None or overwrite):
        raise ConfigError(
            "--resume: expected --out FILE to go on with, and no --overwrite, which replaces it"
        )
    if out is not None and (out.is_dir() or not out.parent.is_dir()):
        found = "a folder" if out.is_dir() else f"no folder {out.parent}"
        raise ConfigError(f"--out {out}: expected a file in a folder that is there, found {found}")
