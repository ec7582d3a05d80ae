"""Proposals for the layers: activations, sizes, biases, dropout and penalties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradwright.diagnosis import edits
from gradwright.diagnosis.changes import Change
from gradwright.diagnosis.proposals.case import Case, Proposal
from gradwright.diagnosis.proposals.of_start import DEEP, kind_of_start
from gradwright.nn import (
    Dropout,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Tanh,
)
from gradwright.optim import AdamW

NARROW = 3  # units of a hidden layer
VERY_DEEP = 8  # hidden layers


def of_activations(case: Case) -> Iterator[Proposal]:
    """No activation behind the last layer, one between any two, others where a signal fades, norms, skips."""
    if case.config.start is not None:
        return
    if edits.is_activation(edits.chain(case.network)[-1]) and len(case.linears):
        yield Proposal("wrong output activation", (case.last_activation,), True)
    between = case.hidden[0] if case.hidden else ReLU()
    for activation in dict.fromkeys((between, Tanh())):
        if edits.with_missing_activations(case.network, activation) != case.network:
            change = case.change("network.missing_activations", activation)
            yield Proposal("activation missing", (change,), True)
    kinds = tuple(dict.fromkeys(case.hidden))
    faded = bool({"vanishing", "saturated"} & case.found)
    bounded = any(isinstance(layer, Sigmoid | Tanh) for layer in kinds)
    if bounded and (len(case.hidden) > DEEP or faded or any(isinstance(layer, Sigmoid) for layer in kinds)):
        change = case.change("network.activation", ReLU(), kinds)
        yield Proposal("vanishing gradient", (change,), len(case.hidden) > DEEP or "vanishing" in case.found)
    if any(isinstance(layer, ReLU) for layer in kinds):
        change = case.change("network.activation", LeakyReLU(), kinds)
        yield Proposal("dead units", (change,), "dead" in case.found)
    signal = {"vanishing", "exploding", "saturated", "dead", "not finite"} & case.found
    if signal or len(case.hidden) > DEEP:
        kind = kind_of_start("small", case.found)
        for setting, edit in (("network.norm", edits.with_norms), ("network.skips", edits.with_skips)):
            if edit(case.network) != case.network:
                yield Proposal(kind, (case.change(setting, "added"),), False)


def of_size(case: Case) -> Iterator[Proposal]:
    """Biases everywhere, wider layers, fewer of them."""
    if case.config.start is not None:
        return
    maps = case.linears
    if any(not layer.bias for layer in maps):
        biased = sum(layer.bias for layer in maps)
        change = case.change("network.bias", f"in {len(maps)} of {len(maps)}", f"in {biased} of {len(maps)}")
        yield Proposal("bias missing", (change,), True)
    widths = [layer.out_features for layer in maps[:-1]]
    if widths and min(widths) < edits.WIDE:
        wider = edits.widened(case.network)
        if wider != case.network:
            after = tuple(layer.out_features for layer in edits.linears(wider)[:-1])
            change = Change("network.widths", tuple(widths), after)
            squeezed = min(widths) <= NARROW or 8 * min(widths) <= max(widths)
            yield Proposal("too narrow", (change,), squeezed)
    if len(case.hidden) > DEEP and edits.shortened(case.network, 2) != case.network:
        deep = len(case.hidden) > VERY_DEEP
        yield Proposal("too deep", (case.change("network.hidden_layers", 2, len(case.hidden)),), deep)


def of_regularisation(case: Case) -> Iterator[Proposal]:
    """No penalty, no weight decay, no dropout."""
    config = case.config
    if config.penalty is not None:
        strong = getattr(config.penalty, "factor", 1.0) >= 0.003
        yield Proposal("penalty too strong", (case.change("penalty", None),), strong)
    if isinstance(config.optimizer, AdamW) and config.optimizer.weight_decay > 0:
        lighter = replace(config.optimizer, weight_decay=0.0)
        strong = config.optimizer.weight_decay > 0.1
        yield Proposal("penalty too strong", (case.change("optimizer", lighter),), strong)
    rates = [layer.rate for layer in edits.leaves(case.network) if isinstance(layer, Dropout)]
    if rates and config.start is None:
        change = case.change("network.dropout", None, tuple(rates))
        yield Proposal("dropout too strong", (change,), max(rates) > 0.5)
