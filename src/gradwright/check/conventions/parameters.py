"""The parameters of a layer as others write it: arrays it keeps, each with the gradient it stores.

A gradient is an attribute beside its array (``dW``, ``grad_W``, ``dLdW``, see ``spellings``), an entry of a
table or list of gradients, or the ``grad`` of an object that has the array as its ``data`` or ``value``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.conventions.spellings import spellings

Shelf: TypeAlias = MutableMapping[Any, Any] | MutableSequence[Any]
Path: TypeAlias = tuple[Any, ...]  # attributes, keys and indices, from the layer on

PARAMETER_TABLES = ("params", "parameters")
GRADIENT_TABLES = ("grads", "gradients", "grad")
ARRAYS = ("data", "value", "val")  # of an object that has its array's gradient as ``grad``


@dataclass(frozen=True, eq=False)
class Parameter:
    """A float array of a layer, or a Python float, under the name that the user gave it.

    ``kept_at`` are the places in the layer where its gradient may be.
    """

    name: str
    layer: Any
    shelf: Shelf  # the layer's own attributes, its table or list of parameters, or an object around the array
    key: Any
    value: Any
    kept_at: tuple[Path, ...]

    @property
    def is_kept(self) -> bool:
        """Whether the layer still has the very object that it had."""
        return _entry(self.shelf, self.key) is self.value

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
        return [self.name.removesuffix(str(self.key)) + path[0] for path in self.kept_at if len(path) == 1]

    @property
    def gradient(self) -> Any:
        """The gradient that the layer stores for it now, or None."""
        return stored_at(self.layer, self.kept_at)


def parameters_of(layer: Any) -> dict[str, Parameter]:
    """Every float that a layer keeps, and those of the layers inside it, such as ``layers[0].W``.

    What a layer keeps under two names, as ``W`` and in its list ``params``, is one parameter.
    """
    found: dict[str, Parameter] = {}
    names: dict[int, str] = {}  # of the arrays
    for prefix, node in layers_inside(layer):
        for each in _kept(node, prefix):
            same = names.get(id(each.value)) if isinstance(each.value, np.ndarray) else None
            if same is None:
                names[id(each.value)] = each.name
                found[each.name] = each
            elif found[same].layer is node:
                found[same] = replace(found[same], kept_at=found[same].kept_at + each.kept_at)
    return found


def layers_inside(layer: Any) -> Iterator[tuple[str, Any]]:
    """A layer and all in it that have a ``backward``, also in lists, with how the names in them begin."""
    yield from _inside(layer, "", set())


def places_of_gradient(key: Any) -> tuple[Path, ...]:
    """Where a layer may keep the gradient of what it has under ``key``, a name or a place in a list."""
    beside = spellings(key) if isinstance(key, str) else []
    tables = [(table, name) for table in GRADIENT_TABLES for name in (key, *beside)]
    return (*((name,) for name in beside), *tables)


def stored_at(layer: Any, places: tuple[Path, ...]) -> Any:
    """The first float that a layer has at one of these places, or None."""
    return next((found for path in places if is_float(found := reached(layer, path))), None)


def reached(node: Any, path: Path) -> Any:
    """What lies at a path of attributes, keys and indices, or None."""
    for part in path:
        node = _entry(node if isinstance(node, Mapping | list | tuple) else _attributes(node), part)
    return node


def is_float(value: Any) -> bool:
    """Whether a value is an array of float64 or float32, or a Python float."""
    if isinstance(value, np.ndarray):
        return value.dtype in (np.float32, np.float64)
    return isinstance(value, float)


def _inside(node: Any, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(node) in seen:
        return
    seen.add(id(node))
    yield prefix, node
    for name, value in list(_attributes(node).items()):
        for step, child in _children(value):
            if hasattr(child, "backward") and not _around_an_array(child):
                yield from _inside(child, f"{prefix}{name}{step}.", seen)


def _kept(layer: Any, prefix: str) -> Iterator[Parameter]:
    """The parameters of one layer, without those inside it."""
    attributes = _attributes(layer)
    for key, value in attributes.items():
        if is_float(value):
            yield Parameter(f"{prefix}{key}", layer, attributes, key, value, places_of_gradient(key))
        elif (array := _around_an_array(value)) is not None:
            own = vars(value)
            yield Parameter(f"{prefix}{key}", layer, own, array, own[array], ((key, "grad"),))
    for table in PARAMETER_TABLES:
        shelf: Any = attributes.get(table)
        for step, key, value in _entries(shelf):
            if is_float(value):
                places = places_of_gradient(key)
                yield Parameter(f"{prefix}{table}{step}", layer, shelf, key, value, places)


def _around_an_array(value: Any) -> str | None:
    """The attribute that has the array of an object with a ``grad``; None for anything else."""
    attributes = _attributes(value)
    if "grad" not in attributes:
        return None
    return next((name for name in ARRAYS if is_float(attributes.get(name))), None)


def _entries(shelf: Any) -> Iterator[tuple[str, Any, Any]]:
    """What is in a table or list: how its name goes on, its key, itself."""
    if isinstance(shelf, MutableMapping):
        yield from ((f".{key}", key, value) for key, value in shelf.items())
    elif isinstance(shelf, MutableSequence):
        yield from ((f"[{i}]", i, value) for i, value in enumerate(shelf))


def _entry(shelf: Any, key: Any) -> Any:
    if isinstance(shelf, Mapping):
        return shelf.get(key)
    return (
        shelf[key] if isinstance(key, int) and isinstance(shelf, list | tuple) and key < len(shelf) else None
    )


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list | tuple):
        yield from ((f"[{i}]", child) for i, child in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f".{key}", child) for key, child in value.items())
    else:
        yield "", value


def _attributes(layer: Any) -> dict[str, Any]:
    return getattr(layer, "__dict__", {})
