"""The gradient and Jacobian tables of reports S0 and S1, made again on gradwright's own layers.

Sizes and steps are those of the reports; weights, samples and directions are drawn from seeds, the directions
with both signs. Halving the step divides the first remainder by 2, and the second one by 4 where the
derivative is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.nn import (
    Layer,
    Linear,
    ParameterLayout,
    Sequential,
    SoftmaxCrossEntropy,
    Sum,
    Tanh,
    mlp,
    residual_mlp,
)
from gradwright.reproductions.taylor_tables import (
    Line,
    TaylorTable,
    along,
    jacobian_by_vjp,
    kinks_along,
    straightened,
    taylor_table,
)

Array = NDArray[np.float64]
Point = dict[str, Array]  # x, and every parameter by its name

SEED = 1
SEED_OF_THE_KINK = 2376  # a direction over a kink of relu between the two largest steps, as the report's was
LOSS = SoftmaxCrossEntropy()


@dataclass(frozen=True, eq=False)
class Network:
    """A layer, or a tree of them, as a map of its input and its parameters together."""

    layer: Layer

    @cached_property
    def layout(self) -> ParameterLayout:
        return ParameterLayout.of(self.layer)

    def point(self, rng: np.random.Generator) -> Point:
        """One sample in 0..1, and random parameters; biases too, which are usually 0 at first."""
        features = next(slot.shape[0] for slot in self.layout.slots)
        theta = self.layout.initialize(rng)
        theta[theta == 0] = 0.1 * rng.standard_normal((theta == 0).sum())
        return {"x": rng.uniform(size=(1, features)), **self.layout.named(theta)}

    def params(self, p: Point) -> Any:
        return self.layout.tree(self.layout.from_named({name: p[name] for name in p if name != "x"}))

    def forward(self, p: Point) -> Array:
        return self.layer.forward(self.params(p), p["x"])[0]

    def vjp(self, p: Point, u: Array) -> Point:
        """J' u, by the layer's own backward."""
        params = self.params(p)
        dx, dparams = self.layer.backward(params, self.layer.forward(params, p["x"])[1], u)
        return {"x": dx, **self.layout.named(self.layout.pack(dparams))}

    def loss(self, p: Point, label: int) -> Any:
        return LOSS.forward(self.forward(p), np.array([label]))[0]

    def loss_gradient(self, p: Point, label: int) -> Point:
        _, cache = LOSS.forward(self.forward(p), np.array([label]))
        return self.vjp(p, LOSS.backward(cache))


@dataclass(frozen=True, eq=False)
class Experiment:
    """One table of a report: F along a direction, its claimed derivative there, and the steps."""

    title: str
    line: Line
    derivative: Any
    steps: Array

    @cached_property
    def table(self) -> TaylorTable:
        return taylor_table(self.line, self.derivative, self.steps)

    def __str__(self) -> str:
        return f"{self.title}\n{self.table}\n"


def loss_test(
    title: str, layer: Layer, steps: Array, seed: int = SEED, moved: str = "parameters"
) -> Experiment:
    """F = the softmax loss of one sample of class 3."""
    network, rng = Network(layer), np.random.default_rng(seed)
    point = network.point(rng)
    v = direction(rng, point, moved)
    gradient = network.loss_gradient(point, 3)
    derivative = sum((gradient[name] * v[name]).sum() for name in point)
    return Experiment(title, along(lambda p: network.loss(p, 3), point, v), derivative, steps)


def layer_test(
    title: str, layer: Layer, steps: Array, seed: int = SEED, moved: str = "parameters"
) -> Experiment:
    """F = the output of a layer, whose derivative J v comes from its backward, row by row of J."""
    network, rng = Network(layer), np.random.default_rng(seed)
    point = network.point(rng)
    v = direction(rng, point, moved)
    y = network.forward(point)
    flat = np.concatenate([v[name].ravel() for name in point])
    derivative = (jacobian_by_vjp(network.vjp, point, y) @ flat).reshape(y.shape)
    return Experiment(title, along(network.forward, point, v), derivative, steps)


def direction(rng: np.random.Generator, point: Point, moved: str) -> Point:
    """Normal draws, of length 1 together, where ``moved`` says: in x, weight, bias, or all parameters."""

    def moves(name: str) -> bool:
        return name != "x" if moved == "parameters" else name.endswith(moved)

    v = {name: rng.standard_normal(array.shape) * moves(name) for name, array in point.items()}
    length = np.sqrt(sum((array**2).sum() for array in v.values()))
    return {name: array / length for name, array in v.items()}


def halved(first: float, count: int) -> Array:
    return first / 2.0 ** np.arange(count, dtype=np.float64)


def s0_tests() -> list[Experiment]:
    """The softmax loss, and a layer of 2 to 3 units, with W, X and b moved one by one."""
    layer, steps = Sequential(Linear(2, 3), Tanh()), halved(1, 20)
    named = {"W": "weight", "X": "x", "b": "bias"}
    return [
        *(loss_test(f"S0: softmax loss by {n}", Linear(2, 5), steps, moved=m) for n, m in named.items()),
        *(layer_test(f"S0: Jacobian of a layer by {n}", layer, steps, moved=m) for n, m in named.items()),
    ]


def s1_tests() -> list[Experiment]:
    """Softmax regression, two layers and three whole networks; the last one leads over a kink."""
    block = Sequential(Sum(Linear(5, 20), Sequential(Linear(5, 20), Tanh())), Tanh())
    return [
        loss_test("S1, 1: softmax regression", Linear(10, 10, bias=False), halved(2, 10)),
        layer_test("S1, 2: Jacobian of a tanh layer", Sequential(Linear(5, 20), Tanh()), halved(0.2, 20)),
        layer_test("S1, 3: Jacobian of a residual layer", block, halved(0.2, 20)),
        loss_test("S1, 4: network 2-50-5, first run", mlp(2, 50, 5), halved(0.3, 10)),
        loss_test("S1, 5: network 2-50-5, second run", mlp(2, 50, 5), halved(0.3, 10), SEED + 1),
        loss_test(
            "S1, 6: residual network 2-100-5", residual_mlp(2, 100, 5), halved(0.3, 10), SEED_OF_THE_KINK
        ),
    ]


def explained(test: Experiment) -> str:
    """The ratio at the largest step as it is, and without the kinks before it."""
    largest = float(test.steps[0])
    kinks = kinks_along(test.line, largest)
    smooth = taylor_table(straightened(test.line, kinks), test.derivative, test.steps)
    jumps = ", ".join(f"by {kink.jump:.1e} at {kink.at:.3f}" for kink in kinks)
    before, after = test.table.rows[0].second_ratio, smooth.rows[0].second_ratio
    return (
        f"The ratio {before:.2f} at the largest step is a kink, no fault of the gradient: on the way to\n"
        f"{largest:g} a relu turns on or off, and there the slope of the loss jumps, {jumps}.\n"
        f"Without the jump the ratio is {after:.2f}. Smaller steps do not reach it."
    )


def main() -> None:
    """Print every table."""
    tests = [*s0_tests(), *s1_tests()]
    for test in tests:
        print(test)
    print(explained(tests[-1]))
