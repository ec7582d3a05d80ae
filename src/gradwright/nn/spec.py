"""A network as JSON, and back: every size and initialiser written out, with the version of the format.

In a specification a network, or a part of one, may also be written by its widths, as
``{"kind": "mlp", "widths": [2, 50, 5]}`` with an optional ``activation``, ``weight_init`` and ``bias_init``,
or as ``residual_mlp``. It is read as the layers it stands for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gradwright.errors import ConfigError
from gradwright.fields import Count
from gradwright.inputs import parse_json
from gradwright.nn.activations import ACTIVATIONS, Tanh
from gradwright.nn.attention import SelfAttention
from gradwright.nn.builders import mlp, residual_mlp
from gradwright.nn.column_factors import Mixed, Scale
from gradwright.nn.columns import Columns
from gradwright.nn.convolution import Conv1d
from gradwright.nn.dropout import Dropout
from gradwright.nn.embedding import Embedding
from gradwright.nn.initializers import INITIALIZERS, GlorotUniform, Zeros
from gradwright.nn.layer import Initializer, Layer
from gradwright.nn.linear import Linear
from gradwright.nn.normalization import BatchNorm, LayerNorm
from gradwright.nn.periodic import PeriodicEmbedding
from gradwright.nn.recurrent import LSTM
from gradwright.nn.residual import Residual, Sum
from gradwright.nn.sequential import Sequential
from gradwright.specs import Kinds, Spec, from_spec, kinds_of, to_spec

VERSION = 1


@dataclass(frozen=True)
class _Mlp:
    """The widths of a plain network, as a specification may give them."""

    widths: tuple[Count, ...]
    activation: Layer = Tanh()
    weight_init: Initializer = GlorotUniform()
    bias_init: Initializer = Zeros()

    def build(self) -> Sequential:
        return mlp(
            *self.widths,
            activation=self.activation,
            weight_init=self.weight_init,
            bias_init=self.bias_init,
        )


@dataclass(frozen=True)
class _ResidualMlp:
    """The widths of a residual network, as a specification may give them."""

    widths: tuple[Count, ...]
    weight_init: Initializer = GlorotUniform()
    bias_init: Initializer = Zeros()

    def build(self) -> Sequential:
        return residual_mlp(*self.widths, weight_init=self.weight_init, bias_init=self.bias_init)


LAYERS = (
    Linear,
    *ACTIVATIONS,
    Dropout,
    LayerNorm,
    BatchNorm,
    Scale,
    Mixed,
    Embedding,
    PeriodicEmbedding,
    Conv1d,
    SelfAttention,
    LSTM,
    Sequential,
    Sum,
    Residual,
    Columns,
)
NETWORK_KINDS = {
    **kinds_of(*LAYERS, *INITIALIZERS),
    "mlp": _Mlp,
    "residual_mlp": _ResidualMlp,
}


def network_from_spec(spec: Any, where: str = "network", own: Kinds | None = None) -> Layer:
    """The network that plain data describes; ``where`` is its path in messages.

    ``own`` are kinds of layers of one's own, which stand beside gradwright's.

    Raises ``ConfigError`` for unknown kinds and keys and impossible values, ``ShapeError`` where sizes do
    not meet.

    >>> network_from_spec({"kind": "mlp", "widths": [2, 8, 3]}).output_features(2)
    3
    """
    try:
        network: Layer = from_spec(spec, {**NETWORK_KINDS, **(own or {})}, where)
    except RecursionError:
        raise ConfigError(f"{where}: expected a network, found one too deeply nested to be read") from None
    if not isinstance(network, (*LAYERS, *(own or {}).values())):
        raise ConfigError(f"{where}: expected a layer, found {type(network).__name__}")
    return network


def network_to_json(network: Layer) -> str:
    """The network as JSON text; ``network_from_json`` undoes it."""
    return json.dumps({"gradwright_network": VERSION, "network": to_spec(network)}, indent=2)


def network_from_json(text: str, where: str = "network.json") -> Layer:
    """The network that ``network_to_json`` wrote; ``where`` names its origin in messages.

    Raises ``ConfigError`` for text that is not such a network, or is of another version.

    >>> from gradwright.nn import Linear
    >>> network_from_json(network_to_json(Linear(2, 3))) == Linear(2, 3)
    True
    """
    document: Spec = parse_json(text, where, ConfigError)
    if not isinstance(document, dict) or document.keys() != {"gradwright_network", "network"}:
        raise ConfigError(f"{where}: expected the keys 'gradwright_network' and 'network'")
    if document["gradwright_network"] != VERSION:
        raise ConfigError(
            f"{where}: expected version {VERSION} of the format, found {document['gradwright_network']!r}"
        )
    return network_from_spec(document["network"], f"{where}: network")
