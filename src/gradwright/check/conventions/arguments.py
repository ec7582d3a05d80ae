"""The arguments of a user's function by name: those that are varied, and those that are held."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.check.conventions.calls import argument_names
from gradwright.check.conventions.spellings import key_of
from gradwright.check.points import walk
from gradwright.errors import CheckError, ConfigError
from gradwright.specs import suggestion


@dataclass(frozen=True, eq=False)
class Arguments:
    """What a function is called with; every call gets copies, of what is held too."""

    values: Mapping[str, Any]
    varied: tuple[str, ...]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Arguments:
        """Varied are arrays of floats, and tables and lists of such; one with an infinity is a mask."""
        return cls(values, tuple(name for name, value in values.items() if can_vary(value)))

    @classmethod
    def by_position(cls, function: Callable[..., Any], values: tuple[Any, ...]) -> Arguments:
        """Those of a call ``function(*values)``, under the names that the function gives them."""
        names = argument_names(function)[: len(values)]
        names += tuple(f"argument {i}" for i in range(len(names), len(values)))
        return cls.of(dict(zip(names, values, strict=True)))

    @classmethod
    def by_name(cls, function: Callable[..., Any], values: Mapping[str, Any]) -> Arguments:
        """Those of a call in the order of the function's own names, if it has these, or else as given."""
        order = argument_names(function)
        if set(values) <= set(order):
            values = {name: values[name] for name in order if name in values}
        return cls.of(values)

    def vary(self, names: tuple[str, ...]) -> Arguments:
        """The same arguments, of which these are varied, in this order.

        Raises ``ConfigError`` for a name that is none of theirs.
        """
        for name in names:
            if name not in self.values:
                known = dict.fromkeys(self.values)
                raise ConfigError(f"there is no argument {name!r}{suggestion(name, known)}")
        return replace(self, varied=names)

    @property
    def point(self) -> dict[str, Any]:
        """What is varied."""
        return {name: self.values[name] for name in self.varied}

    def at(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """All of them, with those of ``point`` in their places."""
        return {
            name: point[name] if name in point else copy.deepcopy(value)
            for name, value in self.values.items()
        }

    def call(self, function: Callable[..., Any], point: Mapping[str, Any], like: Callable[..., Any]) -> Any:
        """``function`` at them: by position, unless by the names of ``like`` some are left out between."""
        values, names = self.at(point), argument_names(like)
        if set(values) <= set(names) and tuple(values) != names[: len(values)]:
            return function(**values)
        return function(*values.values())

    def gradients(self, returned: Any) -> dict[str, Any]:
        """Gradients as a function returns them, by the names of what they belong to.

        They come as one for the first, in the order of all arguments or of those that are varied, or in a
        table by name. Left out is what is missing or None, and what belongs to an argument that is held.

        Raises ``CheckError`` for more gradients than there are arguments.
        """
        first = self.point.get(self.varied[0]) if self.varied else None
        if isinstance(returned, Mapping) and not (len(self.varied) == 1 and isinstance(first, Mapping)):
            keys = {name: key_of(returned, name) for name in self.varied}
            found = {name: returned[key] for name, key in keys.items() if key is not None}
        elif isinstance(returned, tuple | list) and not (
            len(self.varied) == 1 and isinstance(first, tuple | list)
        ):
            of_all = len(returned) == len(self.values)
            names = tuple(self.values) if of_all else self.varied
            if len(returned) > len(names):
                raise CheckError(
                    f"expected at most {len(names)} gradients, of {', '.join(names)}, found {len(returned)}"
                )
            found = dict(zip(names, returned, strict=False))
        else:
            found = dict(zip(self.varied, [returned], strict=False))
        return {name: each for name, each in found.items() if each is not None and name in self.varied}


def can_vary(value: Any) -> bool:
    """Whether it is an array of floats, or a table or list of such."""
    leaves = [leaf for _, leaf in walk(value)]
    return bool(leaves) and all(
        isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" and not np.isinf(leaf).any()
        for leaf in leaves
    )
