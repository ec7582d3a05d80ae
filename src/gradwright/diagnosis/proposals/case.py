"""What a proposal is, and the case that it is made for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradwright.data import Dataset
from gradwright.diagnosis import edits
from gradwright.diagnosis.changes import DATA, NETWORK, Change
from gradwright.diagnosis.kinds import Kind
from gradwright.diagnosis.rates import rates_used
from gradwright.engine import steps_per_epoch
from gradwright.nn import (
    Layer,
    Linear,
)
from gradwright.nn.layer import Array
from gradwright.training import RunConfig

SAMPLE = 4096  # rows at even distances, by which scales are told


@dataclass(frozen=True)
class Proposal:
    """Changes that are tried together, the cause that they would speak for, and whether they lead back."""

    kind: Kind
    changes: tuple[Change, ...]
    back: bool

    @property
    def settings(self) -> frozenset[str]:
        """What it changes."""
        return frozenset(change.setting for change in self.changes)


@dataclass(frozen=True, eq=False)
class Case:
    """A config and its data, with the kinds of what was found."""

    config: RunConfig
    data: Dataset
    found: frozenset[str]

    @cached_property
    def steps(self) -> int:
        """The steps of an epoch."""
        return steps_per_epoch(self.data.train, self.config.batch_size)

    @cached_property
    def peak(self) -> float:
        """The largest learning rate that the run uses."""
        used = rates_used(self.config.learning_rate, max(self.config.epochs, 1), self.steps)
        return self.config.learning_rate.rate(0, 0) if used is None else used.peak

    @cached_property
    def inputs(self) -> Array:
        """Some training rows as the network gets them."""
        x = self.data.train.x
        return self.data.features(x[:: 1 + len(x) // SAMPLE], np.float64)

    @property
    def network(self) -> Layer:
        """The network."""
        return self.config.network

    @cached_property
    def linears(self) -> list[Linear]:
        """Its affine maps."""
        return edits.linears(self.network)

    @cached_property
    def hidden(self) -> list[Layer]:
        """Its activations but for one at the output."""
        layers = edits.chain(self.network)
        inner = layers[:-1] if edits.is_activation(layers[-1]) else layers
        return [leaf for layer in inner for leaf in edits.leaves(layer) if edits.is_activation(leaf)]

    def change(self, setting: str, after: object, before: object = None) -> Change:
        """A change of a setting, whose value now is ``before`` where the config does not say it."""
        known = setting not in NETWORK and setting not in DATA
        return Change(setting, getattr(self.config, setting) if known else before, after)

    @property
    def last_activation(self) -> Change:
        """The change that leaves out the activation behind the last layer."""
        return self.change("network.last_activation", None, edits.chain(self.network)[-1])
