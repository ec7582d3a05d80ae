"""Proposals for the descent: optimizer, rates, batches, and how long it goes on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from gradwright.diagnosis.changes import scaled_rates, stretched
from gradwright.diagnosis.kinds import Kind
from gradwright.diagnosis.proposals.case import Case, Proposal
from gradwright.diagnosis.rates import rates_used
from gradwright.nn import (
    L2,
)
from gradwright.optim import SGD, Adam, AdamW, Constant, RMSProp, WholeData
from gradwright.training import EarlyStopping

FAR = 20.0  # times the usual rate, or below it: what people set by experience lies within a decade or so
STEPS = 150  # with fewer a network has hardly begun
ENOUGH = 2000  # steps that a proposal for more epochs aims at
USUAL_BATCH, FEW_ROWS, FEW_STEPS = 32, 4, 8  # rows; a batch this small is noise; steps of an epoch
PENALTY = 1e-3  # of L2, where there is none
LONGEST = 64  # times the epochs


def of_descent(case: Case) -> Iterator[Proposal]:
    """No clipping, groups or average; the optimizer at its usual settings, or Adam."""
    config = case.config
    optimizer = config.optimizer
    if isinstance(optimizer, WholeData):
        return
    if config.clip_norm is not None:
        yield Proposal("optimizer settings", (case.change("clip_norm", None),), config.clip_norm < 0.1)
    elif {"exploding", "not finite", "first step", "dead"} & case.found:
        yield Proposal("exploding gradient", (case.change("clip_norm", 1.0),), False)
    if config.groups:
        off = any(group.rate is not None and group.rate < 0.1 for group in config.groups)
        yield Proposal("optimizer settings", (case.change("groups", ()),), off)
    if config.average is not None:
        yield Proposal("optimizer settings", (case.change("average", None),), config.average.decay > 0.999)
    if isinstance(optimizer, SGD) and optimizer.momentum > 0:
        high = optimizer.momentum > 0.9
        calmer = replace(optimizer, momentum=0.9) if high else SGD()
        yield Proposal("momentum too high", (case.change("optimizer", calmer),), high)
        if high:
            yield Proposal("momentum too high", (case.change("optimizer", SGD()),), True)
    elif isinstance(optimizer, Adam | AdamW | RMSProp):
        usual = type(optimizer)()
        if isinstance(optimizer, AdamW):
            usual = AdamW(weight_decay=optimizer.weight_decay)
        if usual != optimizer:
            yield Proposal("optimizer settings", (case.change("optimizer", usual),), True)
    if not isinstance(optimizer, Adam | AdamW):
        rate = Constant(Adam.usual_rate)
        changes = (case.change("optimizer", Adam()), case.change("learning_rate", rate))
        yield Proposal("optimizer settings", changes, False)


def of_rates(case: Case) -> Iterator[Proposal]:
    """Rates ten and a hundred times as high and as low, the usual one, and a constant one."""
    config = case.config
    if isinstance(config.optimizer, WholeData):
        return
    schedule, usual, peak = config.learning_rate, config.optimizer.usual_rate, case.peak
    if isinstance(config.optimizer, SGD):
        usual *= 1 - min(config.optimizer.momentum, 0.9)  # a higher one is a matter of its own
    if peak > 0:
        tried = [1.0]
        targets = [0.1 * peak, 10 * peak, 0.01 * peak, 100 * peak]
        if not usual / FAR < peak < usual * FAR:
            targets += [usual, 0.1 * usual if peak > usual else 10 * usual]
        for target in targets:
            factor = target / peak
            further = max(target / usual, usual / target) > FAR * max(1.0, peak / usual, usual / peak)
            if further or any(0.5 < factor / other < 2 for other in tried):
                continue
            tried.append(factor)
            change = case.change("learning_rate", scaled_rates(schedule, factor))
            kind: Kind = "rate too high" if factor < 1 else "rate too low"
            back = peak > FAR * usual if factor < 1 else peak < usual / FAR
            yield Proposal(kind, (change,), back)
    else:
        yield Proposal("rate too low", (case.change("learning_rate", Constant(usual)),), True)
    if not isinstance(schedule, Constant):
        used = rates_used(schedule, max(config.epochs, 1), case.steps)
        worth = 1.0 if used is None or not config.epochs else used.worth / config.epochs
        constant = Constant(peak if peak > 0 else usual)
        yield Proposal("schedule frozen", (case.change("learning_rate", constant),), worth < 0.2)


def of_batches(case: Case) -> Iterator[Proposal]:
    """Batches of the usual size."""
    config, rows = case.config, len(case.data.train)
    if isinstance(config.optimizer, WholeData) or rows < 2 * USUAL_BATCH:
        return
    batch = config.batch_size or rows
    change = case.change("batch_size", USUAL_BATCH)
    if batch > 2 * USUAL_BATCH:
        yield Proposal("batch too large", (change,), case.steps < FEW_STEPS)
    elif batch < USUAL_BATCH / 2:
        yield Proposal("batch too small", (change,), batch <= FEW_ROWS)


def of_length(case: Case) -> Iterator[Proposal]:
    """More patience, the best epoch, rows held out, a penalty, more epochs."""
    config = case.config
    if config.early_stopping is not None:
        patient = EarlyStopping(patience=max(10 * config.early_stopping.patience, 20))
        short = config.early_stopping.patience <= 2
        yield Proposal("patience too short", (case.change("early_stopping", patient),), short)
    if config.keep == "last" and case.data.validation is not None:
        yield Proposal("overfitting", (case.change("keep", "best"),), False)
    elif config.keep == "last":
        changes = (case.change("data.validation_rows", 0.2), case.change("keep", "best"))
        yield Proposal("no validation", changes, "overfitting" in case.found)
    if "overfitting" in case.found and config.penalty is None and not isinstance(config.optimizer, WholeData):
        yield Proposal("overfitting", (case.change("penalty", L2(PENALTY)),), False)
    total = max(config.epochs, 1) * case.steps
    few = total < STEPS and case.steps >= FEW_STEPS  # else it is the batches that are too large
    factor = min(max(4, math.ceil(ENOUGH / total)), LONGEST) if few else 4
    length = [case.change("epochs", factor * max(config.epochs, 1))]
    if not isinstance(config.learning_rate, Constant):
        length.append(case.change("learning_rate", stretched(config.learning_rate, factor)))
    yield Proposal("too few epochs", tuple(length), few)
