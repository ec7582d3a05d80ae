"""What the answers are worth: found, named, placed, cured, and how often the healthy was called sick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from gradwright.bench.doctor.record import Judged
from gradwright.bench.doctor.selected import Selected, everything
from gradwright.bench.doctor.sets import Half
from gradwright.bench.doctor.tools import OURS, TOOLS
from gradwright.diagnosis.kinds import KINDS, OfData
from gradwright.show.figures.calibration import wilson
from gradwright.tables import Table

CLOSED = 0.9  # of the gap between a sick training and its twin
OF_DATA = frozenset(OfData.__args__)  # type: ignore[attr-defined]
TITLES = (
    "",
    "sick",
    "detected",
    "cause named first",
    "cause among all",
    "place named",
    "cured, of the curable",
)
MORE = ("healthy", "false alarms", "median s", "90 % s", "CPU s", "failed")


@dataclass(frozen=True)
class Share:
    """So many of so many; ``str`` adds Wilson's 95 % interval."""

    hits: int
    of: int

    @classmethod
    def among(cls, answers: Iterable[bool]) -> Share:
        found = list(answers)
        return cls(sum(found), len(found))

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, at 95 %, of at least one."""
        low, high = wilson(np.array([self.hits / self.of]), np.array([float(self.of)]))
        return max(0.0, float(low[0])), min(1.0, float(high[0]))

    def __str__(self) -> str:
        if not self.of:
            return "-"
        low, high = self.interval
        return f"{self.hits / self.of:.1%} ({low:.1%} to {high:.1%})"


@dataclass(frozen=True)
class Score:
    """One tool on the cases that it was asked about."""

    tool: str
    detected: Share
    first: Share
    among: Share
    placed: Share
    cured: Share
    alarms: Share
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    failed: int


def score(tool: str, answers: Sequence[Judged], cases: dict[str, Selected]) -> Score:
    """Count the answers of one tool; a failure saw nothing."""
    own = [(cases[each.case], each) for each in answers if each.tool == tool and each.case in cases]
    sick = [(case, each) for case, each in own if case.case.fault is not None]
    return Score(
        tool,
        Share.among(not each.healthy for _, each in sick),
        Share.among(not each.healthy and named(case, each.causes[:1]) for case, each in sick),
        Share.among(not each.healthy and named(case, each.causes) for case, each in sick),
        Share.among(
            right and not each.healthy for case, each in sick if (right := placed(case, each)) is not None
        ),
        Share.among(is_cured(case, each) for case, each in sick if case.is_curable),
        Share.among(not each.healthy for case, each in own if case.case.fault is None),
        tuple(each.seconds for _, each in own if not each.failed),
        tuple(each.cpu for _, each in own if not each.failed),
        sum(bool(each.failed) for _, each in own),
    )


def named(case: Selected, causes: Sequence[str]) -> bool:
    """Whether one of the causes is acceptable."""
    return any(kind in case.accepted for cause in causes for kind in cause.split("/"))


def placed(case: Selected, each: Judged) -> bool | None:
    """Whether the place is right: the data, or the very layers; None where the fault has no place."""
    fault = case.case.fault
    assert fault is not None, case.case.name
    if fault.where == "data":
        return bool(set(each.causes[0].split("/")) & OF_DATA) if each.causes else False
    if fault.where == "layers":
        layers = {place.removesuffix(".weight").removesuffix(".bias") for place in each.places}
        near = {name for layer in case.case.layers() for name in (layer, following(layer))}
        return bool(layers) and layers <= near
    return None


def following(layer: str) -> str:
    """The name of the layer after this one in its chain: a unit is as dead as the linear one that feeds it.

    >>> following("0.2")
    '0.3'
    """
    *path, last = layer.split(".")
    return ".".join([*path, str(int(last) + 1)])


def is_cured(case: Selected, each: Judged) -> bool:
    """Whether what was healed closes nine tenths of the gap to the twin."""
    return each.cured is not None and each.cured <= case.error - CLOSED * (case.error - case.sound)


def tables_of(answers: Sequence[Judged]) -> dict[str, Table]:
    """By heading: the scores of all tools by half, then ours by kind of fault."""
    made: dict[str, Table] = {}
    halves: tuple[Half, ...] = ("development", "kept apart")
    for half in halves:
        cases = {each.case.name: each for each in everything() if each.case.half == half}
        own = [each for each in answers if each.case in cases]
        if not own:
            continue
        tools = [tool for tool in TOOLS if any(each.tool == tool for each in own)]
        rows = tuple(_row(score(tool, own, cases)) for tool in tools)
        made[f"The doctors, {half}"] = Table(
            (*TITLES, *MORE), "l" + "r" * (len(TITLES) + len(MORE) - 1), rows
        )
        if OURS in tools:
            made[f"gradwright by kind of fault, {half}"] = _by_kind(own, cases)
            made[f"gradwright on the healthy, {half}"] = _by_family(own, cases)
    return made


def _row(found: Score) -> tuple[str, ...]:
    tool, seconds = TOOLS[found.tool], found.seconds or (0.0,)
    names = (str(found.first), str(found.among)) if tool.names_causes else ("-", "-")
    return (
        *(tool.title, str(found.detected.of), str(found.detected), *names, str(found.placed)),
        *(str(found.cured) if tool.cures else "-", str(found.alarms.of), str(found.alarms)),
        *(
            f"{median(seconds):.2f}",
            f"{np.quantile(seconds, 0.9):.2f}",
            f"{median(found.cpu or (0.0,)):.2f}",
            str(found.failed),
        ),
    )


def _by_kind(answers: Sequence[Judged], cases: dict[str, Selected]) -> Table:
    """The kinds in the order of the vocabulary, those that have cases."""
    rows = []
    for kind in KINDS:
        of_kind = {
            name: each
            for name, each in cases.items()
            if each.case.fault is not None and each.case.fault.kind == kind
        }
        found = score(OURS, answers, of_kind)
        if found.detected.of:
            shares = (found.detected, found.first, found.among, found.placed, found.cured)
            rows.append((kind, str(found.detected.of), *(_short(share) for share in shares)))
    return Table(TITLES, "l" + "r" * (len(TITLES) - 1), tuple(rows))


def _by_family(answers: Sequence[Judged], cases: dict[str, Selected]) -> Table:
    families: dict[str, list[bool]] = {}
    for each in answers:
        case = cases[each.case].case
        if case.fault is None and each.tool == OURS:
            families.setdefault(case.group, []).append(not each.healthy)
    rows = ((name, str(len(alarms)), str(sum(alarms))) for name, alarms in families.items())
    return Table(("", "healthy", "false alarms"), "lrr", tuple(rows))


def _short(share: Share) -> str:
    return f"{share.hits} of {share.of}" if share.of else "-"


def missed(answers: Sequence[Judged]) -> Iterator[str]:
    """A line for each development case that ours has wrong: what it is, and what was said."""
    cases = {each.case.name: each for each in everything() if each.case.half == "development"}
    for each in answers:
        if each.tool != OURS or each.case not in cases:
            continue
        case = cases[each.case]
        said = each.failed or ("healthy" if each.healthy else ", ".join(each.causes) or "sick, no cause")
        if case.case.fault is None:
            if not each.healthy or each.failed:
                yield f"false alarm: {each.case}: {said}"
        elif each.healthy or not named(case, each.causes[:1]):
            yield f"{'not detected' if each.healthy else 'cause'}: {each.case}: {said}"
        elif case.is_curable and not is_cured(case, each):
            healed = "none" if each.cured is None else f"{each.cured:.3f}"
            yield f"not cured: {each.case}: {case.error:.3f} -> {healed}, sound {case.sound:.3f}"
