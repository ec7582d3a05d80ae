"""A whole benchmark: which measurements it makes, in which order, and what is kept when it is ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gradwright.bench.speed.growth import AXES, axis_of, growth
from gradwright.bench.speed.growth import PEERS as GROWTH_PEERS
from gradwright.bench.speed.measure import Effort, cores, measure, measure_limits
from gradwright.bench.speed.peers import PEERS
from gradwright.bench.speed.record import Measurement, Record
from gradwright.bench.speed.workloads import WORKLOADS, Workload, select
from gradwright.errors import ConfigError
from gradwright.training.environment import describe_machine

FULL, QUICK = Effort(repeats=5, seconds=1.0), Effort(repeats=3, seconds=0.1)
QUICK_WORKLOADS = ["W1", "W2", "W4", "W5"]
QUICK_PEERS = ["gradwright", "reference", "numpy", "scikit-learn", "torch", "torch-by-hand", "jax-scan"]
THREADS = (1, 2)


@dataclass(frozen=True)
class Cell:
    """One measurement that is to be made."""

    workload: Workload
    peer: str
    threads: int


@dataclass(frozen=True)
class Plan:
    """The measurements of a benchmark and the effort of each."""

    cells: tuple[Cell, ...]
    effort: Effort

    @property
    def threads(self) -> list[int]:
        """The numbers of threads that occur."""
        return sorted({cell.threads for cell in self.cells})


def plan(only: list[str], peers: list[str], threads: list[int], quick: bool) -> Plan:
    """What to measure: the workloads and axes of growth in ``only`` with ``peers`` on ``threads``.

    Nothing named means all, and for ``quick`` a few: then one thread, three short repeats, and of an axis
    every other point. Growth is measured on one thread.

    Raises ``ConfigError`` for a name that is not known, or more threads than there are cores.
    """
    available = len(cores())
    for count in threads:
        if not 1 <= count <= available:
            raise ConfigError(
                f"--threads: expected 1 to {available}, the cores of this machine, found {count}"
            )
    if quick:
        only, peers = only or QUICK_WORKLOADS, peers or QUICK_PEERS
        threads = threads or [1]
    names = select(only, [*WORKLOADS, *AXES], "--only")
    chosen = select(peers, list(PEERS), "--peers")
    counts = sorted(set(threads)) or [count for count in THREADS if count <= available]
    cells = [
        Cell(WORKLOADS[name], peer, count)
        for count in counts
        for name in names
        if name in WORKLOADS
        for peer in chosen
    ]
    for axis in names:
        values = AXES.get(axis, ())
        for value in values[::2] if quick else values:
            workload = growth(axis, value)
            cells += [Cell(workload, peer, 1) for peer in chosen if peer in GROWTH_PEERS]
    return Plan(tuple(cells), QUICK if quick else FULL)


def run(todo: Plan, before: Record | None = None) -> Iterator[Record]:
    """The record as it grows: first with the limits of the machine, then with each measurement.

    With the record from ``before``, what it holds stays and the rest is measured.
    """
    workloads = tuple(dict.fromkeys(cell.workload for cell in todo.cells))
    if before is None:
        limits = tuple(measure_limits(count) for count in todo.threads)
        record = Record(describe_machine(), workloads, limits, status="interrupted")
    else:
        known = {each.threads for each in before.limits}
        more = tuple(measure_limits(count) for count in todo.threads if count not in known)
        record = replace(
            before,
            workloads=tuple(dict.fromkeys((*before.workloads, *workloads))),
            limits=before.limits + more,
            status="interrupted",
        )
    yield record
    for cell in todo.cells:
        if record.find(cell.workload.name, cell.peer, cell.threads) is None:
            found = measure(PEERS[cell.peer], cell.workload, cell.threads, todo.effort)
            record = replace(record, measurements=in_order((*record.measurements, found)))
        yield record
    yield replace(record, status="complete")


def in_order(measurements: Iterable[Measurement]) -> tuple[Measurement, ...]:
    """By threads, workload and peer, as a plan has them, whenever they were made."""
    peers = list(PEERS)

    def place(found: Measurement) -> tuple[int, int, int, int]:
        axis = axis_of(found.workload)
        workload = list(WORKLOADS).index(found.workload) if axis is None else len(WORKLOADS)
        along = (0, 0) if axis is None else (list(AXES).index(axis[0]), axis[1])
        return found.threads, workload + along[0], along[1], peers.index(found.peer)

    return tuple(sorted(measurements, key=place))
