"""``gradwright sweep``: carry out a study, or what is missing of it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from gradwright.cli.codes import FAILED, FINE, INTERRUPTED
from gradwright.cli.output import fitted, note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir
from gradwright.errors import ConfigError
from gradwright.show.wording import count_text
from gradwright.studies import Study, Sweep, create_study, ranking, read_plan
from gradwright.studies import sweep as carry_out
from gradwright.studies.cluster import dask
from gradwright.studies.executors import Workers, local, processes
from gradwright.studies.plan import Plan
from gradwright.studies.progress import board
from gradwright.studies.shown import best_so_far
from gradwright.training.config import name_after
from gradwright.training.interrupts import interrupts

SHOWN = 10  # configurations in the table


def sweep(
    study: Annotated[Path, Parameter(help="STUDY.toml, or the folder of a study to go on with")],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="the study's folder, by default studies/NAME")] = None,
    workers: Annotated[
        int | None, Parameter(help="processes of one thread each, in place of threads of this one")
    ] = None,
    dask_address: Annotated[
        str | None, Parameter(name="--dask", help="the scheduler of a Dask cluster: tcp://HOST:8786")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> int:
    """Carry out every run of a study that is not on record, and show the best configurations.

    Trials are counted in all: the same command on a study that is complete does nothing.
    """
    if workers is not None and dask_address is not None:
        raise ConfigError("--workers: expected either --workers or --dask, found both")
    store = _open(study, out)
    plan = store.plan()
    with interrupts() as interrupted, board(plan.monitor, plan.total_runs) as seen:
        done = carry_out(
            store,
            workers=_workers(workers, dask_address),
            data_dir=data_dir,
            on_record=seen.take,
            interrupted=interrupted,
        )
    for message in store.damaged:
        note(message)
    if as_json:
        say_json(_record(store, plan, done))
    else:
        say(_text(plan, done))
    if not done.complete:
        note(f"Interrupted; what is done is safe. To go on: gradwright sweep {store.path}")
        return INTERRUPTED
    note(f"The study is in {store.path}. To compare: gradwright compare {store.path}")
    return FINE if done.count("finished") else FAILED


def _open(path: Path, out: Path | None) -> Study:
    """The study in a folder, or the one that a file describes in a folder of its own."""
    if path.is_dir():
        if out is not None:
            raise ConfigError(f"--out: {path} is the folder of a study already; expected STUDY.toml with it")
        return Study.open(path)
    plan = read_plan(path, name_after(path))
    return create_study(out or Path("studies") / plan.name, plan.tables)


def _workers(workers: int | None, address: str | None) -> AbstractContextManager[Workers]:
    if address is not None:
        return dask(address, note)
    return local() if workers is None else processes(workers)


def _record(store: Study, plan: Plan, done: Sweep) -> dict[str, Any]:
    """What the sweep came to, for machines."""
    best, _ = ranking(done.records, plan.monitor)
    statuses = ("finished", "pruned", "diverged", "failed")
    return {
        "study": str(store.path),
        "complete": done.complete,
        "runs": len(done.records),
        "found": done.found,
        **{status: done.count(status) for status in statuses},
        "monitor": str(plan.monitor),
        "best": [
            {"point": dict(each.point), "runs": len(each.records), str(plan.monitor): each.mean}
            for each in best[:SHOWN]
        ],
        "damaged": store.damaged,
    }


def _text(plan: Plan, done: Sweep) -> str:
    """What the sweep came to, for people."""
    _, rest = ranking(done.records, plan.monitor)
    counts = [count_text(len(done.records), "run")]
    counts += [f"{done.found:,} of them from before"] if done.found else []
    counts += [f"{done.count(s)} {s}" for s in ("pruned", "diverged", "failed") if done.count(s)]
    counts += [f"{count_text(len(rest), 'configuration')} not compared"] if rest else []
    table = best_so_far(done.records, plan.monitor, SHOWN)
    broken = next((r for r in done.records if r.status in ("diverged", "failed")), None)
    reason = "" if broken is None else f"\n\nSuch as {broken.id}, which {broken.status}: {broken.message}"
    return f"{', '.join(counts)}\n\n{fitted(table)}{reason}"
