"""Which candidates are what they are called: faults that harm, and trainings that no simple change improves.

``python -m gradwright.bench.doctor.select FOLDER`` examines them one by one in an order that is drawn once,
and adds a line for each to FOLDER/examined.jsonl; what stands there is not examined again. With ``--write``
it writes ``selected.json`` of the package from that file instead.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from gradwright.bench.doctor.case import Case, in_order
from gradwright.bench.doctor.changes import SIMPLE, Simple
from gradwright.bench.doctor.examined import RECORD, Examined, read
from gradwright.bench.doctor.selected import write
from gradwright.bench.doctor.statistics import SHARE, Differences, constant_loss, material
from gradwright.bench.doctor.trial import Training, Worth, constant_error, worth
from gradwright.console import note
from gradwright.errors import ConfigError, DataError
from gradwright.training.agreement import settle
from gradwright.writing import add_entry, make_folder

FIRST, ALL = 5, 20  # seeds: of every case, and of those that the first ones leave undecided
SCREENED = 1  # seeds with which a simple change of a healthy case is tried before it gets more
SLOWEST = 2.0  # CPU seconds of one training: thousands are to be run
LEARNED = 0.75  # of the constant's error: a healthy case errs less
OF_DATA = ("limited by its ceiling", "noisy", "hard", "small", "imbalanced")  # not held against their base
MOST_SICK = {"development": 30, "kept apart": 15}  # of each kind
MOST_HEALTHY = {"development": 560, "kept apart": 280}


class Trials:
    """Trainings by seed, each made once."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self._worths: list[Worth] = []

    def worths(self, seeds: int) -> list[Worth]:
        """Those of seeds 0, 1, ..."""
        self._worths += [worth(self.training, seed) for seed in range(len(self._worths), seeds)]
        return self._worths[:seeds]

    def errors(self, seeds: int) -> list[float]:
        return [each.error for each in self.worths(seeds)]

    def losses(self, seeds: int) -> list[float]:
        return [each.loss for each in self.worths(seeds)]


def examine(case: Case, base: Trials) -> Examined:
    """The verdict on a candidate; ``base`` are the trials of its base."""
    try:
        training = case.training()
        if training is None:
            return Examined(case.name, "means nothing here")
        begun = time.process_time()
        trials = Trials(training)
        trials.worths(1)
    except (ConfigError, DataError) as refused:
        return Examined(case.name, f"refused: {str(refused).splitlines()[0]:.100}")
    if time.process_time() - begun > SLOWEST:
        return Examined(case.name, "slow")
    return _sick(case, trials, base) if case.fault else _healthy(case, trials, base)


def _sick(case: Case, trials: Trials, base: Trials) -> Examined:
    """Kept where it is worse than its twin."""
    assert case.fault is not None
    twin = base
    if case.fault.twin is not None:
        made = case.twin()
        assert made is not None
        twin = Trials(made)
    seeds = FIRST
    while True:
        sound, sick = twin.errors(seeds), trials.errors(seeds)
        least = material(fmean(sound), constant_error(twin.training.data))
        found = Differences.of(sound, sick)
        if seeds == ALL or found.is_decided(least):
            break
        seeds = ALL
    verdict = "kept" if found.is_worse_by(least) else "not worse"
    cures = tuple(_cures(trials, twin)) if verdict == "kept" else ()
    return Examined(case.name, verdict, round(fmean(sound), 4), round(fmean(sick), 4), seeds, cures)


def _cures(trials: Trials, twin: Trials) -> Iterator[str]:
    """The simple changes that close nine tenths of the gap, over five seeds; tried with one first."""
    for change in SIMPLE:
        changed = _changed(trials.training, change)
        if changed is None:
            continue
        for seeds in (1, FIRST):
            sound, sick = fmean(twin.errors(seeds)), fmean(trials.errors(seeds))
            if not fmean(changed.errors(seeds)) <= sound + 0.1 * (sick - sound):
                break
        else:
            yield change.name


def _healthy(case: Case, trials: Trials, base: Trials) -> Examined:
    """Kept where it has learned, is no worse than its base where both compare, and no simple change helps."""
    errors = trials.errors(FIRST)
    constant = constant_error(trials.training.data)
    error = fmean(errors)
    verdict = "kept"
    if error > LEARNED * constant:
        verdict = "has not learned"
    elif case.group not in OF_DATA and error > fmean(base.errors(FIRST)) + material(error, constant) / 2:
        verdict = "behind its base"
    else:
        for change in SIMPLE:
            if _helps(change, trials):
                verdict = f"helped by {change.name}"
                break
    return Examined(case.name, verdict, round(error, 4), round(error, 4), FIRST)


def _helps(change: Simple, trials: Trials) -> bool:
    """Whether a change lowers the error by half of what is material, or the loss by all of it."""
    changed = _changed(trials.training, change)
    if changed is None:
        return False
    data, loss = trials.training.data, trials.training.config.loss
    for seeds in (SCREENED, FIRST, 2 * FIRST):
        before, after = trials.errors(seeds), changed.errors(seeds)
        least = material(fmean(after), constant_error(data)) / 2
        gains = [(Differences.of(after, before), least)]
        losses = trials.losses(seeds), changed.losses(seeds)
        if np.isfinite(losses).all() and changed.training.config.loss == loss:
            best = constant_loss(data, settle(trials.training.config, data).objective.loss)
            if np.isfinite(best):
                gains.append((Differences.of(losses[1], losses[0]), SHARE * (best - fmean(losses[1]))))
        if seeds == 2 * FIRST:
            return any(gain.is_worse_by(enough) for gain, enough in gains)
        if not any(gain.mean > 0.6 * enough for gain, enough in gains):
            return False
    return False


def _changed(training: Training, change: Simple) -> Trials | None:
    """The trials of a training with a change; None where the change means nothing, or is refused."""
    try:
        changed = change.make(training)
        if changed is None:
            return None
        trials = Trials(changed)
        trials.worths(1)
    except (ConfigError, DataError):
        return None
    return trials


def select(folder: Path, tell: Callable[[str], None] = note) -> None:
    """Examine all that was not examined yet, until there are enough of each kind."""
    make_folder(folder)
    cases = {case.name: case for case in in_order()}
    before = read(folder)
    kept = Counter(
        _group(cases[each.name]) for each in before if each.verdict == "kept" and each.name in cases
    )
    done = {each.name for each in before}
    bases: dict[str, Trials] = {}
    for number, case in enumerate(cases.values(), 1):
        if case.name in done or kept[_group(case)] >= _most(case):
            continue
        if case.base.name not in bases:
            bases[case.base.name] = Trials(case.base.training())
        found = examine(case, bases[case.base.name])
        kept[_group(case)] += found.verdict == "kept"
        add_entry(folder / RECORD, found)
        tell(f"{number} of {len(cases)}: {case.name}: {found.verdict}")


def _group(case: Case) -> tuple[str, str]:
    return case.half, case.group if case.fault else "healthy"


def _most(case: Case) -> int:
    return (MOST_SICK if case.fault else MOST_HEALTHY)[case.half]


def main(arguments: Sequence[str]) -> None:
    """Examine, or write what was kept into the package."""
    folder = Path(arguments[0])
    if "--write" in arguments:
        write(read(folder))
        return
    select(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
