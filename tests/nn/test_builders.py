"""Networks from their widths: what they are made of, and how many parameters they have."""

from __future__ import annotations

import pytest

from gradwright.errors import ConfigError
from gradwright.nn import Linear, ParameterLayout, ReLU, Sequential, Tanh, mlp, residual_block, residual_mlp
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
    with pytest.raises(ConfigError, match="Linear: expected in_features and out_features of at least 1"):
        mlp(2, 0, 3)


def test_tanh_is_the_activation_unless_another_is_asked_for() -> None:
    assert mlp(2, 8, 3).layers[1] == Tanh()
