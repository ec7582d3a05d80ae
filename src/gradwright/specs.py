"""Descriptions as plain data: a frozen dataclass <-> ``{"kind": ..., field: value, ...}``.

Layers, losses, penalties, initialisers, optimizers and schedules are all frozen dataclasses of sizes,
numbers and each other. This page turns any of them into nested dictionaries that TOML and JSON can hold,
and back, with every mistake named by its path.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from gradwright.errors import ConfigError
from gradwright.fields import domain_of, field_types, require

Spec = dict[str, Any]
Kinds = Mapping[str, type]

LONGEST = 80  # of what was found, in a message: an array would fill the screen


def kinds_of(*classes: type) -> Kinds:
    """The table from a class's name to the class, which ``from_spec`` looks kinds up in."""
    return {cls.__name__: cls for cls in classes}


def to_spec(value: Any) -> Any:
    """``value`` as plain data: dataclasses become dictionaries with a ``kind``, tuples become lists.

    >>> from gradwright.nn import Linear
    >>> to_spec(Linear(2, 3))["kind"]
    'Linear'
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: to_spec(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"kind": type(value).__name__} | {k: v for k, v in fields.items() if v is not None}
    if isinstance(value, tuple | list):
        return [to_spec(v) for v in value]
    if not isinstance(value, bool | int | float | str | None):
        raise ConfigError(f"{value!r} cannot be written down: expected a frozen dataclass of plain values")
    return value


def from_spec(spec: Any, kinds: Kinds, where: str) -> Any:
    """The value that ``spec`` describes; a bare string stands for a kind with all its defaults.

    Where there is but one kind it need not be said.

    ``where`` is the path of ``spec`` in its file, used in messages. A class with a method ``build`` is a
    shorthand: the value is what ``build`` returns.

    Raises ``ConfigError`` for an unknown kind, an unknown or missing key, or a value of the wrong type.

    >>> from gradwright.nn import NETWORK_KINDS
    >>> from_spec({"kind": "Linear", "in_features": 2, "out_features": 3}, NETWORK_KINDS, "network")
    Linear(in_features=2, out_features=3, ...)
    """
    if isinstance(spec, str):
        spec = {"kind": spec}
    if not isinstance(spec, Mapping):
        raise ConfigError(f"{where}: expected a table with a 'kind', found {spec!r}")
    if "kind" not in spec and len(kinds) == 1:
        spec = {"kind": next(iter(kinds)), **spec}
    if "kind" not in spec:
        raise ConfigError(f"{where}: the key 'kind' is missing; choose from {_choices(kinds)}")
    kind = spec["kind"]
    if not isinstance(kind, str) or kind not in kinds:
        raise ConfigError(f"{where}.kind: {kind!r} is not known{suggestion(kind, kinds)}")
    cls = kinds[kind]

    fields = {f.name: f for f in dataclasses.fields(cls)}
    for key in spec:
        if key != "kind" and key not in fields:
            raise ConfigError(f"{where}.{key}: {kind} has no such key{suggestion(key, fields)}")
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in spec:
            raise ConfigError(f"{where}.{name}: {kind} needs this key")

    hints = field_types(cls)
    values = {
        name: _field(spec[name], hints[name], kinds, f"{where}.{name}") for name in fields if name in spec
    }
    try:
        value = cls(**values)
        return value.build() if hasattr(value, "build") else value
    except ConfigError as error:
        raise type(error)(f"{where}: {error}") from None


def as_kind(value: Any, kinds: Kinds, protocol: type, where: str, but: tuple[type, ...] = ()) -> Any:
    """A value that is given as itself, by its name, or as a specification.

    Raises ``ConfigError`` for what ``from_spec`` refuses, a class in place of an instance, anything that is
    no ``protocol``, and what is one by its methods but really one of ``but``.

    >>> from gradwright.nn.layer import Initializer
    >>> from gradwright.nn.initializers import INITIALIZER_KINDS
    >>> as_kind("HeNormal", INITIALIZER_KINDS, Initializer, "weight_init")
    HeNormal()
    """
    if isinstance(value, str | Mapping):
        return from_spec(value, kinds, where)
    if type(value) not in kinds.values():  # ours need no slow look at their methods
        require_instance(value, protocol, where, but)
    return value


def require_instance(value: Any, protocol: type, where: str, but: tuple[type, ...] = ()) -> None:
    """Raise ``ConfigError`` where ``value`` is no ``protocol``, or a class where an instance is due."""
    name = protocol.__name__ if dataclasses.is_dataclass(protocol) else protocol.__name__.lower()
    name = f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"
    if isinstance(value, type):
        needs = any(
            f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
            for f in (dataclasses.fields(value) if dataclasses.is_dataclass(value) else ())
        )
        call = f"{value.__name__}({'...' if needs else ''})"
        raise ConfigError(f"{where}: expected {name}, found the class {value.__name__}; write {call}")
    if not isinstance(value, protocol) or isinstance(value, but):
        methods = [m for m, v in vars(protocol).items() if callable(v) and not m.startswith("_")]
        missing = [m for m in methods if not hasattr(value, m)]
        lacks = f" without {' and '.join(missing)}" if 0 < len(missing) < len(methods) else ""
        raise ConfigError(f"{where}: expected {name}, found {repr(value)[:LONGEST]}{lacks}")


def _field(value: Any, hint: Any, kinds: Kinds, where: str) -> Any:
    """``value`` converted to what the type of its field asks for."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if value is None and NoneType in args:
            return None
        options = [a for a in args if a is not NoneType]
        fitting = [a for a in options if (domain := domain_of(a)) and value in domain]
        others = [a for a in options if domain_of(a) is None]
        return _field(value, (fitting or others or options)[0], kinds, where)
    if domain_of(hint) is not None:
        return require(where, value, hint)
    if origin is tuple:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ConfigError(f"{where}: expected a list, found {value!r}")
        return tuple(_field(v, args[0], kinds, f"{where}[{i}]") for i, v in enumerate(value))
    value = from_spec(value, kinds, where)
    if not isinstance(value, hint):
        name = hint.__name__.lower()
        raise ConfigError(f"{where}: expected a kind of {name}, found {type(value).__name__!r}")
    return value


def _choices(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names))


def suggestion(name: Any, names: Mapping[str, Any]) -> str:
    """How a message about an unknown name ends: the nearest known one, or all of them."""
    by_lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(str(name).lower(), by_lower, n=1)
    return (
        f"; did you mean {by_lower[close[0]]!r}?" if close else f"; choose from {_choices(names) or 'none'}"
    )
