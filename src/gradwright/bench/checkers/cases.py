"""What is judged: every architecture with each of its faults, and random ones, right and wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.architectures import ARCHITECTURES, RAW_DATA
from gradwright.bench.checkers.model import Fault, Gradient, Model
from gradwright.bench.checkers.models.units import MixedUnits
from gradwright.bench.checkers.planted import PLANTED
from gradwright.bench.checkers.spoilers import Spoiler, disturbed, only
from gradwright.check.points import Array

ELSEWHERE = 1.25  # times the point: another one of the same kind
ROUNDING = 1e-12  # of the largest entry: below it two gradients are the same, summed in another order


@dataclass(frozen=True, eq=False)
class Case:
    """A model, and what is wrong with its gradient; ``fault`` None where nothing is.

    ``spoil`` makes the gradient to be judged from the right one.
    """

    name: str
    model: Model
    fault: Fault | None
    spoil: Spoiler

    def fresh_gradient(self) -> Gradient:
        """The gradient to be judged, without anything that an earlier caller left in it."""
        return self.spoil(self.model.gradient)

    @cached_property
    def differences(self) -> dict[str, Array]:
        """Wrong minus right, by parameter, after a call elsewhere: some faults show only then."""
        gradient, right = self.fresh_gradient(), self.model.gradient(self.model.point)
        gradient({name: ELSEWHERE * array for name, array in self.model.point.items()})
        wrong = gradient(self.model.point)
        return {name: wrong[name] - right[name] for name in right}

    @cached_property
    def size(self) -> float:
        """The largest difference beside the largest entry of the same parameter's gradient."""
        return max(float(self._relative(name).max()) for name in self.differences)

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The parameters whose gradient is wrong."""
        return frozenset(name for name in self.differences if self._relative(name).max() > ROUNDING)

    @cached_property
    def entry(self) -> str | None:
        """The wrong entry, such as ``W2[3, 7]``, if it is the only one."""
        places = [
            f"{name}[{', '.join(map(str, place))}]"
            for name in self.parameters
            for place in np.argwhere(self._relative(name) > ROUNDING)
        ]
        return places[0] if len(places) == 1 else None

    def names_parameter(self, location: str | None) -> bool:
        """Whether a location names wrong parameters and no others.

        Where every parameter is wrong there is nothing to find, and no location is right as well.
        """
        named = {name for name in self.model.point if re.search(rf"\b{name}\b", location or "")}
        return named <= self.parameters and bool(named or self.parameters == set(self.model.point))

    def _relative(self, name: str) -> Array:
        largest = np.abs(self.model.gradient(self.model.point)[name]).max()
        return np.asarray(np.abs(self.differences[name]) / largest)


def planted_cases(seed: int = 0) -> Iterator[Case]:
    """Every model with each of its faults: those made on the way, then those on the finished gradient."""
    models = [draw(np.random.default_rng([seed, k])) for k, draw in enumerate((*ARCHITECTURES, RAW_DATA))]
    for model in models:
        for fault in model.faults:
            yield Case(f"{model.name}: {fault.name}", model, fault, partial(_on_the_way, model, fault.name))
        for fault, spoil in PLANTED.get(model.name, ()):
            yield Case(f"{model.name}: {fault.name}", model, fault, spoil)


def correct_cases(count: int, dtype: DTypeLike = np.float64, seed: int = 1) -> Iterator[Case]:
    """Right gradients of models drawn at random, each architecture in turn."""
    for k, model in _drawn(count, dtype, seed):
        yield Case(f"{model.name}, {np.dtype(dtype).name}, draw {k}", model, None, _unspoilt)


def mixed_unit_cases(count: int, seed: int = 3) -> Iterator[Case]:
    """Right gradients whose parameters differ in size by up to twelve orders of magnitude."""
    for k, model in _drawn(count, np.float64, seed):
        mixed = MixedUnits.draw(np.random.default_rng([seed, k, 1]), model)
        yield Case(f"{mixed.name}, draw {k}", mixed, None, _unspoilt)


def disturbed_cases(count: int, error: float, seed: int = 2) -> Iterator[Case]:
    """Gradients with a random difference, ``error`` times as long as they are, in one parameter of each."""
    for k, model in _drawn(count, np.float64, seed):
        rng = np.random.default_rng([seed, k, 1])
        name = str(rng.choice(list(model.point)))
        v = rng.standard_normal(model.point[name].shape)
        spoil = only(name, disturbed(error * v / np.linalg.norm(v)))
        yield Case(
            f"{model.name}, d{name} off by {error:g}, draw {k}", model, Fault.of("random error"), spoil
        )


def _drawn(count: int, dtype: DTypeLike, seed: int) -> Iterator[tuple[int, Model]]:
    for k in range(count):
        draw = ARCHITECTURES[k % len(ARCHITECTURES)]
        yield k, draw(np.random.default_rng([seed, k]), dtype)


def _on_the_way(model: Model, fault: str, _right: Gradient) -> Gradient:
    return partial(model.gradient, fault=fault)


def _unspoilt(right: Gradient) -> Gradient:
    return right
