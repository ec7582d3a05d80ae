"""A layer as maps between named arrays: x, dy and its parameters by full name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from gradwright.check.battery.subject import Arrays, Subject, away_from_zero, copies
from gradwright.check.points import Array, walk
from gradwright.check.streams import Stream, own_generator
from gradwright.nn import Mode, ParameterLayout
from gradwright.nn.layer import Cache, Params


@dataclass(frozen=True)
class LayerSubject(Subject):
    """A layer; of an x of whole numbers there are no derivatives."""

    layer: Any
    training: bool
    seed: int
    output: ClassVar[str] = "y"

    @classmethod
    def of(
        cls, layer: Any, x: Array, parameters: Arrays, training: bool, seed: int, rng: np.random.Generator
    ) -> LayerSubject:
        """The layer on x, with a random dy."""
        subject = cls({"x": x, **parameters}, layer, training, seed)
        y, _ = subject.forward(copies(subject.inputs))
        return replace(subject, inputs={**subject.inputs, "dy": away_from_zero(rng, y.shape).astype(y.dtype)})

    @property
    def moves_x(self) -> bool:
        return self.inputs["x"].dtype.kind == "f"

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(name for name in self.inputs if name not in ("x", "dy"))

    @property
    def variables(self) -> tuple[str, ...]:
        return ("x", *self.parameters) if self.moves_x else self.parameters

    def forward(self, inputs: Arrays) -> tuple[Array, Cache]:
        mode = Mode(self.training, own_generator(self.seed, Stream.MODEL))
        y, cache = self.layer.forward(self._params(inputs), inputs["x"], mode)
        return y, cache

    def backward(self, inputs: Arrays, cache: Cache) -> dict[str, Array]:
        dx, dparams = self.layer.backward(self._params(inputs), cache, inputs["dy"])
        moved = {"dx": dx} if self.moves_x else {}
        return moved | {f"d{name}": array for name, array in walk(dparams)}

    def value(self, inputs: Arrays) -> Any:
        """<dy, y>, whose gradients are what backward returns."""
        return (inputs["dy"] * self.forward(inputs)[0]).sum()

    def another(self) -> Arrays:
        x = self.inputs["x"]
        return {**copies(self.inputs), "x": 2 * x if self.moves_x else x[::-1].copy()}

    def _params(self, inputs: Arrays) -> Params:
        """The nested dictionaries that the layer takes, around the very arrays in ``inputs``."""
        tree: dict[str, Any] = {}
        for name in self.parameters:
            *path, last = name.split(".")
            branch = tree
            for part in path:
                branch = branch.setdefault(part, {})
            branch[last] = inputs[name]
        return tree


def drawn_parameters(layer: Any, dtype: Any, rng: np.random.Generator) -> dict[str, Array]:
    """Random parameters of the shapes that the layer declares, by full name; none where it declares none.

    Statistics are positive, as variances are.
    """
    if not hasattr(layer, "parameters"):
        return {}
    dtype = dtype if dtype.kind == "f" else np.float64
    slots = ParameterLayout.of(layer).slots
    drawn = {slot.name: away_from_zero(rng, slot.shape).astype(dtype) for slot in slots}
    return drawn | {slot.name: abs(drawn[slot.name]) for slot in slots if not slot.parameter.trained}
