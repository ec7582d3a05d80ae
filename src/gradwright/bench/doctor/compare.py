"""Every tool on every case, in turn; what is done is kept, so that it can go on."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from gradwright.bench.doctor.record import Judged, keep, read
from gradwright.bench.doctor.selected import Selected, selected
from gradwright.bench.doctor.sets import Half
from gradwright.bench.doctor.tools import TOOLS, Tool
from gradwright.bench.doctor.trial import Training, judged_rows, worth
from gradwright.errors import ConfigError, GradwrightError
from gradwright.specs import suggestion
from gradwright.training.interrupts import interrupts
from gradwright.writing import make_folder

FRESH = range(100, 105)  # seeds with which a healed config is trained, that no selection has seen
QUICK = 120  # cases, half of them sick


def compare_doctors(
    folder: Path,
    half: Half = "development",
    peers: Sequence[str] = (),
    quick: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Judged]:
    """Ask all tools about every case of a half, and write each answer to ``folder`` as it comes.

    Answers that ``folder`` has already are not asked for again. ``quick`` takes 120 cases, as many of each
    kind as can be. A tool that fails is kept with its reason, and counts as one that saw nothing. Cases whose
    data are not here (MNIST, scikit-learn's) are left out, which is told.

    Raises ``ConfigError`` for a tool that there is none of, ``KeyboardInterrupt`` after Ctrl-C.
    """
    for name in peers:
        if name not in TOOLS:
            raise ConfigError(f"--peers: there is no {name!r}{suggestion(name, TOOLS)}")
    tools = [TOOLS[name] for name in peers or TOOLS]
    make_folder(folder)
    answers = read(folder)
    done = {(judged.case, judged.tool) for judged in answers}
    turns = [
        turn for turn in _turns(half, tools, quick, tell) if (turn[0].case.name, turn[1].name) not in done
    ]
    begun = time.monotonic()
    for number, (case, tool) in enumerate(turns):
        left = (time.monotonic() - begun) / number * (len(turns) - number) if number else 0.0
        until = f"; about {left / 60:.0f} min left" if number else ""
        tell(f"{number + 1} of {len(turns)}: {case.case.name}, {tool.title}{until}")
        with interrupts() as interrupted:  # an answer that Ctrl-C cut short is none
            judged = judge(case, tool)
            if interrupted():
                raise KeyboardInterrupt
        keep(judged, folder)
        answers.append(judged)
    return answers


def sample(half: Half, quick: bool) -> list[Selected]:
    """The sick and the healthy cases of a half; of a quick look the first ones of each kind in turn."""
    sick, healthy = selected(half, True), selected(half, False)
    if not quick:
        return [*sick, *healthy]
    return [*_in_turn(sick)[: QUICK // 2], *healthy[: QUICK // 2]]


def _in_turn(cases: Sequence[Selected]) -> list[Selected]:
    """The first of each kind, then the second, and so on."""
    seen = Counter[str]()
    places = []
    for each in cases:
        seen[each.case.group] += 1
        places.append(seen[each.case.group])
    return [each for _, each in sorted(zip(places, cases, strict=True), key=lambda pair: pair[0])]


def _turns(
    half: Half, tools: Sequence[Tool], quick: bool, tell: Callable[[str], None]
) -> Iterator[tuple[Selected, Tool]]:
    """All tools on one case, then on the next; sick and healthy are mixed, so that any part is a sample."""
    missing: set[str] = set()
    cases = sample(half, quick)
    order = np.random.default_rng(0).permutation(len(cases))
    for case in (cases[k] for k in order):
        table = case.case.base.table
        if table.name in missing:
            continue
        try:
            table.read()
        except (GradwrightError, ImportError) as reason:
            missing.add(table.name)
            tell(f"Left out all cases of {table.name}: {reason}")
            continue
        yield from ((case, tool) for tool in tools)


def judge(case: Selected, tool: Tool) -> Judged:
    """One case before one tool, and what its cure is worth."""
    training = case.case.training()
    assert training is not None, case.case.name
    begun, cpu = time.perf_counter(), time.process_time()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            answer = tool.ask(training)
    except Exception as error:  # whatever it is, the tool has no answer, and the comparison goes on
        return Judged(case.case.name, tool.name, f"{type(error).__name__}: {error}"[:300])
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return Judged(
        case=case.case.name,
        tool=tool.name,
        healthy=answer.healthy,
        causes=tuple("/".join(kinds) for kinds in answer.causes),
        places=answer.places,
        cured=None if answer.cure is None else cured_error(training, answer.cure),
        seconds=seconds,
        cpu=cpu,
    )


def cured_error(sick: Training, healed: Training) -> float | None:
    """The mean test error of what was healed, over fresh seeds; None where its test rows are others."""
    if not are_the_same_rows(sick, healed):
        return None
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return fmean(worth(healed, seed).error for seed in FRESH)
    except (ConfigError, GradwrightError):
        return None


def are_the_same_rows(sick: Training, healed: Training) -> bool:
    """Whether the healed data have the test rows of the sick ones: as many, with the same targets."""
    if healed.data.test is None:
        return False
    before, after = (data.targets.undo(judged_rows(data).y) for data in (sick.data, healed.data))
    if before.ndim != after.ndim and len(before) == len(after):
        before, after = (
            y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel() for y in (before, after)
        )
    return before.shape == after.shape and bool(np.allclose(before, after, rtol=1e-4, atol=1e-6))
