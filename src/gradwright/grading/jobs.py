"""A class, graded by several processes side by side: the same grades as by one, as they are done."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
from pathlib import Path

from gradwright.errors import CheckError
from gradwright.grading.folder import remove_orphans
from gradwright.grading.grader import grade
from gradwright.grading.result import Grade
from gradwright.grading.rubric import Rubric
from gradwright.pools import end_at_once, enter, without_interrupts

GONE = "a process that was grading ended by itself, as where memory is short: try fewer --jobs"


def graded(
    rubric: Rubric, submissions: Sequence[Path | str], *, seed: int, jobs: int = 1
) -> Generator[Grade, None, None]:
    """The grades of all submissions, as they are done; who closes the iterator ends what is under way.

    Raises what ``grade`` raises, and ``CheckError`` where a process is lost.
    """
    if jobs == 1:
        yield from (grade(rubric, each, seed=seed) for each in submissions)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(submissions) or 1), context, enter)
    try:
        with without_interrupts():  # all processes are started by the first of these
            futures = [pool.submit(grade, rubric, each, seed=seed) for each in submissions]
        for future in as_completed(futures):
            yield future.result()
    except BrokenExecutor:
        raise CheckError(GONE) from None
    finally:
        end_at_once(pool)
        remove_orphans()
