"""The catalogue of experiments, and doing those that were asked for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from gradwright.data.catalog import stored_at
from gradwright.errors import ConfigError, DataError
from gradwright.reproductions import s0, s1, s1_networks, s2, s2_mnist, s3, s4
from gradwright.reproductions.experiment import Experiment, Reproduction, Setting
from gradwright.specs import suggestion

ALL = "all"


def experiments() -> tuple[Experiment, ...]:
    """Every experiment of the five reports, in their order."""
    rooms = (s0, s1, s1_networks, s2, s2_mnist, s3, s4)
    return tuple(experiment for room in rooms for experiment in room.EXPERIMENTS)


def select(names: Sequence[str]) -> tuple[Experiment, ...]:
    """The experiments that names ask for: ``all``, a report such as ``S1``, or a name such as ``S1-softmax``.

    Raises ``ConfigError`` for a name that there is not, with the nearest one.

    >>> [experiment.name for experiment in select(["S1-gradients"])]
    ['S1-gradients']
    """
    known = {ALL} | {e.report for e in experiments()} | {e.name for e in experiments()}
    by_fold = {name.casefold(): name for name in known}
    for name in names:
        if name.casefold() not in by_fold:
            raise ConfigError(f"there is no experiment {name!r}{_nearest(name, sorted(known))}")
    wanted = {by_fold[name.casefold()] for name in names}
    return tuple(e for e in experiments() if wanted & {ALL, e.report, e.name})


def _nearest(name: str, known: Sequence[str]) -> str:
    """How a message about an unknown name ends: the nearest one, else those of its report, else all."""
    report = name.partition("-")[0].casefold()
    same = [other for other in known if other.casefold().startswith(f"{report}-")]
    return suggestion(name, dict.fromkeys(same or known))


def reproduce(chosen: Iterable[Experiment], setting: Setting) -> Iterator[Reproduction]:
    """Each experiment in turn; one whose data are not there is skipped, with the command that gets them."""
    for experiment in chosen:
        started = time.perf_counter()
        missing = [name for name in experiment.needs if stored_at(name, setting.data_dir) is None]
        if missing:
            commands = " and ".join(f"gradwright data get {name}" for name in missing)
            yield Reproduction(experiment, None, f"the data are not here; get them with: {commands}", 0.0)
            continue
        try:
            finding = experiment.run(setting)
        except DataError as damaged:  # the others go on
            yield Reproduction(experiment, None, str(damaged), time.perf_counter() - started)
            continue
        yield Reproduction(experiment, finding, None, time.perf_counter() - started, setting.quick)
