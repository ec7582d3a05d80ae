"""What a fault is: something done to a sound training that makes it worse, and what it may be called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from gradwright.bench.doctor.trial import Training
from gradwright.diagnosis.kinds import Kind
from gradwright.training import RunConfig

Severity: TypeAlias = float | str
Injection: TypeAlias = Callable[[Training, Any, np.random.Generator], Training | None]
Where: TypeAlias = Literal["", "data", "layers"]


@dataclass(frozen=True)
class Fault:
    """One way to spoil a training.

    Args:
        kind: what is wrong.
        name: what is done, before the severity: "rate times" 30.
        inject: makes the sick training of a sound one; None where it means nothing for it.
        severities: how strongly it is done in the cases for development.
        apart: in those that are kept apart.
        also: what a doctor may call it as well: the mechanism by which it harms, or its other name.
        curable: whether a change of the configuration mends it, where all rows stay as they are.
        where: whether a doctor can say more of the place than that it is somewhere.
        twin: what makes the sound training beside it, where that is not the base itself.
    """

    kind: Kind
    name: str
    inject: Injection
    severities: tuple[Severity, ...]
    apart: tuple[Severity, ...] = ()
    also: tuple[Kind, ...] = ()
    curable: bool = True
    where: Where = ""
    twin: Injection | None = None

    @property
    def accepted(self) -> frozenset[Kind]:
        """What it may be called."""
        return frozenset((self.kind, *self.also))

    def titled(self, severity: Severity) -> str:
        """The name with a severity, such as "rate times 30"."""
        return f"{self.name} {severity if isinstance(severity, str) else format(severity, 'g')}"


def with_settings(config: RunConfig, **settings: Any) -> RunConfig:
    """The config with some settings changed, checked like any other."""
    return RunConfig(**(dict(config) | settings))


def rate_of(config: RunConfig) -> float:
    """The learning rate at the start."""
    return config.learning_rate.rate(0, 0)
