"""The tables of a record: times, ratios, distance from the limit, spread and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from gradwright.bench.speed.cost import floor
from gradwright.bench.speed.growth import axis_of
from gradwright.bench.speed.peers import PEERS
from gradwright.bench.speed.record import Measurement, Record
from gradwright.tables import Table

NOTHING = "-"


def tables(record: Record) -> dict[str, Table]:
    """Every table of a record that has rows, by its heading."""
    made: dict[str, Table] = {}
    for threads in record.threads:
        on = f"on {threads} thread{'s' if threads > 1 else ''}"
        made[f"Microseconds per step of one model {on}: median"] = _grid(record, threads, _time)
        made[f"Microseconds {on}: least to most"] = _grid(record, threads, _spread)
        for ours in ours_of(record, threads):
            made[f"Time of each peer {on}, as a multiple of {PEERS[ours].title}"] = _grid(
                record, threads, partial(_ratio, record, ours)
            )
        layered = [w.name for w in record.workloads if w.regularizer and _without(record, w.name)]
        made[f"Time {on} as a multiple of the same network's without dropout, norm or factors"] = _grid(
            record, threads, partial(_layer_ratio, record), layered
        )
        made[f"Fraction of the physical limit reached {on}"] = _grid(
            record, threads, partial(_fraction, record)
        )
        made[f"Peak resident memory {on}, MB"] = _grid(record, threads, _memory)
        made[f"Distance from the float64 reference after 10 steps {on}"] = _grid(record, threads, _error)
    made["Not measured"] = remarks_table(record)
    return {heading: table for heading, table in made.items() if table.rows}


def remarks_table(record: Record) -> Table:
    """Why there is no time where a peer was asked for one; equal reasons are said once."""
    cases: dict[tuple[str, str], list[str]] = {}
    for m in record.measurements:
        if m.status != "measured" and not (m.status == "skipped" and axis_of(m.workload)):
            names = cases.setdefault((m.peer, f"{m.status}: {m.reason}"), [])
            if m.workload not in names:
                names.append(m.workload)
    rows = tuple((PEERS[peer].title, ", ".join(names), why) for (peer, why), names in cases.items())
    return Table(("peer", "workloads", "why"), "lll", rows)


def limits_table(record: Record) -> Table:
    """What the machine can do."""
    rows = tuple(
        (str(one.threads), f"{one.flops / 1e9:.0f}", f"{one.bandwidth / 1e9:.1f}", one.source)
        for one in record.limits
    )
    return Table(("threads", "GFLOP/s", "GB/s", "measured with"), "rrrl", rows)


def growth_table(record: Record, axis: str) -> Table:
    """The medians along one axis of growth, a row for each peer."""
    points = [w.name for w in record.workloads if (axis_of(w.name) or ("",))[0] == axis]
    return _grid(record, 1, _time, points)


def axes_of(record: Record) -> list[str]:
    """The axes of growth along which something was measured."""
    found = [axis_of(m.workload) for m in record.measurements if m.status == "measured"]
    return list(dict.fromkeys(place[0] for place in found if place is not None))


def _grid(
    record: Record, threads: int, cell: Callable[[Measurement], str], names: list[str] | None = None
) -> Table:
    """Peers down, workloads across; only peers that have something to show."""
    if names is None:
        names = [w.name for w in record.workloads if axis_of(w.name) is None]
    rows = []
    for peer in record.peers:
        found = [record.find(name, peer, threads) for name in names]
        if any(m is not None and m.status in ("measured", "disagrees") for m in found):
            texts = [NOTHING if m is None or m.status in ("skipped", "failed") else cell(m) for m in found]
            rows.append((PEERS[peer].title, *texts))
    return Table(("", *names), "l" + "r" * len(names), tuple(rows))


def _time(m: Measurement) -> str:
    return _number(m.median) if m.status == "measured" else "disagrees"


def _spread(m: Measurement) -> str:
    if m.status != "measured":
        return "disagrees"
    return f"{_number(min(m.microseconds))}..{_number(max(m.microseconds))}"


def _memory(m: Measurement) -> str:
    return NOTHING if m.peak_mb is None else f"{m.peak_mb:.0f}"


def _error(m: Measurement) -> str:
    return NOTHING if m.error is None else f"{m.error:.1e}"


def _ratio(record: Record, ours: str, m: Measurement) -> str:
    mine = record.time(m.workload, ours, m.threads)
    return NOTHING if mine is None or m.status != "measured" else f"{m.median / mine:.3g}"


def _layer_ratio(record: Record, m: Measurement) -> str:
    plain = record.time(_without(record, m.workload) or "", m.peer, m.threads)
    return NOTHING if plain is None or m.status != "measured" else f"{m.median / plain:.3g}"


def _without(record: Record, name: str) -> str | None:
    """The workload that has the same network without regularizer, where the record has one."""
    (one,) = (w for w in record.workloads if w.name == name)
    plain = (w for w in record.workloads if replace(one, name=w.name, title=w.title, regularizer=None) == w)
    return next((w.name for w in plain), None)


def _fraction(record: Record, m: Measurement) -> str:
    limits = next((one for one in record.limits if one.threads == m.threads), None)
    if limits is None or m.status != "measured":
        return NOTHING
    workload = next(w for w in record.workloads if w.name == m.workload)
    return f"{floor(workload, limits) / m.median:.1%}"


def ours_of(record: Record, threads: int) -> list[str]:
    """The engines of ours that were measured; the reference only where no compiled one was."""
    timed = {m.peer for m in record.measurements if m.status == "measured" and m.threads == threads}
    mine = [peer for peer in record.peers if PEERS[peer].ours and peer in timed]
    return [peer for peer in mine if peer != "reference"] or mine


def _number(value: float) -> str:
    """Three digits, as one writes them.

    >>> [_number(value) for value in (0.2214, 4.72, 98.67, 3370.2)]
    ['0.221', '4.72', '98.7', '3370']
    """
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
