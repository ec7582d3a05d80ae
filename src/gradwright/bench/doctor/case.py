"""A case: a training by its name, sick or healthy, for development or kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from gradwright.bench.doctor.bases import BASES, Base
from gradwright.bench.doctor.faults import FAULTS, Fault, Severity
from gradwright.bench.doctor.healthy import VARIANTS, Variant
from gradwright.bench.doctor.networks import linears
from gradwright.bench.doctor.sets import Half
from gradwright.bench.doctor.trial import Training
from gradwright.nn.walk import walk

SEED, ORDER = 1, 0


@dataclass(frozen=True)
class Case:
    """What is done to a base, and how strongly.

    ``name`` is such as "peaks-deep | rate too high | rate times 30", "peaks-deep | small | rows: 150".
    """

    base: Base
    what: Fault | Variant
    severity: Severity

    @property
    def name(self) -> str:
        return " | ".join((self.base.name, self.group, self.title))

    @property
    def group(self) -> str:
        """What is wrong, or the family of a healthy one."""
        return self.what.kind if isinstance(self.what, Fault) else self.what.family

    @property
    def title(self) -> str:
        """What was done, and how strongly."""
        return self.what.titled(self.severity).strip()

    @property
    def half(self) -> Half:
        """Kept apart by its data set, or by its severity."""
        apart = self.base.table.half == "kept apart" or self.severity in self.what.apart
        return "kept apart" if apart else "development"

    @property
    def fault(self) -> Fault | None:
        """What is wrong; None for a healthy one."""
        return self.what if isinstance(self.what, Fault) else None

    def twin(self) -> Training | None:
        """The sound training beside it; None where there is none."""
        base = self.base.training()
        if self.fault is None or self.fault.twin is None:
            return base
        return self.fault.twin(base, self.severity, self._rng(0))

    def training(self) -> Training | None:
        """The training itself; None where the fault or variant means nothing for the base."""
        if isinstance(self.what, Variant):
            return self.what.make(self.base.training(), self.severity, self._rng(1))
        twin = self.twin()
        return None if twin is None else self.what.inject(twin, self.severity, self._rng(1))

    def layers(self) -> frozenset[str]:
        """The names of the linear layers that are not as the twin's, where the fault is in some of them."""
        twin, sick = self.twin(), self.training()
        assert twin is not None, self.name
        assert sick is not None, self.name
        places = [p.name for p in walk(sick.config.network) if p.layer in linears(sick.config.network)]
        before, after = linears(twin.config.network), linears(sick.config.network)
        return frozenset(place for place, old, new in zip(places, before, after, strict=True) if old != new)

    def _rng(self, branch: int) -> np.random.Generator:
        return np.random.default_rng([SEED, branch, *self.name.encode()])


def candidates() -> Iterator[Case]:
    """Every fault and every variant of every base, in order, whether or not it means anything there."""
    made: tuple[Fault | Variant, ...] = (*FAULTS, *VARIANTS)
    for base in BASES.values():
        for what in made:
            yield from (Case(base, what, severity) for severity in (*what.severities, *what.apart))


@cache
def in_order() -> tuple[Case, ...]:
    """All candidates in the order in which they are examined: drawn, so that any beginning is a sample."""
    every = list(candidates())
    return tuple(every[k] for k in np.random.default_rng(ORDER).permutation(len(every)))
