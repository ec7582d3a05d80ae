"""Layers, losses and penalties of one's own: what a file holds of them, and a trial before the first step.

A file holds the name of the class and its fields. Nothing is imported because a file names it: whoever reads
the file hands the classes over. Each layer is tried on three rows; what is wrong is said by its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import LOSSES, NETWORK_KINDS, PENALTIES, Layer, Mode, ParameterLayout
from gradwright.nn.layer import Array
from gradwright.nn.spec import LAYERS, network_from_spec
from gradwright.nn.walk import Container, walk
from gradwright.specs import Kinds, from_spec, kinds_of

PIECES: dict[str, Kinds] = {  # the fields of a config that may hold classes of one's own, and gradwright's
    "network": NETWORK_KINDS,
    "loss": kinds_of(*LOSSES),
    "penalty": kinds_of(*PENALTIES),
}
ROWS_TRIED = 3
_KNOWN = {cls for kinds in PIECES.values() for cls in kinds.values()}


def own_classes(*pieces: Any) -> tuple[type, ...]:
    """The classes of layers, losses and penalties, and of what they hold, that are not gradwright's.

    >>> from gradwright.nn import Linear, Sequential, Tanh
    >>> own_classes(Sequential(Linear(2, 3), Tanh()))
    ()
    """
    return tuple(dict.fromkeys(_own(pieces)))


def _own(value: Any) -> Iterator[type]:
    if isinstance(value, tuple | list):
        for each in value:
            yield from _own(each)
    elif dataclasses.is_dataclass(value) or hasattr(value, "forward"):
        if type(value) not in _KNOWN:
            yield type(value)
        if dataclasses.is_dataclass(value):
            yield from _own([getattr(value, field.name) for field in dataclasses.fields(value)])


def require_names(classes: Sequence[type]) -> None:
    """Raise ``ConfigError`` for a class that its name and fields in a file do not make again."""
    known = {cls.__name__ for cls in _KNOWN}
    names = [cls.__name__ for cls in classes]
    for cls, name in zip(classes, names, strict=True):
        if not _is_frozen_dataclass(cls):
            raise ConfigError(
                f"{name} cannot be written to a file: expected a frozen dataclass of plain values; "
                "put @dataclass(frozen=True) above the class"
            )
        if name in known or names.count(name) > 1:
            raise ConfigError(f"{name} cannot be written to a file: another class has that name; rename it")


def _is_frozen_dataclass(cls: type) -> bool:
    """Whether a class itself is one: what inherits the fields of another may hold more than they say."""
    own = vars(cls)
    return "__dataclass_fields__" in own and bool(own["__dataclass_params__"].frozen)


def with_own(settings: Mapping[str, Any], classes: Sequence[type]) -> dict[str, Any]:
    """The settings of a file with its network, loss and penalty made, ``classes`` among their kinds.

    Raises ``ConfigError`` for a kind that is neither gradwright's nor one of ``classes``, by its name.
    """
    require_names(classes)
    own, made = kinds_of(*classes), dict(settings)
    for name, kinds in PIECES.items():
        if name not in settings:
            continue
        for kind in _kinds_in(settings[name]):
            if kind not in kinds and kind not in own and kind not in NETWORK_KINDS:
                raise ConfigError(
                    f"{name}: {kind} is none of gradwright's kinds; where it is a class of your own, "
                    f"hand it over: load_run(path, layers=[{kind}])"
                )
        if name == "network":
            made[name] = network_from_spec(settings[name], own=own)
        else:
            made[name] = from_spec(settings[name], {**kinds, **own}, name)
    return made


def _kinds_in(spec: Any) -> Iterator[str]:
    """The kinds that a specification names."""
    if isinstance(spec, Mapping):
        if isinstance(spec.get("kind"), str):
            yield spec["kind"]
        for value in spec.values():
            yield from _kinds_in(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from _kinds_in(value)


def try_own_layers(network: Layer, features: int, dtype: str) -> None:
    """Run forward and backward of each layer that is not gradwright's once, and look at what comes back.

    Raises ``ShapeError`` that names the layer, what was expected of it, and ``check_layer``, which asks
    whether its derivatives are right too.
    """
    for where, layer, columns in walk(network, features):
        if type(layer) not in LAYERS and not isinstance(layer, Container) and columns is not None:
            _try(f"layer {where or '0'} ({type(layer).__name__})", layer, columns, dtype)


def _try(where: str, layer: Layer, features: int, dtype: str) -> None:
    rng = np.random.default_rng(0)
    layout = ParameterLayout.of(layer)
    params = layout.tree(layout.initialize(rng, dtype))
    x = rng.standard_normal((ROWS_TRIED, features)).astype(dtype)

    def expect(what: str, expected: Any, found: Any) -> None:
        if expected != found:
            raise ShapeError(
                f"{where}: {what}: expected {expected}, found {found}; "
                f"gradwright.check_layer(layer, {features}) tests all that a layer must be"
            )

    def pair(what: str, found: Any) -> Any:
        expect(f"{what} returns", "a pair", "a pair" if _is_pair(found) else type(found).__name__)
        return found

    y, cache = pair("forward", layer.forward(params, x, Mode(training=True, rng=rng)))
    expect("y of forward", _form((ROWS_TRIED, layer.output_features(features)), dtype), _form_of(y))
    dx, dparams = pair("backward", layer.backward(params, cache, np.ones_like(y)))
    expect("dx of backward", _form(x.shape, dtype), _form_of(dx))
    gradients = dict(_leaves(dparams))
    expect("parameters of backward", [slot.name for slot in layout.slots], list(gradients))
    for slot in layout.slots:
        expect(f"d {slot.name} of backward", _form(slot.shape, dtype), _form_of(gradients[slot.name]))


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _form(shape: tuple[int | None, ...], dtype: str) -> str:
    return f"{dtype} of shape {shape}"


def _form_of(value: Any) -> str:
    return _form(value.shape, str(value.dtype)) if isinstance(value, np.ndarray) else type(value).__name__


def _leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Array]]:
    """The arrays in nested dictionaries by full name."""
    for name, node in tree.items() if isinstance(tree, Mapping) else ():
        if isinstance(node, Mapping):
            yield from _leaves(node, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", node
