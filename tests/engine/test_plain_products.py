"""The fast kernels against the plain ones of the same engine: the same numbers but for rounding."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, native, variants
from gradwright.engine.models import make_model
from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array

pytestmark = [
    pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built"),
    pytest.mark.usefixtures("isa"),
]

# Of the norm of each array: some hundred terms summed in another order
ROUNDING = {"float64": 1e-14, "float32": 4e-6}
NETWORKS: dict[str, tuple[int, Layer]] = {
    "one product": (5, gw.Linear(5, 3)),
    "no bias": (5, gw.Sequential(gw.Linear(5, 9, bias=False), gw.ReLU(), gw.Linear(9, 3))),
    "as wide as registers": (16, gw.mlp(16, 64, 48, 3)),
    "one more than registers": (17, gw.mlp(17, 65, 49, 3)),
    "side by side": (7, gw.residual_mlp(7, 20, 20, 3)),
    "a sum of three": (
        6,
        gw.Sequential(gw.Sum(gw.Linear(6, 11), gw.Linear(6, 11), gw.Linear(6, 11)), gw.Linear(11, 3)),
    ),
    "an input that is added": (6, gw.Sequential(gw.Residual(gw.Linear(6, 6)), gw.Linear(6, 3))),
    "wide": (140, gw.residual_mlp(140, 150, 3)),
    "factors": (
        7,
        gw.Sequential(gw.Scale(7), gw.Linear(7, 20), gw.Mixed(gw.GELU(), 20), gw.Linear(20, 3), gw.Scale(3)),
    ),
    "norms": (
        7,
        gw.Sequential(gw.Linear(7, 20), gw.LayerNorm(20), gw.Tanh(), gw.BatchNorm(20), gw.Linear(20, 3)),
    ),
}
Fast = Literal["lanes", "panels"]


def assert_close(found: Array, expected: Array, tolerance: float, what: str) -> None:
    distance, size = np.linalg.norm(found - expected), np.linalg.norm(expected)
    assert distance <= tolerance * size, f"{what}: {distance / size:.1e} apart, {tolerance:.0e} allowed"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("family", ["lanes", "panels"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_products_are_the_plain_ones(name: str, family: Fast, dtype: str) -> None:
    inputs, network = NETWORKS[name]
    objective = Objective(network, gw.SoftmaxCrossEntropy())
    rng = np.random.default_rng(0)
    theta = objective.layout.initialize(rng, dtype)
    for rows in (1, 7, 16, 33):
        split = Split(rng.normal(size=(rows, inputs)).astype(dtype), rng.integers(3, size=rows))
        (value, grad, output), plain = (
            answers(make_model(objective, dtype, 16, family=kernels), objective, theta, split)
            for kernels in (family, "plain")
        )
        assert value == pytest.approx(plain[0], rel=ROUNDING[dtype])
        assert_close(output, plain[2], ROUNDING[dtype], "output")
        named = objective.layout.named(plain[1])
        for array, found in objective.layout.named(grad).items():
            assert_close(found, named[array], ROUNDING[dtype], f"{array} of {rows} rows")


def answers(model: Any, objective: Objective, theta: Array, split: Split) -> tuple[float, Array, Array]:
    """The value, the gradient and the output."""
    rows, dtype = Rows(split, Affine()), theta.dtype.name
    stored, targets = native.stored(rows, dtype), native.targets_of(objective, rows, dtype)
    grad, output = np.empty_like(theta), np.empty((len(split), 3), dtype)
    value = model.value_and_grad(theta, *stored, *targets, None, grad)
    model.predict(theta, *stored, output)
    return value, grad, output


def test_the_plain_products_learn_as_the_reference_does() -> None:
    """So that they are not wrong together with those that are held against them."""
    inputs, network = NETWORKS["side by side"]
    objective = Objective(network, gw.SoftmaxCrossEntropy(), gw.L2(0.01))
    rng = np.random.default_rng(1)
    theta = objective.layout.initialize(rng, "float64")
    split = Split(rng.normal(size=(20, inputs)), rng.integers(3, size=20))
    value, grad, _ = answers(make_model(objective, "float64", 16, family="plain"), objective, theta, split)
    wanted, wanted_grad = objective.value_and_grad(theta, split.x, split.y)
    assert value == pytest.approx(wanted, rel=1e-12)
    assert_close(grad, wanted_grad, 1e-12, "gradient")
