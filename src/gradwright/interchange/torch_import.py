"""An ``nn.Sequential`` of PyTorch as a model; PyTorch itself is not needed for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradwright.data import Affine, Labels
from gradwright.errors import ConfigError
from gradwright.interchange.model import Model
from gradwright.nn import (
    ELU,
    GELU,
    SELU,
    BatchNorm,
    Dropout,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    MeanSquaredError,
    Mish,
    Mixed,
    ParameterLayout,
    ReLU,
    Residual,
    Scale,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
)
from gradwright.nn.layer import Array
from gradwright.nn.walk import walk
from gradwright.training.target import Target

PLAIN: dict[str, Layer] = {  # that have no settings
    type(layer).__name__: layer for layer in (ReLU(), SELU(), Tanh(), Sigmoid(), SiLU(), Mish())
}
Taken = tuple[Layer, dict[str, Any]]  # a layer, and the tree of its arrays


def from_torch(module: Any, *, classes: Sequence[int] | Sequence[str] | None = None) -> Model:
    """The network of an ``nn.Sequential`` with the module's own numbers.

    It may hold Linear, ReLU, LeakyReLU, ELU, SELU, Tanh, Sigmoid, Softplus, GELU (approximate="tanh"), SiLU,
    Mish, Dropout, BatchNorm1d and LayerNorm, further Sequentials, and the classes Residual, Sum, Scale and
    Mixed that ``save_torch`` writes.

    Args:
        module: the ``nn.Sequential``, in any precision and on any device.
        classes: the labels of its outputs, in their order, where these are logits of classes.

    Raises ``ConfigError`` that names a module which has no counterpart, or is set otherwise.

    >>> import pytest; torch = pytest.importorskip("torch")
    >>> module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
    >>> model = from_torch(module)
    >>> model.network
    Sequential(layers=(Linear(in_features=2, out_features=3, ...), Tanh()))
    >>> bool(np.allclose(model.outputs(np.ones((1, 2))), module(torch.ones(1, 2)).detach()))
    True
    """
    network, tree = _taken(module, "module")
    layout = ParameterLayout.of(network)
    theta = layout.pack(tree)
    sizes = (_in_features(place.layer) for place in walk(network))
    labels = None if classes is None else Labels.listed(classes)
    return Model(
        network=network,
        theta=theta.astype(np.float64 if theta.dtype == np.float64 else np.float32),
        in_features=next((size for size in sizes if size), 1),
        loss=MeanSquaredError() if labels is None else SoftmaxCrossEntropy(),
        target=Target(labels, Affine(), flat=labels is not None),
    )


def _in_features(layer: Layer) -> int:
    """The columns that a layer takes; 0 where it takes any."""
    return layer.in_features if isinstance(layer, Linear) else getattr(layer, "features", 0)


def _array(tensor: Any) -> Array:
    """A tensor of any device; half precision becomes float32."""
    found = tensor.detach().cpu()
    return np.asarray((found if str(found.dtype) == "torch.float64" else found.float()).numpy())


def _taken(module: Any, where: str) -> Taken:
    name = type(module).__name__
    if name in PLAIN:
        return PLAIN[name], {}
    match name:
        case "Sequential" | "Residual" | "Sum":
            inner = [_taken(each, f"{where}.{key}") for key, each in module.named_children()]
            return _container(name, inner, where)
        case "Linear":
            biased = module.bias is not None
            tree = {"weight": _array(module.weight).T} | ({"bias": _array(module.bias)} if biased else {})
            return Linear(module.in_features, module.out_features, bias=biased), tree
        case "LeakyReLU":
            return LeakyReLU(module.negative_slope), {}
        case "ELU":
            return ELU(module.alpha), {}
        case "Softplus":
            _require(where, "beta", 1, module.beta)
            return Softplus(), {}
        case "GELU":
            _require(where, "approximate", "tanh", module.approximate)
            return GELU(), {}
        case "Scale":
            return Scale(len(module.scale)), {"scale": _array(module.scale)}
        case "Mixed":
            activation, _ = _taken(module.activation, f"{where}.activation")
            return Mixed(activation, len(module.mix)), {"mix": _array(module.mix)}
        case "Dropout":
            return Dropout(module.p), {}
        case "BatchNorm1d":
            _require(
                where, "affine and track_running_stats", True, module.affine and module.track_running_stats
            )
            means = {"mean": _array(module.running_mean), "variance": _array(module.running_var)}
            momentum = 0.0 if module.momentum is None else 1 - module.momentum
            return BatchNorm(module.num_features, momentum=momentum, epsilon=module.eps), _norm(
                module
            ) | means
        case "LayerNorm":
            _require(where, "normalized_shape of one size, affine", True, _plain_norm(module))
            return LayerNorm(module.normalized_shape[0], epsilon=module.eps), _norm(module)
    raise ConfigError(f"{where}: {name} has no counterpart here; docs/interchange.md lists what has")


def _container(name: str, inner: list[Taken], where: str) -> Taken:
    if not inner:
        raise ConfigError(f"{where}: expected at least one module in it, found none")
    layers = [layer for layer, _ in inner]
    tree = {str(number): arrays for number, (_, arrays) in enumerate(inner) if arrays}
    if name == "Sum":
        return Sum(*layers), tree
    if name == "Residual":
        return (
            (Residual(layers[0]), inner[0][1]) if len(inner) == 1 else (Residual(Sequential(*layers)), tree)
        )
    return Sequential(*layers), tree


def _norm(module: Any) -> dict[str, Array]:
    return {"gamma": _array(module.weight), "beta": _array(module.bias)}


def _plain_norm(module: Any) -> bool:
    return len(module.normalized_shape) == 1 and module.weight is not None and module.bias is not None


def _require(where: str, setting: str, expected: Any, found: Any) -> None:
    if found != expected:
        raise ConfigError(f"{where}: {setting}: expected {expected!r}, found {found!r}")
