"""The space of a study as TOML: ``batch_size = [16, 32]``, ``"optimizer.momentum" = { uniform = [0, 0.9] }``.

A list holds the values themselves. ``uniform``, ``log_uniform``, ``integers`` and ``log_integers`` take
the lowest and the highest value. ``when = { optimizer = "SGD" }`` beside them, or beside ``values = [...]``,
makes an axis that counts only where another one has this value, or one of a list of them. A table with a
``kind``, such as ``penalty = { kind = "L2", factor = { log_uniform = [1e-5, 0.1] } }``, holds the axes of
that kind's settings; of several kinds, those that they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradwright.errors import ConfigError
from gradwright.specs import suggestion
from gradwright.studies.axis import Axis, Choice, Range, Values
from gradwright.studies.space import Space

RANGES = {
    "uniform": {"log": False, "whole": False},
    "log_uniform": {"log": True, "whole": False},
    "integers": {"log": False, "whole": True},
    "log_integers": {"log": True, "whole": True},
}
KEYS = dict.fromkeys((*RANGES, "values", "when"))


def read_space(table: Mapping[str, Any]) -> Space:
    """The space that a table describes.

    Raises ``ConfigError`` that names the axis whose values or condition cannot be.

    >>> read_space({"batch_size": [16, 32]}).at([0.6])
    {'batch_size': 32}
    """
    space = Space(tuple(_in_order(_axes(table, ""))))
    if not space.axes:
        raise ConfigError("space: expected at least one axis, found none")
    return space


def _in_order(axes: Iterator[Axis]) -> list[Axis]:
    """By name, with conditions before what depends on them: the order of the lines in a file says nothing."""
    waiting, placed = sorted(axes, key=lambda axis: axis.path), list[Axis]()
    while waiting:
        names = {axis.path for axis in placed}
        free = (axis for axis in waiting if all(path in names for path, _ in axis.when))
        placed.append(next(free, waiting[0]))  # where none is free the space names the condition
        waiting.remove(placed[-1])
    return placed


def _axes(table: Mapping[str, Any], prefix: str) -> Iterator[Axis]:
    """The axes of a table; a table that is no axis holds the axes of the settings below it."""
    for key, value in table.items():
        path = f"{prefix}{key}"
        if path == "seed":
            raise ConfigError(
                "space.seed: seeds are not searched; set repeats, and each point runs with as many"
            )
        if isinstance(value, Mapping) and "kind" in value:
            yield from _axes_of_kind(path, value)
        elif isinstance(value, Mapping) and not KEYS.keys() & value.keys() and _is_nested(value):
            yield from _axes(value, f"{path}.")
        else:
            try:
                yield _axis(path, value)
            except ConfigError as error:
                raise ConfigError(f"space.{path}: {error}") from None


def _axes_of_kind(path: str, table: Mapping[str, Any]) -> Iterator[Axis]:
    """The kind itself, and the axes of its settings, which count where the kind is one of these."""
    kinds = tuple(table["kind"]) if _is_list(table["kind"]) else (table["kind"],)
    yield Axis(path, Choice(kinds))
    for axis in _axes({key: value for key, value in table.items() if key != "kind"}, f"{path}."):
        yield replace(axis, when=((path, kinds), *axis.when))


def _is_nested(table: Mapping[str, Any]) -> bool:
    return all(isinstance(value, Mapping) or _is_list(value) for value in table.values()) and bool(table)


def _axis(path: str, value: Any) -> Axis:
    if not isinstance(value, Mapping):
        return Axis(path, _values({"values": value}))
    for key in value:
        if key not in KEYS:
            raise ConfigError(f"{key}: there is no such key{suggestion(key, KEYS)}")
    when = value.get("when", {})
    if not isinstance(when, Mapping):
        raise ConfigError(f"when: expected a table of settings and their values, found {when!r}")
    conditions = tuple((other, tuple(v) if _is_list(v) else (v,)) for other, v in when.items())
    return Axis(path, _values({key: v for key, v in value.items() if key != "when"}), conditions)


def _values(table: Mapping[str, Any]) -> Values:
    if len(table) != 1:
        raise ConfigError(
            f"expected one of {', '.join((*RANGES, 'values'))}, found {', '.join(table) or 'none'}"
        )
    ((kind, value),) = table.items()
    if kind == "values":
        if not _is_list(value):
            raise ConfigError(
                f"expected a list of values or a range, found {value!r}; what does not vary belongs in [base]"
            )
        return Choice(tuple(value))
    number = (int,) if RANGES[kind]["whole"] else (int, float)
    if not _is_list(value) or len(value) != 2 or not all(type(end) in number for end in value):
        names = "whole numbers" if RANGES[kind]["whole"] else "numbers"
        raise ConfigError(f"{kind}: expected two {names}, the lowest and the highest, found {value!r}")
    return Range(*value, **RANGES[kind])


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
