"""Who is asked what is wrong: gradwright's doctor, and the rules of published tools; one answer for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradwright.bench.doctor.rules import Alarm, autotrainer, deeplocalize, umlaut
from gradwright.bench.doctor.trace import Trace, trace
from gradwright.bench.doctor.trial import Training
from gradwright.diagnosis import diagnose
from gradwright.diagnosis.kinds import Kind

BUDGET = 10.0  # seconds of a diagnosis


@dataclass(frozen=True)
class Answer:
    """What was said of a training.

    ``causes`` are in the order in which they were said, each with all words that it stands for; ``places``
    are the layers that the first one names; ``cure`` is the healed training, where one was proposed.
    """

    healthy: bool
    causes: tuple[tuple[Kind, ...], ...] = ()
    places: tuple[str, ...] = ()
    cure: Training | None = None


@dataclass(frozen=True)
class Tool:
    """A name, what it is, and how it is asked."""

    name: str
    title: str
    ask: Callable[[Training], Answer]
    names_causes: bool = True
    cures: bool = False


def gradwright(training: Training) -> Answer:
    """The doctor of this package: what was proven first, then what it suspects."""
    found = diagnose(training.config, training.data, budget=BUDGET)
    ranked = sorted(found.causes, key=lambda cause: not cause.proven)
    cure = None if found.cure is None else Training(found.cure.config, found.cure.data)
    places = ranked[0].places if ranked else ()
    return Answer(found.healthy, tuple((cause.kind,) for cause in ranked), places, cure)


def by_rules(rules: Callable[[Trace], tuple[Alarm, ...]]) -> Callable[[Training], Answer]:
    """Rules on what is recorded of one training: healthy where none of them fires."""

    def ask(training: Training) -> Answer:
        alarms = rules(trace(training))
        causes = tuple(alarm.kinds for alarm in alarms if alarm.kinds)
        return Answer(not alarms, causes, tuple(alarm.place for alarm in alarms[:1] if alarm.place))

    return ask


OURS = "gradwright"
TOOLS = {
    tool.name: tool
    for tool in (
        Tool(OURS, "gradwright diagnose", gradwright, cures=True),
        Tool("autotrainer", "AutoTrainer's eight rules", by_rules(autotrainer)),
        Tool("umlaut", "UMLAUT's heuristics", by_rules(umlaut)),
        Tool("deeplocalize", "DeepLocalize's conditions", by_rules(deeplocalize), names_causes=False),
    )
}
