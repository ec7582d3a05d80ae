"""Layers, losses and penalties of one's own in a config: what a file holds of them, and how it is read again.

A file holds the name of the class and its fields. Nothing is imported because a file names it: whoever reads
the file hands the classes over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradwright.errors import ConfigError
from gradwright.nn import LOSSES, NETWORK_KINDS, PENALTIES
from gradwright.nn.spec import network_from_spec
from gradwright.specs import Kinds, from_spec, kinds_of

PIECES: dict[str, Kinds] = {  # the fields of a config that may hold classes of one's own, and gradwright's
    "network": NETWORK_KINDS,
    "loss": kinds_of(*LOSSES),
    "penalty": kinds_of(*PENALTIES),
}
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
