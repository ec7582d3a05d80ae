"""A network as JSON: nothing is lost, and every mistake is named by its path."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import (
    Layer,
    Linear,
    ReLU,
    Residual,
    Sequential,
    Sum,
    mlp,
    network_from_json,
    network_from_spec,
    network_to_json,
    residual_mlp,
)
from gradwright.nn.initializers import HeNormal, Normal, Uniform
from gradwright.specs import to_spec

LINEAR = {"kind": "Linear", "in_features": 2, "out_features": 3}


def chain(*layers: Any) -> dict[str, Any]:
    return {"kind": "Sequential", "layers": list(layers)}


def document(network: Any, version: Any = 1) -> str:
    return json.dumps({"gradwright_network": version, "network": network})


# Round trips


@given(data=st.data())
def test_a_network_survives_json(data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]) -> None:
    network, _ = data.draw(networks)
    text = network_to_json(network)
    assert network_from_json(text) == network
    assert network_to_json(network_from_json(text)) == text


def test_the_document_writes_every_size_and_initialiser_out() -> None:
    assert json.loads(network_to_json(Linear(2, 3, weight_init=Normal(0.5)))) == {
        "gradwright_network": 1,
        "network": {
            "kind": "Linear",
            "in_features": 2,
            "out_features": 3,
            "bias": True,
            "weight_init": {"kind": "Normal", "std": 0.5, "mean": 0.0},
            "bias_init": {"kind": "Zeros"},
        },
    }


# What a specification may leave out


def test_defaults_may_be_left_out_and_a_bare_name_is_a_kind() -> None:
    assert network_from_spec(LINEAR) == Linear(2, 3)
    assert network_from_spec(chain(LINEAR, "ReLU")) == Sequential(Linear(2, 3), ReLU())
    assert network_from_spec({**LINEAR, "weight_init": "HeNormal"}) == Linear(2, 3, weight_init=HeNormal())


def test_widths_stand_for_the_layers_of_an_mlp() -> None:
    assert network_from_spec({"kind": "mlp", "widths": [2, 50, 5]}) == mlp(2, 50, 5)
    spec = {"kind": "mlp", "widths": [2, 8, 3], "activation": "ReLU", "weight_init": "HeNormal"}
    assert network_from_spec(spec) == mlp(2, 8, 3, activation=ReLU(), weight_init=HeNormal())


def test_widths_stand_for_the_blocks_of_a_residual_mlp() -> None:
    spec = {"kind": "residual_mlp", "widths": [5, 20, 5], "bias_init": {"kind": "Uniform", "low": 0}}
    assert network_from_spec(spec) == residual_mlp(5, 20, 5, bias_init=Uniform(0.0, 1.0))


def test_widths_may_stand_inside_a_network() -> None:
    inner = {"kind": "mlp", "widths": [3, 8, 3]}
    assert network_from_spec(chain(LINEAR, {"kind": "Residual", "body": inner})) == Sequential(
        Linear(2, 3), Residual(mlp(3, 8, 3))
    )
    assert network_from_spec({"kind": "Sum", "branches": [inner, "Tanh"]}).output_features(3) == 3


def test_a_shorthand_is_written_as_the_layers_it_stands_for() -> None:
    network = network_from_spec({"kind": "mlp", "widths": [2, 8, 3]})
    assert to_spec(network) == to_spec(mlp(2, 8, 3))
    assert '"mlp"' not in network_to_json(network)


# Mistakes


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (chain(LINEAR, "Tanh", {**LINEAR, "in_feature": 3}),
         "network.layers[2].in_feature: Linear has no such key; did you mean 'in_features'?"),
        ({**LINEAR, "colour": 1},
         "network.colour: Linear has no such key; "
         "choose from bias, bias_init, in_features, out_features, weight_init"),
        (chain(LINEAR, {"kind": "Linear", "in_features": 3}),
         "network.layers[1].out_features: Linear needs this key"),
        (chain({**LINEAR, "in_features": "2"}),
         "network.layers[0].in_features: expected a whole number >= 1, found '2'"),
        ({**LINEAR, "in_features": True}, "network.in_features: expected a whole number >= 1, found True"),
        ({**LINEAR, "in_features": 2.5}, "network.in_features: expected a whole number >= 1, found 2.5"),
        ({**LINEAR, "bias": 1}, "network.bias: expected true or false, found 1"),
        ({**LINEAR, "weight_init": {"kind": "Normal", "std": "1"}},
         "network.weight_init.std: expected a finite number >= 0, found '1'"),
        ({**LINEAR, "weight_init": {"kind": "Normal", "std": -1}},
         "network.weight_init.std: expected a finite number >= 0, found -1"),
        ({**LINEAR, "bias_init": {"kind": "Uniform", "low": 1, "high": 0}},
         "network.bias_init: Uniform: expected finite low < high, found low 1.0 and high 0.0"),
        ({**LINEAR, "weight_init": "ReLU"},
         "network.weight_init: expected a kind of initializer, found 'ReLU'"),
        (chain(LINEAR, "Zeros"), "network.layers[1]: expected a kind of layer, found 'Zeros'"),
        ({"kind": "mlp", "widths": [2, 3], "activation": "HeNormal"},
         "network.activation: expected a kind of layer, found 'HeNormal'"),
        ("Zeros", "network: expected a layer, found Zeros"),
        ("ReLu", "network.kind: 'ReLu' is not known; did you mean 'ReLU'?"),
        (chain({"kind": "Sequental", "layers": ["Tanh"]}),
         "network.layers[0].kind: 'Sequental' is not known; did you mean 'Sequential'?"),
        (chain(), "network: Sequential: expected at least one layer, found none"),
        ({"kind": "Sequential", "layers": "Tanh"}, "network.layers: expected a list, found 'Tanh'"),
        ({"kind": "Residual", "body": 3}, "network.body: expected a table with a 'kind', found 3"),
        (chain({"kind": "Dropout", "rate": 1}),
         "network.layers[0].rate: expected a number in [0, 1), found 1"),
        ({"kind": "Linear", "in_features": 0, "out_features": 3},
         "network.in_features: expected a whole number >= 1, found 0"),
        ({"kind": "mlp", "widths": [2]},
         "network: mlp.widths: expected the input and the output width, found [2]"),
        (chain("Tanh", {"kind": "mlp", "widths": [2, "8", 3]}),
         "network.layers[1].widths[1]: expected a whole number >= 1, found '8'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_path(spec: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        network_from_spec(spec)
    assert str(caught.value) == message


def test_sizes_that_do_not_meet_are_named_by_path_and_position() -> None:
    with pytest.raises(ShapeError) as caught:
        network_from_spec(chain(LINEAR, chain("Tanh", LINEAR, LINEAR)))
    assert str(caught.value) == "network.layers[1]: layer 2: Linear(2, 3) takes 2 features, found 3"


def test_the_path_begins_where_the_caller_says() -> None:
    with pytest.raises(ConfigError, match=r"^run\.toml: network\.in_features: expected a whole number"):
        network_from_spec({**LINEAR, "in_features": "2"}, "run.toml: network")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "net.json: expected JSON, found: Expecting value"),
        ("{'kind': 'Linear'}", "net.json: expected JSON, found: "),
        ('{"gradwright_network": ' + "9" * 5000 + "}", "net.json: expected JSON, found: Exceeds the limit"),
        ("[]", "net.json: expected the keys 'gradwright_network' and 'network'"),
        (json.dumps(LINEAR), "net.json: expected the keys 'gradwright_network' and 'network'"),
        (document(LINEAR, version=2), "net.json: expected version 1 of the format, found 2"),
        (document(LINEAR, version="1"), "net.json: expected version 1 of the format, found '1'"),
        (document({**LINEAR, "bias": None}), "net.json: network.bias: expected true or false, found None"),
        (
            document({"kind": "LeakyReLU", "slope": 2**200}),
            "net.json: expected JSON, found: a whole number of",
        ),
        (document({"kind": "LeakyReLU", "slope": math.nan}), "net.json: network.slope: expected a number in"),
        (document({**LINEAR, "kind": ["Linear"]}), "net.json: network.kind: ['Linear'] is not known"),
    ],
    ids=lambda v: v[:40],
)
def test_text_that_is_not_a_network_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        network_from_json(text, "net.json")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("depth", [700, 100_000])
def test_a_network_nested_too_deeply_is_refused(depth: int) -> None:
    """The deeper one is too much for the parser; the other can be parsed, but not be walked."""
    opening, closing = '{"kind": "Residual", "body": ', "}"
    network = opening * depth + '"Tanh"' + closing * depth
    with pytest.raises(ConfigError, match=r"^net\.json: expected JSON, found: .*(deep|nest)"):
        network_from_json(f'{{"gradwright_network": 1, "network": {network}}}', "net.json")


def test_a_network_nested_reasonably_is_read() -> None:
    network: Layer = Sum(ReLU())
    for _ in range(20):
        network = Residual(Sequential(network))
    assert network_from_json(network_to_json(network)) == network
