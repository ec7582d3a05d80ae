"""The two questions: is this config fit to be trained, and did its run come to anything?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.data.batches import epoch_order
from gradwright.data.divide import take
from gradwright.diagnosis.activations import layer_rows
from gradwright.diagnosis.answers import of_answers
from gradwright.diagnosis.baselines import Level, baselines
from gradwright.diagnosis.curves import Curves, of_curves
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.findings import Evidence, of_outcome, of_rates, of_scale, of_start, of_structure
from gradwright.diagnosis.finite import of_overflow
from gradwright.diagnosis.gradients import ArrayRow, array_rows, first_step
from gradwright.diagnosis.linear import SPLITS
from gradwright.diagnosis.memory import of_memory
from gradwright.diagnosis.rates import RatesUsed, rates_used
from gradwright.diagnosis.report import Diagnosis
from gradwright.diagnosis.settings import of_penalty
from gradwright.diagnosis.signs import of_config, of_data
from gradwright.diagnosis.watch import Pass, watch
from gradwright.engine import Metrics, steps_per_epoch
from gradwright.engine.factors import Grouped, factors_of
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.optim import WholeData
from gradwright.training import EpochRecord, Run, RunConfig, load_data
from gradwright.training.agreement import settle
from gradwright.training.constant_answer import measure
from gradwright.training.job import Job

SAMPLE = 2048  # rows: a ReLU that is on for 1 of 400 is called dead by less than 1 % of such samples


STAGES = PASSES, RATES, BASELINES = "both passes through the network", "rates and arrays", "baselines"


def examine(config: RunConfig, data: Dataset, *, watch: Callable[[str], None] | None = None) -> Diagnosis:
    """What training by ``config`` would begin with: activations, gradients, rates, and baselines.

    Everything is measured in float64 at the parameters that the run would draw, on the first rows that it
    would visit, in evaluation. ``watch`` is told what is under way, where that may take a while.

    Raises ``ConfigError`` or ``ShapeError`` where config and data do not meet.

    >>> import gradwright as gw
    >>> from gradwright.training import make_config
    >>> config = make_config(network=gw.mlp(2, 8, 8, 2, weight_init=gw.initializers.Zeros()))
    >>> found = examine(config, gw.data.load("swiss-roll"))
    >>> found.kinds
    ('symmetric',)
    """
    watch = watch or _nobody
    config = settle(config, data)
    watch(PASSES)
    theta = Job(config, data).initial_state.theta.astype(np.float64)
    x, rows, seen = _watched(config, data, theta)
    watch(RATES)
    rates = rates_used(config.learning_rate, config.epochs, steps_per_epoch(data.train, config.batch_size))
    layers = layer_rows(seen, theta, config.objective.layout)
    arrays = _arrays_at_start(config, theta, seen, rates)
    watch(BASELINES)
    against = baselines(data, config.objective.loss)
    start = _measure(config, seen, rows)
    evidence = Evidence(layers, arrays, float(np.abs(x).max()))
    found = [
        *of_overflow(data, config.dtype),
        *of_memory(config.network, theta, data.in_features),
        *of_structure(evidence),
        *of_scale(evidence),
        *of_start(evidence, start["loss"], against),
        *of_penalty(config, theta, seen.gradient),
        *of_rates(rates),
        *of_config(config, data, arrays, rates),
        *of_data(data),
    ]
    return Diagnosis(
        name=config.name,
        data=data.name,
        when="before",
        rows=len(x),
        rows_in_all=len(data.train),
        layers=layers,
        arrays=arrays,
        rates=rates,
        baselines=against,
        reached=(Level(f"at the start, {len(x):,} rows", {"train": start}),),
        ceiling=data.bayes_accuracy,
        findings=tuple(found),
        healthy=not found,
    )


def examine_run(
    run: Run,
    data: Dataset | None = None,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    watch: Callable[[str], None] | None = None,
) -> Diagnosis:
    """What ``run`` came to: its history beside the baselines, its layers at the parameters that it kept.

    Dead and saturated units and a weak or strong signal are ordinary in a network that has learned, so they
    are called a fault, and the cause, only where the run did not pass the baselines. Without ``data`` these
    are found by the run's config, in ``data_dir`` first. ``watch`` is as in ``examine``.

    Raises ``ConfigError`` for data that are not the run's, and as ``load_data`` does.

    >>> import gradwright as gw
    >>> data = gw.data.load("swiss-roll")
    >>> run = gw.fit(gw.mlp(2, 8, 2), data, epochs=2, learning_rate=1e-6, progress=False)
    >>> examine_run(run, data).kinds
    ('nothing learned', 'flat from the start', 'rate too low')
    """
    watch = watch or _nobody
    config = run.config
    data = load_data(config, data_dir) if data is None else data
    if data.checksum() != run.data["checksum"]:
        raise ConfigError(
            f"{config.name}: expected the data of the run, {run.data['source']} with the checksum "
            f"{run.data['checksum'][:12]}..., found {data.source} with {data.checksum()[:12]}..."
        )
    watch(PASSES)
    theta = run.theta.astype(np.float64)
    x, rows, seen = _watched(config, data, theta)
    watch(RATES)
    last = run.history[-1].epoch
    rates = rates_used(config.learning_rate, last, steps_per_epoch(data.train, config.batch_size))
    layers = layer_rows(seen, theta, config.objective.layout)
    arrays = array_rows(theta, seen.gradient, config.objective.layout)
    watch(BASELINES)
    against = baselines(data, config.objective.loss)
    evidence = Evidence(layers, arrays, float(np.abs(x).max()))
    found = [
        *of_outcome(run.metrics, against, len(data.train if data.validation is None else data.validation)),
        *of_structure(evidence),
    ]
    if found:
        found += of_scale(evidence)
    curves = Curves.of(run.history, diverged=run.status == "diverged")
    found += of_curves(curves)
    found += of_answers(config.objective.loss, seen.output, rows)
    found += [*of_rates(rates), *_settings_at_start(config, data, rates), *of_data(data)]
    return Diagnosis(
        name=config.name,
        data=data.name,
        when="after",
        rows=len(x),
        rows_in_all=len(data.train),
        layers=layers,
        arrays=arrays,
        rates=rates,
        baselines=against,
        reached=_history(run),
        ceiling=run.data["bayes_accuracy"],
        findings=tuple(found),
        healthy=not found,
        curves=curves,
    )


def _nobody(_: str) -> None:
    """Where nobody watches."""


def _watched(config: RunConfig, data: Dataset, theta: Array) -> tuple[Array, Split, Pass]:
    """The first rows of the first epoch, and both passes over them."""
    rows = epoch_order(config.seed, 0, len(data.train))[:SAMPLE]
    split = take(data.train, rows)
    x = data.features(split.x, np.float64)
    return x, split, watch(config.objective, theta, x, split.y, split.weights)


def _settings_at_start(config: RunConfig, data: Dataset, rates: RatesUsed | None) -> Iterator[Finding]:
    """What was wrong with the settings before the first step: at its end a run is where penalty and loss
    pull alike."""
    if config.start is not None:  # parameters that are no longer at hand
        yield from of_config(config, data, (), rates)
        return
    theta = Job(config, data).initial_state.theta.astype(np.float64)
    _, _, seen = _watched(config, data, theta)
    yield from of_penalty(config, theta, seen.gradient)
    yield from of_config(config, data, _arrays_at_start(config, theta, seen, rates), rates)


def _arrays_at_start(
    config: RunConfig, theta: Array, seen: Pass, rates: RatesUsed | None
) -> tuple[ArrayRow, ...]:
    step = None if rates is None else _first_step(config, theta, seen, rates.first)
    return array_rows(theta, seen.gradient, config.objective.layout, step)


def _first_step(config: RunConfig, theta: Array, seen: Pass, rate: float) -> Array | None:
    """The step that the sampled rows would cause, which the penalty has its part in.

    None where the optimizer finds its length by trying.
    """
    if isinstance(config.optimizer, WholeData):
        return None
    objective, gradient = config.objective, seen.gradient
    if objective.penalty is not None:
        gradient = gradient + objective.penalty.backward(theta, objective.penalized)
    factors = factors_of(objective.layout, config.groups, config.optimizer)
    optimizer = Grouped.of(config.optimizer, objective.layout, factors)
    return first_step(theta, gradient, optimizer, rate, config.clip_norm)


def _measure(config: RunConfig, seen: Pass, rows: Split) -> Metrics:
    with np.errstate(all="ignore"):  # the outputs may be infinite, and the loss says so
        return measure(config.objective.loss, seen.output, rows.y, rows.weights)


def _history(run: Run) -> tuple[Level, ...]:
    """The run before its first step, at its best epoch, and as it was kept; each once."""
    first, best = run.history[0], run.history.best(run.config.monitored)
    levels = [_level(f"run, epoch {first.epoch}", first)]
    if best is not None and run.history[best].validation is not None:
        record = run.history[best]
        name = f"run, epoch {record.epoch}, best by {run.config.monitor}"
        levels.append(_level(name, record))
    kept = {split: run.metrics[split] for split in SPLITS if split in run.metrics}
    return (*levels, Level(f"run, as kept ({run.config.keep} of {run.history[-1].epoch} epochs)", kept))


def _level(name: str, record: EpochRecord) -> Level:
    """What was measured after an epoch; where that is some training rows, their number stands beside it."""
    name += "" if record.train_rows is None else f" ({record.train_rows:,} training rows)"
    measured = {"train": record.train, "validation": record.validation}
    return Level(name, {split: metrics for split, metrics in measured.items() if metrics is not None})
