"""Networks from their widths: what they are made of, and how many parameters they have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from gradwright.errors import ConfigError
from gradwright.nn import (
    Linear,
    ParameterLayout,
    ReLU,
    Residual,
    Sequential,
    Sum,
    Tanh,
    mlp,
    residual_block,
    residual_mlp,
)
from gradwright.nn.initializers import HeNormal, Normal


def test_an_mlp_has_activations_between_its_layers_and_none_after_the_last() -> None:
    assert mlp(2, 8, 4, 3, activation=ReLU()) == Sequential(
        Linear(2, 8), ReLU(), Linear(8, 4), ReLU(), Linear(4, 3)
    )
    assert mlp(2, 3) == Sequential(Linear(2, 3))


def test_a_residual_mlp_has_blocks_and_a_linear_layer_to_the_classes() -> None:
    assert residual_mlp(5, 20, 10, 3) == Sequential(
        residual_block(5, 20), residual_block(20, 10), Linear(10, 3)
    )
    assert residual_mlp(5, 3) == Sequential(Linear(5, 3))


@pytest.mark.parametrize("build", [mlp, residual_mlp])
def test_every_linear_layer_gets_the_initialisers(build: type) -> None:
    layout = ParameterLayout.of(build(5, 8, 3, weight_init=HeNormal(), bias_init=Normal(0.5)))
    for slot in layout.slots:
        expected = HeNormal() if slot.name.endswith("weight") else Normal(0.5)
        assert slot.parameter.initializer == expected


@pytest.mark.parametrize(
    ("widths", "count"),
    [((784, 512, 512, 10), 669_706), ((784, 600, 250, 10), 623_760)],
    ids=["report S3", "report S3, solution 1"],
)
def test_the_parameter_counts_of_the_reports(widths: tuple[int, ...], count: int) -> None:
    assert ParameterLayout.of(mlp(*widths)).size == count


@pytest.mark.parametrize("build", [mlp, residual_mlp])
@pytest.mark.parametrize("widths", [(), (2,)])
def test_a_network_needs_an_input_and_an_output_width(build: type, widths: tuple[int, ...]) -> None:
    message = rf"{build.__name__}\.widths: expected the input and the output width, found \[2?\]"
    with pytest.raises(ConfigError, match=message):
        build(*widths)


def test_a_width_below_one_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Linear\.out_features: expected a whole number >= 1, found 0"):
        mlp(2, 0, 3)


def test_activations_and_initialisers_may_be_given_by_name() -> None:
    named = mlp(2, 8, 3, activation="ReLU", weight_init="HeNormal")
    assert named == mlp(2, 8, 3, activation=ReLU(), weight_init=HeNormal())
    assert Sequential(Linear(2, 8), "Tanh", Linear(8, 3)) == mlp(2, 8, 3)
    assert residual_mlp(5, 20, 3, weight_init="HeNormal") == residual_mlp(5, 20, 3, weight_init=HeNormal())


RELU: Any = ReLU
TANH: Any = Tanh
LINEAR: Any = Linear
NOTHING: Any = None
LAYERS: Any = [Linear(2, 8)]
WRONG: dict[str, Callable[..., Any]] = {
    "mlp.activation.kind: 'ReLu' is not known; did you mean 'ReLU'?": lambda: mlp(2, 8, 3, activation="ReLu"),
    "activation: expected a layer, found the class ReLU; write ReLU()": lambda: mlp(2, 8, activation=RELU),
    "mlp.activation: expected a layer, found None": lambda: mlp(2, 8, 3, activation=NOTHING),
    "layer 1: expected a layer, found the class Tanh; write Tanh()": lambda: Sequential(Linear(2, 8), TANH),
    "layer 0: expected a layer, found the class Linear; write Linear(...)": lambda: Sequential(LINEAR),
    "layer 0: expected a layer, found [Linear(in_features=2": lambda: Sequential(LAYERS),
    "Residual.body: expected a layer, found the class Tanh; write Tanh()": lambda: Residual(TANH),
    "Sum, branch 0: expected a layer, found the class Tanh; write Tanh()": lambda: Sum(TANH),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_no_layer_is_refused_in_one_sentence(message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        WRONG[message]()
    assert "\n" not in str(caught.value)


def test_tanh_is_the_activation_unless_another_is_asked_for() -> None:
    assert mlp(2, 8, 3).layers[1] == Tanh()
