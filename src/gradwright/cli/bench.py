"""``gradwright bench``: the package against every peer that is installed, in one run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.progress import MofNCompleteColumn

from gradwright.bench.checkers import compare_checkers, score_homework
from gradwright.bench.doctor.sets import Half
from gradwright.bench.estimators import compare_estimators
from gradwright.bench.speed.measuring import HEADING, SMALL_HEADING, measuring_table, small_fit_table
from gradwright.bench.speed.page import RECORD, all_tables, write_page, write_record
from gradwright.bench.speed.peers.engines import native
from gradwright.bench.speed.record import Record
from gradwright.bench.speed.suite import Plan, plan, run
from gradwright.bench.speed.workloads import WORKLOADS, Workload
from gradwright.cli.bench_doctor import bench_doctor
from gradwright.cli.bench_tables import bench_tables
from gradwright.cli.codes import FAILED, FINE, INTERRUPTED
from gradwright.cli.folders import require_free
from gradwright.cli.output import error, fitted, note, say, say_json
from gradwright.cli.parameters import AsJson, Resume
from gradwright.cli.progress import progress
from gradwright.errors import ConfigError
from gradwright.locks import writing_in

ESTIMATORS, TABLES, DOCTOR, APART = "sklearn", "tables", "doctor", "kept-apart"  # what --only names them by
Names = Annotated[str, Parameter(show_default=False)]


def bench(
    *,
    only: Annotated[
        Names,
        Parameter(help="workloads and axes of growth, such as W1,W2,batch; or sklearn, tables, doctor"),
    ] = "",
    peers: Annotated[Names, Parameter(help="peers by name, such as gradwright,numpy,jax-scan")] = "",
    threads: Annotated[Names, Parameter(help="numbers of threads; 1,2 where there are two cores")] = "",
    quick: Annotated[bool, Parameter(negative="", help="a few workloads and peers, in two minutes")] = False,
    out: Annotated[Path | None, Parameter(help="a new folder for record, tables and page")] = None,
    measure_train: Annotated[
        bool, Parameter(negative="", help="what fit costs beside its bare steps, and nothing else")
    ] = False,
    checkers: Annotated[
        bool, Parameter(negative="", help="the gradient checkers instead: which planted faults each finds")
    ] = False,
    resume: Resume = False,
    as_json: AsJson = False,
) -> int:
    """Time the workloads W1 to W12, and how they grow, against every peer that is installed.

    Each measurement runs in a process of its own, after a proof that it computes what the others do.
    """
    if checkers:
        return _compare_checkers(quick, as_json)
    if _words(only) == [ESTIMATORS]:
        return _compare_estimators(quick, as_json)
    if resume and out is None:
        raise ConfigError("--resume: expected the folder to go on in, by --out")
    folder = out or Path("benchmarks") / datetime.now().strftime("%Y-%m-%d-%H%M%S")
    if _words(only) == [TABLES]:
        require_free(folder, resume)
        return bench_tables(folder, _words(peers), quick, as_json)
    if DOCTOR in _words(only):
        half = _half_of_doctor(_words(only))
        require_free(folder, resume)
        return bench_doctor(folder, half, _words(peers), quick, as_json)
    todo = plan(_words(only), _words(peers), _counts(threads), quick)
    if measure_train:
        return _measure_fit(todo, as_json)
    require_free(folder, resume)
    before = Record.read(folder / RECORD) if resume else None
    if native() is None:
        note("The compiled engine is not installed: the reference engine stands for gradwright.")
    record = _measure(todo, folder, before)
    if record is None:
        return error("interrupted before the first measurement", INTERRUPTED)
    if as_json:
        say_json(record.to_dict())
    else:
        say("\n\n".join(f"{heading}\n{fitted(table)}" for heading, table in all_tables(record).items()))
    note(f"The record is in {folder}.")
    try:
        write_page(record, folder)
    except ConfigError as missing:
        note(f"There is no page: {missing}")
    if record.status == "interrupted":
        return error(
            "interrupted; what was measured is kept, and the same with --out and --resume goes on",
            INTERRUPTED,
        )
    return FAILED if any(m.status in ("failed", "disagrees") for m in record.measurements) else FINE


def _measure_fit(todo: Plan, as_json: bool) -> int:
    """Epochs of fit beside their bare steps, and a whole fit of few rows."""
    found = {
        HEADING: measuring_table(_told(todo), todo.effort.repeats),
        SMALL_HEADING: small_fit_table(todo.effort.repeats),
    }
    if as_json:
        say_json({heading: {"titles": table.titles, "rows": table.rows} for heading, table in found.items()})
    else:
        say("\n\n".join(f"{heading}\n{fitted(table)}" for heading, table in found.items()))
    return FINE


def _told(todo: Plan) -> Iterator[Workload]:
    """The workloads of a plan, each announced when its turn comes; how they grow is another question."""
    for workload in dict.fromkeys(cell.workload for cell in todo.cells):
        if workload.name in WORKLOADS and workload.models == 1:
            note(f"{workload.name}: {workload.title}")
            yield workload


def _compare_checkers(quick: bool, as_json: bool) -> int:
    """Let the checkers judge; the comparison is the result, whatever it says."""
    note("Judging planted faults, random gradients and homework; this takes minutes, also with --quick.")
    found, homework = compare_checkers(quick), score_homework(quick)
    if as_json:
        say_json(found.to_dict() | {"homework": homework.to_dict()})
    else:
        say(f"{found}\n\n{homework}")
    return FINE


def _compare_estimators(quick: bool, as_json: bool) -> int:
    """gradwright.sklearn beside scikit-learn: minutes, one fit at a time."""
    found = compare_estimators(quick, note)
    if as_json:
        say_json(found.to_dict())
    else:
        say(f"CPU seconds on one thread; memory and accuracy of scikit-learn / gradwright\n\n{found}")
    return FINE


def _measure(todo: Plan, folder: Path, before: Record | None) -> Record | None:
    """The record of the plan, on disk after every measurement; of its beginning where Ctrl-C ends it."""
    record = before
    with (
        writing_in(folder),
        progress("limits of the machine", len(todo.cells), MofNCompleteColumn()) as bar,
        contextlib.suppress(KeyboardInterrupt),
    ):
        for done, record in enumerate(run(todo, before)):  # the first comes before any measurement
            write_record(record, folder)
            following = todo.cells[done] if done < len(todo.cells) else None
            name = f"{following.workload.name} {following.peer}" if following else ""
            bar.update(bar.task_ids[0], completed=min(done, len(todo.cells)), description=name)
    return record


def _half_of_doctor(words: list[str]) -> Half:
    """The cases for development, or with ``doctor,kept-apart`` those that are opened once, at the end."""
    others = [word for word in words if word not in (DOCTOR, APART)]
    if others:
        raise ConfigError(f"--only: expected doctor, or doctor,kept-apart, found {','.join(words)}")
    return "kept apart" if APART in words else "development"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _counts(text: str) -> list[int]:
    """Numbers of threads from a flag."""
    try:
        return [int(word) for word in _words(text)]
    except ValueError:
        raise ConfigError(f"--threads: expected whole numbers such as 1,2, found {text!r}") from None
