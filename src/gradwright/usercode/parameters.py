"""The parameters of a layer as others write it: arrays it keeps, each with the gradient it stores."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np

PARAMETER_TABLES = ("params", "parameters")
GRADIENT_TABLES = ("grads", "gradients")
SPELLINGS = ("d{}", "grad_{}", "{}_grad", "d_{}")  # of the gradient of a parameter


@dataclass(frozen=True, eq=False)
class Parameter:
    """A float array of a layer, or a Python float, under the name that the user gave it."""

    name: str
    layer: Any
    shelf: MutableMapping[str, Any]  # the layer's own attributes, or its table of parameters
    key: str
    value: Any

    @property
    def is_kept(self) -> bool:
        """Whether the layer still has the very object that it had."""
        return self.shelf.get(self.key) is self.value

    def put(self, value: Any) -> None:
        """Give it the numbers of ``value``; in place, because the layer may know its array by other names.

        An array of floats cannot hold complex numbers: they stand in its place until the next call.
        """
        if isinstance(self.value, np.ndarray) and not np.iscomplexobj(value):
            np.copyto(self.value, value)
            value = self.value
        self.shelf[self.key] = value

    @property
    def gradient_names(self) -> list[str]:
        """How its gradient may be called, each as the name of an attribute of the layer it is in."""
        return [self.name.removesuffix(self.key) + spelling.format(self.key) for spelling in SPELLINGS]

    @property
    def gradient(self) -> Any:
        """The gradient that the layer stores for it now, or None."""
        attributes = _attributes(self.layer)
        spelled = [spelling.format(self.key) for spelling in SPELLINGS]
        shelves: list[tuple[Any, list[str]]] = [(attributes, spelled)]
        shelves += [(attributes.get(table), [self.key, *spelled]) for table in GRADIENT_TABLES]
        for shelf, keys in shelves:
            for key in keys if isinstance(shelf, MutableMapping) else ():
                if _is_float(shelf.get(key)):
                    return shelf[key]
        return None


def parameters_of(layer: Any) -> dict[str, Parameter]:
    """Every float that a layer keeps, and those of the layers inside it, such as ``layers[0].W``."""
    return {found.name: found for found in _parameters(layer, "", set())}


def _parameters(node: Any, path: str, seen: set[int]) -> Iterator[Parameter]:
    if id(node) in seen:
        return
    seen.add(id(node))
    attributes = _attributes(node)
    prefix = f"{path}." if path else ""
    shelves: list[tuple[str, Any]] = [(prefix, attributes)]
    shelves += [(f"{prefix}{table}.", attributes.get(table)) for table in PARAMETER_TABLES]
    for place, shelf in shelves:
        for key, value in shelf.items() if isinstance(shelf, MutableMapping) else ():
            if _is_float(value) and not (isinstance(value, np.ndarray) and id(value) in seen):
                seen.add(id(value))
                yield Parameter(f"{place}{key}", node, shelf, key, value)
    for name, value in attributes.items():
        for step, child in _children(value):
            if hasattr(child, "backward"):
                yield from _parameters(child, f"{prefix}{name}{step}", seen)


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list | tuple):
        yield from ((f"[{i}]", child) for i, child in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f".{key}", child) for key, child in value.items())
    else:
        yield "", value


def _attributes(layer: Any) -> dict[str, Any]:
    return getattr(layer, "__dict__", {})


def _is_float(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype in (np.float32, np.float64)
    return isinstance(value, float)
