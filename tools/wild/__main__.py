"""Check public code again: ``python -m tools.wild FOLDER [WORD ...]``.

FOLDER holds checkouts called owner+name, such as ``git clone https://github.com/karpathy/micrograd
FOLDER/karpathy+micrograd``; what is not there is skipped. With words, only files whose repository, path or
recipe has one of them. Each file is imported in a process of its own, with a minute for each question.
It is other people's code: read it first.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from tools.wild.source import Source
from tools.wild.sources import SOURCES

SECONDS = 60.0  # for one question


@dataclass(frozen=True)
class Outcome:
    """What was said of one question; ``verdict`` is "not asked" where it could not be."""

    source: Source
    name: str
    verdict: str
    location: str = ""
    why: str = ""

    def __str__(self) -> str:
        shown = (self.source.repository, self.source.path, self.name, self.verdict, self.location, self.why)
        return " | ".join(each for each in shown if each)


def outcomes(source: Source, folder: Path) -> Iterator[Outcome]:
    """Those of one file."""
    with contextlib.suppress(ImportError):
        source.load_recipe()  # before the process divides, so that a large library is loaded once
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_ask, args=(source, folder, theirs), daemon=True)
    child.start()
    theirs.close()
    name = "import"
    try:
        while ours.poll(SECONDS):
            said = ours.recv()
            if isinstance(said, str):
                name = said
            else:
                yield Outcome(source, name, *said)
        yield Outcome(source, name, "not asked", "", f"no answer in {SECONDS:g} s")
    except EOFError:
        pass
    finally:
        child.kill()
        child.join()


def _ask(source: Source, folder: Path, answer: Connection) -> None:
    """Ask each question, and send its name, then the rest of its outcome."""
    folder = folder.resolve()
    with (
        tempfile.TemporaryDirectory() as empty,
        Path(os.devnull).open("w") as nowhere,
        contextlib.chdir(empty),
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        try:
            for name, question in source.questions(folder):
                answer.send(name)
                try:
                    report = question()
                    report = getattr(report, "gradient", None) or report
                    suspected = f"suspected: {report.suspicion}" if report.suspicion else ""
                    why = (
                        report.cause,
                        suspected,
                        report.evidence,
                        report.verdict != "correct" and report.reason,
                    )
                    answer.send(
                        (report.verdict, report.location or "", " - ".join(each for each in why if each))
                    )
                except Exception as error:  # other people's code may raise anything
                    answer.send(("not asked", "", f"{type(error).__name__}: {error}".splitlines()[0]))
        except Exception as error:
            answer.send(("not asked", "", f"{type(error).__name__}: {error}".splitlines()[0]))


def is_meant(source: Source, words: list[str]) -> bool:
    """Whether a file is among those that were asked for."""
    about = f"{source.repository} {source.path} {source.recipe}"
    return not words or any(word in about for word in words)


def commit_of(checkout: Path) -> str:
    """The commit that is checked out."""
    asked = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def main(folder: Path, words: list[str]) -> None:
    """Print a line for each question, then how many there were of each verdict."""
    counted: Counter[str] = Counter()
    for source in (each for each in SOURCES if is_meant(each, words)):
        checkout = source.checkout(folder)
        if not checkout.is_dir():
            print(f"{source.repository} | {source.path} | skipped, not found at {checkout}")
            continue
        if not commit_of(checkout).startswith(source.commit):
            print(f"{source.repository} | another commit than {source.commit}, which the page is about")
        for outcome in outcomes(source, folder):
            print(outcome, flush=True)
            counted[outcome.verdict] += 1
    print(", ".join(f"{count} {verdict}" for verdict, count in counted.most_common()) or "nothing was asked")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
