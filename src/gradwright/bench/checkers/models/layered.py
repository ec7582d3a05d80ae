"""Models of gradwright's own layers, in whose backward faults are planted."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.faulty import OnTheWay
from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import normal
from gradwright.check.points import Array
from gradwright.nn import Layer, Mode, Objective, Penalty, SoftmaxCrossEntropy


@dataclass(frozen=True)
class Layered:
    """A network of our layers under the softmax, and the faults on its way back.

    ``arrays`` are short names, such as W1, of what it trains, in the order of its layers. ``samples`` rows of
    ``features`` numbers with that ``mean`` are drawn for it, and labels of so many ``classes``.
    """

    name: str
    network: Layer
    arrays: str
    on_the_way: tuple[OnTheWay, ...]
    _: KW_ONLY
    samples: int
    features: int
    classes: int = 5
    mean: float = 0.0
    penalty: Penalty | None = None

    def draw(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> LayeredModel:
        objective = Objective(self.network, SoftmaxCrossEntropy(), self.penalty)
        shapes = [slot.shape for slot in objective.layout.trained]
        return LayeredModel(
            self.name,
            objective,
            self.on_the_way,
            point=normal(rng, dtype, **dict(zip(self.arrays.split(), shapes, strict=True))),
            X=(self.mean + rng.standard_normal((self.samples, self.features))).astype(dtype),
            labels=rng.integers(self.classes, size=self.samples),
        )


@dataclass(frozen=True, eq=False)
class LayeredModel:
    """An objective on one batch, in training and with the same random numbers in each call.

    Statistics stay as they begin.
    """

    name: str
    objective: Objective
    on_the_way: tuple[OnTheWay, ...]
    point: Point
    X: Array
    labels: Array

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(fault for fault, _ in self.on_the_way)

    def value(self, p: Point) -> Any:
        return self.objective.value(self._theta(p), self.X, self.labels, self._mode())

    def gradient(self, p: Point, fault: str = "") -> Point:
        plants = {each.name: plant for each, plant in self.on_the_way}
        objective = plants[fault](self.objective) if fault in plants else self.objective
        _, grad = objective.value_and_grad(self._theta(p), self.X, self.labels, self._mode())
        arrays = objective.layout.named(grad)
        return {name: arrays[full] for full, name in self._names().items()}

    def _names(self) -> dict[str, str]:
        """The short name of each trained array."""
        trained = self.objective.layout.trained
        return {slot.name: name for slot, name in zip(trained, self.point, strict=True)}

    def _theta(self, p: Point) -> Array:
        names, rng = self._names(), np.random.default_rng(0)
        arrays = [
            p[names[slot.name]] if slot.name in names else slot.parameter.initializer.draw(slot.shape, rng)
            for slot in self.objective.layout.slots
        ]
        return np.concatenate([array.ravel() for array in arrays], dtype=np.result_type(*p.values()))

    def _mode(self) -> Mode:
        return Mode(training=True, rng=np.random.default_rng(0))
