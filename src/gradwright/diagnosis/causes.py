"""From what was found and what helped to causes, ranked: each said once, with what else would explain it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from gradwright.diagnosis.changes import listed
from gradwright.diagnosis.effects import Effect
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.kinds import KINDS, Kind
from gradwright.diagnosis.proposals.case import Proposal
from gradwright.diagnosis.search import Search, Tried
from gradwright.diagnosis.yardstick import Yardstick

BACK = 2.0  # findings: so much more is a cause believed that is an unusual setting
LONGER = 0.5  # findings: a cure that takes many times as long is the last of equals
# facts under which validation rows do not tell what a cure is worth: they are said first
SPOILS: tuple[Kind, ...] = (
    "input not finite",
    "splits scaled differently",
    "duplicates across splits",
    "leaking feature",
    "rows not shuffled",
    "labels wrong",
    "features say nothing",
)
# what a finding is a case of, where it is not called by the name of a cause itself
CASES: dict[str, Kind] = {
    "symmetric": "equal units",
    "saturated": "saturated units",
    "dead": "dead units",
    "vanishing": "vanishing gradient",
    "exploding": "exploding gradient",
    "not finite": "exploding gradient",
    "first step": "rate too high",
    "frozen": "schedule frozen",
}
# which findings a cause brings about beside those that bear its name
EXPLAINS: dict[Kind, frozenset[str]] = {
    "equal units": frozenset({"symmetric", "flat from the start"}),
    "saturated units": frozenset({"saturated", "vanishing", "flat from the start"}),
    "dead units": frozenset({"dead", "vanishing", "flat from the start"}),
    "vanishing gradient": frozenset({"vanishing", "saturated", "flat from the start"}),
    "exploding gradient": frozenset({"exploding", "not finite", "dead", "saturated", "diverged"}),
    "inputs not scaled": frozenset(
        {"saturated", "exploding", "first step", "dead", "not finite", "diverged"}
    ),
    "target not scaled": frozenset({"exploding", "first step", "not finite", "dead", "diverged"}),
    "rate too high": frozenset(
        {"first step", "dead", "not finite", "diverged", "oscillating", "rising from the start"}
    ),
    "rate too low": frozenset({"still falling", "flat from the start"}),
    "wrong sign": frozenset({"rising from the start", "diverged"}),
    "too few epochs": frozenset({"still falling"}),
    "batch too small": frozenset({"oscillating"}),
    "batch too large": frozenset({"still falling"}),
    "momentum too high": frozenset({"dead", "not finite", "oscillating", "diverged"}),
    "schedule frozen": frozenset({"frozen"}),
    "too deep": frozenset({"vanishing", "exploding"}),
    "imbalance": frozenset({"misleading metric"}),
}
SAID: dict[Kind, str] = {
    "vanishing gradient": "The gradient fades before it reaches the first layers",
    "exploding gradient": "The signal grows from layer to layer",
    "dead units": "Units are 0 on every row and stay so",
    "equal units": "Units begin alike, and stay alike",
    "saturated units": "Units stand at their bounds, where the slope is almost 0",
    "rate too high": "The learning rate is too high",
    "rate too low": "The learning rate is too low for so many steps",
    "schedule frozen": "The schedule lets the rate die out before the network has learned",
    "too few epochs": "Training ends while the network still learns",
    "patience too short": "Early stopping ends the run before it has learned",
    "batch too small": "The batches are so small that each step is mostly noise",
    "batch too large": "The batches are so large that there are few steps",
    "momentum too high": "The momentum is too high",
    "optimizer settings": "The optimizer, as it is set, does not get there",
    "wrong sign": "The gradient goes uphill",
    "wrong output activation": "The activation behind the last layer keeps answers from the loss",
    "wrong loss": "The loss does not fit the target",
    "activation missing": "Affine maps follow each other without an activation: they are one affine map",
    "too narrow": "The hidden layers are too narrow",
    "too deep": "The network is deeper than it can be trained",
    "bias missing": "Layers have no bias",
    "dropout too strong": "Dropout takes away too much",
    "penalty too strong": "The penalty outweighs the loss",
    "overfitting": "The network goes on to fit the training rows after it has stopped to generalise",
    "inputs not scaled": "The inputs are far from mean 0 and deviation 1",
    "splits scaled differently": "Training and validation rows are scaled differently",
    "target not scaled": "The target is far from mean 0 and deviation 1",
    "imbalance": "The rare classes are outweighed",
}


@dataclass(frozen=True)
class Cause:
    """Why a training goes badly.

    ``proven`` says that an experiment spoke for it (its cure, trained beside the original, helped), or that
    it is a fact of the data or the config; else it is a suspicion. ``explains`` are the kinds of findings
    that it accounts for, ``alternatives`` other causes whose cures help as much.
    """

    kind: Kind
    places: tuple[str, ...]
    message: str
    explains: tuple[str, ...] = ()
    alternatives: tuple[Kind, ...] = ()
    proven: bool = True

    def __str__(self) -> str:
        return f"{self.kind if self.proven else f'{self.kind} (a suspicion)'}: {self.message}"


def case_of(finding: str) -> Kind | None:
    """What a kind of finding is a case of; None for what is a symptom alone.

    >>> case_of("symmetric"), case_of("imbalance"), case_of("nothing learned")
    ('equal units', 'imbalance', None)
    """
    return next((kind for kind in KINDS if kind == finding), None) or CASES.get(finding)


def explained(kind: Kind, found: Collection[str]) -> tuple[str, ...]:
    """The kinds of findings that a cause accounts for.

    >>> explained("inputs not scaled", ("saturated", "imbalance"))
    ('saturated',)
    """
    return tuple(each for each in found if each in EXPLAINS.get(kind, ()) or case_of(each) == kind)


def preference(proposal: Proposal, found: Collection[str]) -> float:
    """How well a cause explains what was found; a setting that is unusual by itself counts as findings."""
    dear = LONGER * (proposal.kind == "too few epochs")
    return BACK * proposal.back + len(explained(proposal.kind, found)) - dear


def causes(search: Search, findings: Sequence[Finding], yardstick: Yardstick | None) -> tuple[Cause, ...]:
    """The causes of what was found and cured: proven ones, then facts, then what is suspected only.

    A suspicion that a trial spoke against is none, and what brings about other things that were found is said
    once. A fact that spoils validation rows is said before what was proven on them.
    """
    found = tuple(dict.fromkeys(finding.kind for finding in findings))
    named = list(_proven(search, findings, found, yardstick))
    kinds = {cause.kind for cause in named}
    for finding in findings:
        kind = case_of(finding.kind)
        if kind and is_fact(finding) and kind not in kinds:
            message = f"{finding.message} {finding.advice}".strip()
            kinds.add(kind)
            named.append(Cause(kind, finding.places, message, (finding.kind,)))
    named.sort(key=lambda cause: SPOILS.index(cause.kind) if cause.kind in SPOILS else len(SPOILS))
    refuted = {each.proposals[0].kind for each in search.tried if len(each.proposals) == 1}
    accounted = refuted | {kind for cause in named for kind in (cause.kind, *cause.explains)}
    for finding in findings:
        kind = case_of(finding.kind)
        if kind and kind not in accounted and finding.kind not in accounted and not is_fact(finding):
            named.append(Cause(kind, finding.places, finding.message, (finding.kind,), proven=False))
            accounted |= {kind, finding.kind}
    return tuple(named)


def is_fact(finding: Finding) -> bool:
    """Whether a finding is true and does harm whatever a trial says."""
    return finding.fact


def _proven(
    search: Search, findings: Sequence[Finding], found: tuple[str, ...], yardstick: Yardstick | None
) -> Iterator[Cause]:
    """A cause for each part of the cure, the one that explains most first."""
    if search.cure is None or yardstick is None:
        return
    parts = sorted(search.cure.proposals, key=lambda each: -preference(each, found))
    rivals = tuple(dict.fromkeys(rival.proposals[0].kind for rival in search.rivals))
    for part in parts:
        explains = explained(part.kind, found)
        places = tuple(dict.fromkeys(p for f in findings if f.kind in explains for p in f.places))
        others = tuple(kind for kind in rivals if all(kind != each.kind for each in parts))
        worth = _worth(part, search.cure, search.tried, yardstick)
        message = f"{SAID.get(part.kind, 'What is changed cures it')}: {worth}"
        yield Cause(part.kind, places, message, explains, others if part is parts[0] else ())


def _worth(part: Proposal, cure: Tried, tried: Sequence[Tried], yardstick: Yardstick) -> str:
    """What a part of a cure is worth: alone, where it is the cure or was tried so; else with the others."""
    if len(cure.proposals) == 1:
        return f"{listed(part.changes)}: {cure.pair.effect(yardstick)}."
    alone = next((each for each in tried if each.proposals == (part,)), None)
    said = "" if alone is None else f" (alone: {alone.pair.effect(yardstick)})"
    return f"{listed(part.changes)}, with the other changes{said}."


@dataclass(frozen=True)
class Attempt:
    """What was tried, and what it was worth; ``helped`` where that was proven and enough.

    ``effect`` is None for what there was no time for.
    """

    kinds: tuple[Kind, ...]
    changes: str
    effect: Effect | None
    helped: bool = False

    def __str__(self) -> str:
        return f"{self.changes}: {'not tried' if self.effect is None else self.effect}"


def attempts(search: Search, yardstick: Yardstick) -> tuple[Attempt, ...]:
    """All that a search tried, and then what it had no time for."""
    made = [
        Attempt(
            tuple(each.kind for each in tried.proposals),
            listed(tried.changes),
            tried.pair.effect(yardstick),
            tried.helped,
        )
        for tried in search.tried
    ]
    return (*made, *(Attempt((each.kind,), listed(each.changes), None) for each in search.left))
