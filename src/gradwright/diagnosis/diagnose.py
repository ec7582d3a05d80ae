"""The doors: what is wrong with a config, or with a run, and the cure that was tried before it is told."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradwright.data import ClassWeights, Dataset, Rows, as_dataset, weigh_classes
from gradwright.diagnosis.causes import attempts, causes, is_fact, preference
from gradwright.diagnosis.changes import applied
from gradwright.diagnosis.curves import Curves, of_curves
from gradwright.diagnosis.effects import PASSED
from gradwright.diagnosis.examine import examine, examine_run
from gradwright.diagnosis.extent import extent
from gradwright.diagnosis.proposals import proposals
from gradwright.diagnosis.report import Cure, Diagnosis
from gradwright.diagnosis.search import Search, search
from gradwright.diagnosis.trials import Trials
from gradwright.diagnosis.yardstick import Yardstick, yardstick
from gradwright.engine.variants import threads as all_threads
from gradwright.errors import ConfigError
from gradwright.nn import Layer
from gradwright.training import Run, RunConfig, load_data, make_config
from gradwright.training.agreement import settle
from gradwright.training.interrupts import interrupts

BUDGET = 10.0  # seconds
TRIALS = "trials"
UNTRIED = {"layer with memory", "input not finite"}  # facts with which no training tells anything

Watch = Callable[[str], None]


def diagnose(
    what: RunConfig | Layer,
    data: Dataset | Rows,
    *,
    budget: float = BUDGET,
    threads: int | None = None,
    watch: Watch | None = None,
    validation: Rows | float | int | None = None,
    weights: ArrayLike | str | None = None,
    class_weights: ClassWeights | None = None,
    **settings: Any,
) -> Diagnosis:
    """What is wrong with a training, why, and what cures it.

    First it is looked at what training would begin with, on 2,048 rows. Then, within ``budget`` seconds, the
    config is trained, and beside it whatever might cure it: a cause is named where its cure helped, over
    several seeds, on rows that were not trained on. So no cause is told as a fact that no trial spoke for.

    Args:
        what: a network, with settings as ``fit`` takes them; or every setting of a run, as a ``RunConfig``.
        data: what it would be trained on, a ``Dataset`` or one's own rows ``(x, y)``. Where there are no
            validation rows a fifth of the training rows is held out of all trials.
        budget: seconds, for all together; with 0 nothing is trained, and findings alone are told.
        threads: how many trainings are made at a time; by default all of the machine's.
        watch: is told what is under way.
        validation, weights, class_weights: as for ``fit``.
        settings: of the run, such as ``learning_rate=5.0``, where ``what`` is a network.

    Ctrl-C ends the trials, and what was found by then is told. Equal seeds find the same, unless the budget
    cuts the work short, which is told.

    Raises ``ConfigError``, ``ShapeError`` or ``DataError`` where settings and data do not meet.

    >>> import gradwright as gw
    >>> zeros = gw.mlp(2, 8, 8, 2, weight_init=gw.initializers.Zeros())
    >>> found = diagnose(zeros, gw.data.load("swiss-roll"), epochs=3, budget=0)
    >>> found.kinds, found.healthy
    (('symmetric',), False)
    """
    began = time.monotonic()
    if isinstance(what, RunConfig):
        if settings:
            raise ConfigError(f"{next(iter(settings))}: a RunConfig has its settings already")
        config = what
    else:
        config = make_config(network=what, **settings)
    data = as_dataset(data, validation, weights)
    if class_weights is not None:
        data = weigh_classes(data, class_weights)
    _require_budget(budget)
    found = examine(config, data, watch=watch)
    return _tried(found, settle(config, data), data, budget, began, threads, watch)


def diagnose_run(
    run: Run,
    data: Dataset | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    budget: float = BUDGET,
    threads: int | None = None,
    watch: Watch | None = None,
) -> Diagnosis:
    """What a run came to, why, and what would cure it: as ``diagnose``, with its history and its parameters.

    Args:
        run: one that has ended.
        data: those that it was trained on; without them they are found by its config, in ``data_dir`` first.
        data_dir: where to look.
        budget, threads, watch: as for ``diagnose``.

    Raises ``ConfigError`` for data that are not the run's, and as ``load_data`` does.

    >>> import gradwright as gw
    >>> data = gw.data.load("swiss-roll")
    >>> run = gw.fit(gw.mlp(2, 8, 2), data, epochs=2, learning_rate=1e-6, progress=False)
    >>> diagnose_run(run, data, budget=0).kinds
    ('nothing learned', 'flat from the start', 'rate too low')
    """
    began = time.monotonic()
    _require_budget(budget)
    data = load_data(run.config, data_dir) if data is None else data
    found = examine_run(run, data, watch=watch)
    return _tried(found, run.config, data, budget, began, threads, watch)


def _tried(
    found: Diagnosis,
    config: RunConfig,
    data: Dataset,
    budget: float,
    began: float,
    threads: int | None,
    watch: Watch | None,
) -> Diagnosis:
    """What was found, with the causes and the cure that trials speak for."""
    if budget == 0 or config.epochs == 0 or UNTRIED & set(found.kinds):
        named = causes(Search(), found.findings, None)
        return replace(found, causes=named, seconds=time.monotonic() - began)
    if watch is not None:
        watch(TRIALS)
    threads = threads or all_threads()
    within = extent(_bare(config), data, budget, threads)
    measure = yardstick(within.data, config.objective.loss, within.rows)
    if "imbalance" in found.kinds:
        measure = measure.balanced()
    with interrupts() as interrupted, np.errstate(all="ignore"):
        trials = Trials(
            within.config, within.data, measure, threads, began + budget, interrupted, within.is_less
        )
        found = _with_curves(found, trials)
        proposed = proposals(config, data, found.kinds)
        result = search(trials, proposed, lambda each: preference(each, found.kinds))
        stopped = interrupted()
    notes = list(within.notes)
    if stopped:
        notes.append("Interrupted: what was found by then is told.")
    elif not result.tried:
        notes.append(
            f"The budget of {budget:g} s is too small to train anything beside the config: nothing was "
            "proven, and findings alone are told."
        )
    elif result.left:
        notes.append(f"The budget of {budget:g} s was over before {len(result.left)} changes were tried.")
    cure = None
    if result.cure is not None:
        healed, cured = applied(result.cure.changes, config, data)
        cure = Cure(result.cure.changes, result.cure.pair.effect(measure), healed, cured)
    elif result.tried and not result.left:
        notes += _no_cure(measure, result.spread)
    facts = any(map(is_fact, found.findings))
    # where the budget ended too soon for a verdict, findings of a config that learned nothing stand
    open_yet = not result.tried or (bool(result.left) and _has_learned_nothing(measure, result.spread))
    sick = cure is not None or facts or bool(found.findings and open_yet)
    return replace(
        found,
        causes=causes(result, found.findings, measure),
        cure=cure,
        healthy=not sick,
        tried=attempts(result, measure),
        notes=tuple(notes),
        budget=budget,
        seconds=time.monotonic() - began,
    )


def _with_curves(found: Diagnosis, trials: Trials) -> Diagnosis:
    """What was found, with what the curves of a first training say, where nobody has trained before."""
    if found.when == "after" or trials.is_less:
        return found
    [original] = trials.of([((), trials.config.seed)])
    if original is None:
        return found
    curves = Curves.of(original.history, diverged=original.broke)
    new = (each for each in of_curves(curves) if each.kind not in found.kinds)
    return replace(found, findings=(*found.findings, *new), curves=curves)


def _has_learned_nothing(measure: Yardstick, spread: Sequence[float]) -> bool:
    """Whether the original, over its seeds, is no better than a constant answer."""
    return bool(spread) and float(np.mean(spread)) > (1 - PASSED) * measure.mean(measure.constant)


def _no_cure(measure: Yardstick, spread: Sequence[float]) -> Iterator[str]:
    """What is said of a config that is no better than a constant answer, and that nothing helps."""
    if _has_learned_nothing(measure, spread):
        cost, constant = float(np.mean(spread)), measure.mean(measure.constant)
        yield (
            f"It reaches a {measure.name} of {measure.told(cost)}, where a constant answer has "
            f"{measure.told(constant)}, and nothing that was tried helps: the features may say nothing about "
            "the target, or labels and rows may not belong together; no setting mends that."
        )


def _require_budget(budget: float) -> None:
    if not (budget >= 0 and math.isfinite(budget)):
        raise ConfigError(f"budget: expected a number of seconds >= 0, found {budget!r}")


def _bare(config: RunConfig) -> RunConfig:
    """The config without metrics that only tell more: a file cannot hold functions of one's own."""
    if config.monitored.known is None:
        return config
    return config.model_copy(update={"metrics": ()})
